/* What fails at one moment is made good at the next; with the kernel's own tables, in a network of
 * our own. */
#include <errno.h>
#include <sched.h>
#include <search.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/gate-nft-internal.h"

#define PATIENCE_USEC (20 * USEC_PER_SEC)

static bool able; /* to have a network of our own */

/* What fails next, once (--wrap). */
static bool fails_tsearch, fails_count, fails_timer;

static bool take(bool *fails)
{
	const bool failed = *fails;

	*fails = false;
	return failed;
}

void *__real_tsearch(const void *key, void **root, int (*compare)(const void *, const void *));
void *__wrap_tsearch(const void *key, void **root, int (*compare)(const void *, const void *));
int __real_gate_count_objects(struct gate_nft *g, size_t *ret, uint64_t *ret_print);
int __wrap_gate_count_objects(struct gate_nft *g, size_t *ret, uint64_t *ret_print);
int __real_sd_event_add_time_relative(sd_event *e, sd_event_source **ret, clockid_t clock,
	uint64_t usec, uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
int __wrap_sd_event_add_time_relative(sd_event *e, sd_event_source **ret, clockid_t clock,
	uint64_t usec, uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);

void *__wrap_tsearch(const void *key, void **root, int (*compare)(const void *, const void *))
{
	return take(&fails_tsearch) ? NULL : __real_tsearch(key, root, compare);
}

int __wrap_gate_count_objects(struct gate_nft *g, size_t *ret, uint64_t *ret_print)
{
	return take(&fails_count) ? -ENOBUFS : __real_gate_count_objects(g, ret, ret_print);
}

int __wrap_sd_event_add_time_relative(sd_event *e, sd_event_source **ret, clockid_t clock,
	uint64_t usec, uint64_t accuracy, sd_event_time_handler_t callback, void *userdata)
{
	return take(&fails_timer) ? -ENOMEM
				  : __real_sd_event_add_time_relative(
					    e, ret, clock, usec, accuracy, callback, userdata);
}

struct table {
	sd_event *event;
	struct gate *gate;
	unsigned n_lost;
};

static void on_wake(void *userdata)
{
}

static void on_lost(void *userdata)
{
	((struct table *)userdata)->n_lost++;
}

static int group_set_up(void **state)
{
	able = unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == 0;
	return 0;
}

static int set_up(void **state)
{
	struct gate_options options = { .mark_mask = 0x00ff0000,
		.log_group = 5,
		.rules_file = "conf/focusd.nft",
		.gateway_file = "conf/focusd-gateway.nft",
		.gateway_port = 5353 };
	static struct table t;
	const struct gate_events events = { on_wake, on_lost, &t };
	char *error = NULL;
	int r;

	t = (struct table){ 0 };
	*state = &t;
	if (!able)
		return 0;
	assert_int_equal(prefix_parse("198.19.128.0/18", &options.lease4), 0);
	assert_int_equal(prefix_parse("2001:db8:f0c5::/64", &options.lease6), 0);
	assert_true(sd_event_new(&t.event) >= 0);
	r = gate_nft_new(&options, t.event, &events, &t.gate, &error);
	if (r < 0 && geteuid() != 0) /* where people may have a network, but nothing in it */
		able = false;
	else if (r < 0)
		fail_msg("%s", error ? error : "?");
	return 0;
}

static int tear_down(void **state)
{
	struct table *t = *state;
	char *error = NULL;

	if (!able)
		return 0;
	gate_free(t->gate);
	sd_event_unref(t->event);
	assert_int_equal(gate_nft_release(&error), 0);
	return 0;
}

static int map(struct gate *gate, const char *real)
{
	struct gate_mapping m;

	assert_int_equal(address_parse("198.19.128.1", &m.lease), 0);
	assert_int_equal(address_parse(real, &m.real), 0);
	return gate_map(gate, &m, 1);
}

static void is_whole(struct gate *gate)
{
	const char *missing = NULL;

	assert_int_equal(gate_check(gate), 1);
	assert_int_equal(gate_examine(gate, &missing), 0);
	assert_null(missing);
}

static void test_a_mapping_that_there_was_no_memory_for(void **state)
{
	const struct table *t = *state;

	if (!able)
		skip();
	fails_tsearch = true;
	assert_int_equal(map(t->gate, "192.0.2.1"), -ENOMEM);
	is_whole(t->gate);
	assert_int_equal(map(t->gate, "192.0.2.2"), 0);
	is_whole(t->gate);
	assert_int_equal(map(t->gate, "192.0.2.3"), 0);
	is_whole(t->gate);
}

static void test_a_table_that_could_not_be_counted(void **state)
{
	static const char insides[][CONFIG_INTERFACE_SIZE] = { "lan0" };
	const struct gate_gateway gateway = { .insides = insides, .n_insides = 1 };
	const struct table *t = *state;
	char *error = NULL;

	if (!able)
		skip();
	assert_int_equal(gate_set_gateway(t->gate, &gateway), 0);
	fails_count = true;
	assert_int_equal(gate_set_gateway(t->gate, NULL), -ENOBUFS);
	assert_int_equal(gate_check(t->gate), 1);
	assert_int_equal(gate_set_gateway(t->gate, NULL), 0);
	is_whole(t->gate);
	assert_int_equal(gate_nft_release(&error), 0);
	assert_int_equal(gate_check(t->gate), 0);
}

static void run_until_lost(struct table *t, unsigned n)
{
	usec_t now, end;

	assert_true(sd_event_now(t->event, CLOCK_MONOTONIC, &now) >= 0);
	for (end = now + PATIENCE_USEC; t->n_lost < n && now < end;) {
		assert_true(sd_event_run(t->event, end - now) >= 0);
		assert_true(sd_event_now(t->event, CLOCK_MONOTONIC, &now) >= 0);
	}
	assert_int_equal(t->n_lost, n);
}

/* With and without memory for it, the end of the table is seen. */
static void test_a_wait_that_could_not_begin(void **state)
{
	struct table *t = *state;
	char *error = NULL;

	if (!able)
		skip();
	for (unsigned n = 1; n <= 3; n++) {
		fails_timer = n == 1;
		assert_int_equal(gate_nft_release(&error), 0);
		run_until_lost(t, n);
		assert_false(fails_timer);
		assert_int_equal(gate_restore(t->gate), 0);
	}
	is_whole(t->gate);
}

#define IN_A_TABLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_TABLE(test_a_mapping_that_there_was_no_memory_for),
		IN_A_TABLE(test_a_table_that_could_not_be_counted),
		IN_A_TABLE(test_a_wait_that_could_not_begin),
	};

	return cmocka_run_group_tests(tests, group_set_up, NULL);
}
