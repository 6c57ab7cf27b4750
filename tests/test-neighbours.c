/* The kernel's neighbour table, message by message: what is a device, and what is none. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "system/neighbours.h"

static const uint8_t phone[DEVICE_HARDWARE_BYTES] = { 2, 0, 0, 0, 0, 1 };

struct entry {
	const char *address;
	const uint8_t *hardware;
	size_t n_hardware;
	uint16_t state;
	uint32_t confirmed;
};

static struct nlmsghdr *message(char *buffer, const struct entry *e)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	const struct nda_cacheinfo cache = { .ndm_confirmed = e->confirmed };
	struct ndmsg *ndm;
	struct address a;

	assert_int_equal(address_parse(e->address, &a), 0);
	nlh->nlmsg_type = RTM_NEWNEIGH;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = (uint8_t)a.family;
	ndm->ndm_ifindex = 7;
	ndm->ndm_state = e->state;
	mnl_attr_put(nlh, NDA_DST, address_size(a.family), a.bytes);
	if (e->hardware)
		mnl_attr_put(nlh, NDA_LLADDR, e->n_hardware, e->hardware);
	mnl_attr_put(nlh, NDA_CACHEINFO, sizeof(cache), &cache);
	return nlh;
}

static void test_devices(void **state)
{
	const struct entry rows[] = {
		{ "192.0.2.7", phone, 6, NUD_REACHABLE, 0 },
		{ "192.0.2.7", phone, 6, NUD_STALE, 250 },
		{ "2001:db8::7", phone, 6, NUD_DELAY, 6000 },
		{ "fe80::7", phone, 6, NUD_PERMANENT, 1 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char buffer[512], text[ADDRESS_TEXT_MAX];
		struct neighbour n;

		assert_int_equal(neighbour_parse(message(buffer, &rows[i]), &n), 0);
		assert_string_equal(address_format(&n.address, text), rows[i].address);
		assert_memory_equal(n.hardware, phone, sizeof(phone));
		assert_int_equal(n.ifindex, 7);
		assert_int_equal(n.ago_usec, rows[i].confirmed * UINT64_C(10000));
	}
}

static void test_no_devices(void **state)
{
	static const uint8_t group[] = { 0x33, 0x33, 0, 0, 0, 1 }, tunnel[] = { 192, 0, 2, 9 };
	const struct entry rows[] = {
		{ "192.0.2.7", NULL, 0, NUD_INCOMPLETE, 0 },
		{ "192.0.2.7", phone, 6, NUD_FAILED, 0 },
		{ "ff02::1", group, 6, NUD_NOARP, 0 },
		{ "192.0.2.7", group, 6, NUD_REACHABLE, 0 },
		{ "192.0.2.7", tunnel, 4, NUD_REACHABLE, 0 },
		{ "192.0.2.7", NULL, 0, NUD_REACHABLE, 0 },
	};
	char buffer[512];
	struct neighbour n;
	struct nlmsghdr *nlh;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(neighbour_parse(message(buffer, &rows[i]), &n), -EINVAL);
	nlh = message(buffer, &(struct entry){ "192.0.2.7", phone, 6, NUD_REACHABLE, 0 });
	((struct ndmsg *)mnl_nlmsg_get_payload(nlh))->ndm_family = AF_BRIDGE;
	assert_int_equal(neighbour_parse(nlh, &n), -EINVAL);
	nlh->nlmsg_len = NLMSG_HDRLEN + 2;
	assert_int_equal(neighbour_parse(nlh, &n), -EINVAL);
}

/* Whatever this machine has; an interface that is not there has nobody. */
static void test_the_real_table(void **state)
{
	static const char none[][CONFIG_INTERFACE_SIZE] = { "focusd-none" };
	_cleanup_free_ struct neighbour *all = NULL, *there = NULL;
	size_t n_all, n_there;

	assert_int_equal(neighbours_read(NULL, 0, &all, &n_all), 0);
	assert_true(n_all <= NEIGHBOURS_MAX);
	assert_int_equal(neighbours_read(none, 1, &there, &n_there), 0);
	assert_int_equal(n_there, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_no_devices),
		cmocka_unit_test(test_the_real_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
