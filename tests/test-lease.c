/* The book of leases: blocks, names, slots, and coming back from disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/lease.h"

DEFINE_CLEANUP(struct lease_book *, lease_book_free);

static struct address ip(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(text, &a), 0);
	return a;
}

static struct lease_book *book_of(const char *range4, const char *range6)
{
	struct prefix p4, p6;
	struct lease_book *b;

	assert_int_equal(prefix_parse(range4, &p4), 0);
	assert_int_equal(prefix_parse(range6, &p6), 0);
	assert_int_equal(lease_book_new(&p4, &p6, &b), 0);
	return b;
}

static struct lease_book *book(void)
{
	return book_of("198.19.128.0/17", "2001:2:0:f000::/52");
}

struct taken {
	const struct lease_name *name;
	unsigned changed;
	const struct lease_block *block;
};

static int take(struct lease_book *b, const char *site, enum host_kind kind, const char *name,
	const char *real, struct taken *ret)
{
	const struct address a = ip(real);

	return lease_book_take(
		b, site, kind, name, &a, 1, 1000, &ret->name, &ret->changed, &ret->block);
}

static void assert_address(const struct address *a, const char *text)
{
	char buffer[ADDRESS_TEXT_MAX];

	assert_string_equal(address_format(a, buffer), text);
}

static void test_blocks_are_taken_per_site_kind_and_family(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	struct taken t;

	assert_int_equal(take(b, "x", HOST_FEED, "x.com", "192.0.2.1", &t), 0);
	assert_non_null(t.block);
	assert_address(&t.block->base, "198.19.128.0");
	assert_address(&t.name->slots[0].lease, "198.19.128.1");
	assert_address(&t.name->slots[0].real, "192.0.2.1");
	assert_int_equal(t.changed, 1);

	assert_int_equal(take(b, "x", HOST_FEED, "api.x.com", "192.0.2.1", &t), 0);
	assert_null(t.block);
	assert_address(&t.name->slots[0].lease, "198.19.128.2");

	assert_int_equal(take(b, "x", HOST_CDN, "img.x.com", "192.0.2.1", &t), 0);
	assert_address(&t.block->base, "198.19.128.64");
	assert_int_equal(take(b, "y", HOST_FEED, "y.com", "192.0.2.1", &t), 0);
	assert_address(&t.block->base, "198.19.128.128");

	assert_int_equal(take(b, "x", HOST_FEED, "x.com", "2001:db8::1", &t), 0);
	assert_address(&t.block->base, "2001:2:0:f000::");
	assert_address(&t.name->slots[0].lease, "2001:2:0:f000::1");
	assert_int_equal(take(b, "x", HOST_CDN, "img.x.com", "2001:db8::1", &t), 0);
	assert_address(&t.block->base, "2001:2:0:f001::");
	assert_int_equal(lease_book_n_blocks(b), 5);
}

static void test_a_full_block_is_followed_by_another(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	struct taken t;
	char name[32];

	for (int i = 0; i < 62; i++) {
		snprintf(name, sizeof(name), "h%d.x.com", i);
		assert_int_equal(take(b, "x", HOST_FEED, name, "192.0.2.1", &t), 0);
	}
	assert_address(&t.name->slots[0].lease, "198.19.128.62");
	assert_int_equal(take(b, "x", HOST_FEED, "more.x.com", "192.0.2.1", &t), 0);
	assert_non_null(t.block);
	assert_address(&t.name->slots[0].lease, "198.19.128.65");
}

static void test_slots_keep_their_real_address(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	const struct address first[] = { ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.1") };
	const struct address second[] = { ip("192.0.2.2"), ip("192.0.2.3") };
	const struct address third[] = { ip("192.0.2.9") };
	struct address answer[LEASE_SLOTS_MAX];
	const struct lease_block *block;
	const struct lease_name *n;
	unsigned changed;

	assert_int_equal(
		lease_book_take(b, "x", HOST_FEED, "x.com", first, 3, 1, &n, &changed, &block), 0);
	assert_int_equal(n->n_slots, 2);
	assert_int_equal(lease_answer(n, answer), 2);

	assert_int_equal(
		lease_book_take(b, "x", HOST_FEED, "x.com", second, 2, 1, &n, &changed, &block), 0);
	assert_int_equal(n->n_slots, 2);
	assert_int_equal(__builtin_popcount(changed), 1);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			!(changed & 1U << i), address_equal(&n->slots[i].real, &second[0]));

	/* fewer: every slot leads to the one that is left, and one lease is answered */
	assert_int_equal(
		lease_book_take(b, "x", HOST_FEED, "x.com", third, 1, 1, &n, &changed, &block), 0);
	assert_int_equal(n->n_slots, 2);
	assert_int_equal(changed, 3);
	assert_int_equal(lease_answer(n, answer), 1);

	assert_int_equal(
		lease_book_take(b, "x", HOST_FEED, "x.com", third, 1, 1, &n, &changed, &block), 0);
	assert_int_equal(changed, 0);
}

static void test_at_most_four(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	struct address many[9];
	const struct lease_block *block;
	const struct lease_name *n;
	unsigned changed;

	for (int i = 0; i < 9; i++) {
		many[i] = ip("192.0.2.0");
		many[i].bytes[3] = (uint8_t)i;
	}
	assert_int_equal(
		lease_book_take(b, "x", HOST_FEED, "x.com", many, 9, 1, &n, &changed, &block), 0);
	assert_int_equal(n->n_slots, LEASE_SLOTS_MAX);
}

/* Whoever says so: a name leads neither here nor to another name's lease. */
static void test_where_no_server_can_be(void **state)
{
	static const char *const nowhere[] = { "127.0.0.1", "0.0.0.0", "198.19.128.1",
		"198.19.255.254", "::1", "::", "::ffff:127.0.0.1", "::ffff:192.0.2.1",
		"2001:2:0:f000::1", "169.254.0.1", "fe80::1", "224.0.0.1", "255.255.255.255",
		"ff02::1" };
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	const struct lease_block *block;
	const struct lease_name *n;
	struct lease_name damaged;
	struct address some[3];
	struct taken t;
	unsigned changed;

	for (size_t i = 0; i < ELEMENTSOF(nowhere); i++)
		assert_int_equal(take(b, "x", HOST_FEED, "x.com", nowhere[i], &t), -EADDRNOTAVAIL);
	assert_int_equal(lease_book_n_names(b) + lease_book_n_blocks(b), 0);
	some[0] = ip("127.0.0.1");
	some[1] = ip("192.0.2.1");
	some[2] = ip("198.19.128.7");
	assert_int_equal(
		lease_book_take(b, "x", HOST_FEED, "x.com", some, 3, 1, &n, &changed, &block), 0);
	assert_int_equal(n->n_slots, 1);
	assert_address(&n->slots[0].real, "192.0.2.1");

	/* a ledger that is damaged */
	damaged = *n;
	damaged.name = (char *)"y.com";
	damaged.n_slots = 2;
	damaged.slots[0] = (struct lease){ ip("198.19.128.5"), ip("127.0.0.1") };
	damaged.slots[1] = (struct lease){ ip("198.19.128.6"), ip("192.0.2.6") };
	assert_int_equal(lease_book_load_name(b, &damaged), 0);
	n = lease_book_find(b, "y.com", AF_INET);
	assert_int_equal(n->slots[0].real.family, AF_UNSPEC);
	assert_address(&n->slots[1].real, "192.0.2.6");
}

static void test_a_full_range_says_so(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b =
		book_of("198.19.128.0/25", "2001:2:0:f000::/63");
	struct taken t;

	assert_int_equal(take(b, "x", HOST_FEED, "x.com", "192.0.2.1", &t), 0);
	assert_int_equal(take(b, "x", HOST_CDN, "c.x.com", "192.0.2.1", &t), 0);
	assert_int_equal(take(b, "y", HOST_FEED, "y.com", "192.0.2.1", &t), -ENOSPC);
	assert_int_equal(take(b, "x", HOST_CDN, "d.x.com", "192.0.2.1", &t), 0);
	assert_null(lease_book_find(b, "y.com", AF_INET));
}

static void test_a_name_that_changes_hands_starts_afresh(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	struct taken t;

	assert_int_equal(take(b, "x", HOST_FEED, "x.com", "192.0.2.1", &t), 0);
	assert_int_equal(take(b, "y", HOST_FEED, "x.com", "192.0.2.1", &t), 0);
	assert_address(&t.name->slots[0].lease, "198.19.128.65");
	assert_int_equal(t.changed, 1);
	/* the old lease is not given to another */
	assert_int_equal(take(b, "x", HOST_FEED, "other.com", "192.0.2.1", &t), 0);
	assert_address(&t.name->slots[0].lease, "198.19.128.2");
}

static void test_a_loaded_book_goes_on(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *a = book(), *b = book();
	const struct lease_name *n;
	struct taken t;
	char name[32];

	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "h%d.x.com", i);
		assert_int_equal(take(a, i % 3 ? "x" : "y", i % 2 ? HOST_FEED : HOST_CDN, name,
					 i % 5 ? "192.0.2.1" : "2001:db8::1", &t),
			0);
	}
	for (size_t i = 0; i < lease_book_n_blocks(a); i++)
		assert_int_equal(lease_book_load_block(b, lease_book_block(a, i)), 0);
	for (size_t i = 0; i < lease_book_n_names(a); i++)
		assert_int_equal(lease_book_load_name(b, lease_book_name(a, i)), 0);
	assert_int_equal(lease_book_load_block(b, lease_book_block(a, 0)), -EEXIST);
	assert_int_equal(lease_book_load_name(b, lease_book_name(a, 0)), -EEXIST);
	for (size_t i = 0; i < lease_book_n_names(a); i++) {
		const struct lease_name *old = lease_book_name(a, i);

		n = lease_book_find(b, old->name, old->family);
		assert_non_null(n);
		assert_true(address_equal(&n->slots[0].lease, &old->slots[0].lease));
		assert_string_equal(lease_book_block_of(b, &n->slots[0].lease)->site,
			lease_book_block_of(a, &n->slots[0].lease)->site);
	}
	/* both give the same next address: nothing is given twice */
	assert_int_equal(take(a, "x", HOST_FEED, "new.x.com", "192.0.2.1", &t), 0);
	n = t.name;
	assert_int_equal(take(b, "x", HOST_FEED, "new.x.com", "192.0.2.1", &t), 0);
	assert_true(address_equal(&n->slots[0].lease, &t.name->slots[0].lease));
}

static void test_what_does_not_fit_is_not_loaded(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	struct lease_block block = { .base = ip("198.19.0.0"), .site = (char *)"x" };
	struct lease_name name = { .name = (char *)"x.com", .family = AF_INET, .n_slots = 1 };

	assert_int_equal(lease_book_load_block(b, &block), -ERANGE);
	block.base = ip("198.19.128.1");
	assert_int_equal(lease_book_load_block(b, &block), -ERANGE);
	block.base = ip("198.19.128.0");
	assert_int_equal(lease_book_load_block(b, &block), 0);
	name.slots[0].lease = ip("198.19.128.64"); /* of no block */
	assert_int_equal(lease_book_load_name(b, &name), -ERANGE);
	name.slots[0].lease = ip("198.19.128.0"); /* the block's own address */
	assert_int_equal(lease_book_load_name(b, &name), -ERANGE);
	name.slots[0].lease = ip("198.19.128.62");
	assert_int_equal(lease_book_load_name(b, &name), 0);
	name.n_slots = LEASE_SLOTS_MAX + 1;
	assert_int_equal(lease_book_load_name(b, &name), -ERANGE);
}

/* How many names of a site get leases, in a row. */
static size_t flood(struct lease_book *b, const char *site, const char *real, int expected)
{
	const size_t before = lease_book_n_names(b);
	struct taken t;
	char name[48];
	int r = 0;

	for (int i = 0; r == 0; i++) {
		snprintf(name, sizeof(name), "h%d.%s.com", i, site);
		r = take(b, site, HOST_FEED, name, real, &t);
	}
	assert_int_equal(r, expected);
	return lease_book_n_names(b) - before;
}

static void test_a_flood_of_names_is_refused(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	static const char *const sites[LEASE_SITE_SHARE] = { "q", "r", "s", "t", "u", "v", "w",
		"x" };
	struct taken t;

	for (size_t i = 0; i < ELEMENTSOF(sites); i++)
		assert_int_equal(flood(b, sites[i], "2001:db8::1", -EDQUOT), LEASE_SITE_NAMES_MAX);
	assert_int_equal(take(b, "y", HOST_FEED, "y.com", "2001:db8::1", &t), -E2BIG);
	assert_int_equal(lease_book_n_names(b), LEASE_NAMES_MAX);
	/* what is known stays */
	assert_int_equal(take(b, "x", HOST_FEED, "h1.x.com", "2001:db8::1", &t), 0);
}

/* One that answers to any name takes its part of the range, and neither others' nor its media's. */
static void test_one_site_leaves_room_for_others(void **state)
{
	_cleanup_(lease_book_freep) struct lease_book *b = book();
	struct taken t;

	assert_int_equal(flood(b, "x", "192.0.2.1", -EDQUOT), (512 / LEASE_SITE_SHARE) * 62);
	assert_int_equal(take(b, "x", HOST_FEED, "new.x.com", "192.0.2.1", &t), -EDQUOT);
	assert_int_equal(take(b, "x", HOST_CDN, "cdn.x.com", "192.0.2.1", &t), 0);
	assert_int_equal(take(b, "y", HOST_FEED, "y.com", "192.0.2.1", &t), 0);
	assert_int_equal(take(b, "y", HOST_CDN, "cdn.y.com", "192.0.2.1", &t), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_are_taken_per_site_kind_and_family),
		cmocka_unit_test(test_a_full_block_is_followed_by_another),
		cmocka_unit_test(test_slots_keep_their_real_address),
		cmocka_unit_test(test_at_most_four),
		cmocka_unit_test(test_where_no_server_can_be),
		cmocka_unit_test(test_a_full_range_says_so),
		cmocka_unit_test(test_a_name_that_changes_hands_starts_afresh),
		cmocka_unit_test(test_a_loaded_book_goes_on),
		cmocka_unit_test(test_what_does_not_fit_is_not_loaded),
		cmocka_unit_test(test_a_flood_of_names_is_refused),
		cmocka_unit_test(test_one_site_leaves_room_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
