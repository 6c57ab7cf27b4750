/* Passes of a household, through the keeper: they open and count here, within the rules of this
 * machine, over restarts and reloads; and one's own are told. */
#include "machine.h"
#include "manager-passes.h"
#include "manager-share.h"
#include "manager-told.h"

#define SHARE "[share]\nbroker = mqtts://broker.example\n"
#define RULES                                                       \
	"[passes]\npasses = 2 per day\npass-time = 20min per day\n" \
	"pass-wait = 20s\npass-max = 10min\nopen-time = 15min per day\n"
#define SPENT  SHARE RULES BOTH "[site alpha]\nlimit = 2s per day\n"
#define MINUTE (60 * SEC)

/* A device's pass, in seconds from now; its end may come nearer when it is told again. */
struct claim {
	const char *device, *target;
	enum pass_kind kind;
	usec_t start_usec, end_usec;
};

static struct claim claim_of(const struct machine *m, const char *device, int from_sec, int to_sec)
{
	return (struct claim){ device, "alpha", PASS_PASS,
		m->now.wall_usec + (usec_t)((int64_t)from_sec * (int64_t)SEC),
		m->now.wall_usec + (usec_t)((int64_t)to_sec * (int64_t)SEC) };
}

static int hear(struct machine *m, const struct claim *c)
{
	struct told_pass pass = { .device = (char *)c->device,
		.person = (char *)"anna",
		.target = (char *)c->target,
		.kind = c->kind,
		.start_usec = c->start_usec,
		.end_usec = c->end_usec };
	const char *doubt = NULL;
	int r;

	assert_int_equal(manager_parse_day(m->manager, "", &pass.day), 0);
	r = manager_told_hear(m->manager, &pass, m->now, &doubt);
	assert_int_equal(r == -EINVAL || r == -E2BIG, doubt != NULL);
	tick(m);
	return r;
}

static int hear_from(struct machine *m, const char *device, int from_sec, int to_sec)
{
	const struct claim c = claim_of(m, device, from_sec, to_sec);

	return hear(m, &c);
}

static struct machine *spent(void **state, const char *config)
{
	struct machine *m = machine(state, config);

	scroll_for(m, ANNA_UID, ALPHA, 5);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	return m;
}

static int declare(struct machine *m, const char *target, int64_t sec, char **ret_error)
{
	const struct pass_request q = { .person = (size_t)manager_find_person(m->manager, "anna"),
		.kind = PASS_PASS,
		.targets = &target,
		.n_targets = 1,
		.span_sec = sec,
		.reason = "answer Ben",
		.now = m->now };
	struct pass_view view;
	const int r = manager_declare(m->manager, &q, &view, ret_error);

	tick(m);
	return r;
}

static void must(struct machine *m, const char *target, int64_t sec)
{
	_cleanup_free_ char *error = NULL;

	if (declare(m, target, sec, &error) < 0)
		fail_msg("%s", error ? error : "?");
}

static void refused(struct machine *m, const char *target, int64_t sec, const char *words)
{
	_cleanup_free_ char *error = NULL;

	assert_true(declare(m, target, sec, &error) < 0);
	if (!error || !strstr(error, words))
		fail_msg("\"%s\", not \"%s\"", error ? error : "?", words);
}

static void test_without_a_household_there_is_none(void **state)
{
	struct machine *m = spent(state, RULES "[site alpha]\nlimit = 2s per day\n");

	assert_int_equal(hear_from(m, "phone", 0, 300), -ENOENT);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	left(m, 2, 1200);
}

static void test_it_opens_here_and_ends_as_it_does_there(void **state)
{
	struct machine *m = spent(state, SPENT);
	struct claim c = claim_of(m, "phone", 0, 600);

	assert_int_equal(hear(m, &c), 1);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(entry(m, "anna", "alpha").verdict.reason, REASON_PASS);
	assert_int_equal(entry(m, "anna", "alpha").verdict.until_usec, c.end_usec);
	left(m, 1, 600);
	rest(m, MINUTE);
	c.end_usec = m->now.wall_usec; /* ended early there */
	assert_int_equal(hear(m, &c), 1);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	left(m, 1, 1140);
	c.end_usec = c.start_usec + 600 * SEC; /* the old message, again */
	assert_int_equal(hear(m, &c), 0);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	left(m, 1, 1140);
}

static void test_it_begins_and_ends_by_itself(void **state)
{
	struct machine *m = spent(state, SPENT);

	assert_int_equal(hear_from(m, "phone", 20, 320), 1); /* a breath first */
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	left(m, 1, 900);
	rest(m, 19 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	rest(m, SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	rest(m, 299 * SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	rest(m, SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	left(m, 1, 900);
}

static void test_a_group_s_pass_opens_its_sites(void **state)
{
	struct machine *m = spent(state, SPENT "[site beta]\nlimit = 0s per day\n");
	struct claim c = claim_of(m, "phone", 0, 600);

	c.target = "both";
	hear(m, &c);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	assert_int_equal(gate(m, ANNA_UID, BETA), GATE_OPEN);
	c.target = "nowhere"; /* no such thing here, and a pass all the same */
	hear(m, &c);
	left(m, 0, 0);
}

static void test_all_count_together(void **state)
{
	struct machine *m = spent(state, SPENT);

	hear_from(m, "phone", -400, -100);
	left(m, 1, 900);
	must(m, "alpha", 600);
	left(m, 0, 300);
	rest(m, 700 * SEC);
	refused(m, "alpha", 60, "passes of today are used");
	hear_from(m, "tv", 0, 60); /* one too many: it was cut off when it began */
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

static void test_the_rules_here_hold(void **state)
{
	struct machine *m = spent(state, SPENT);

	hear_from(m, "phone", 0, 3600);
	rest(m, 10 * MINUTE - SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	rest(m, SEC);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	reload(m, SHARE "[passes]\npasses = 0 per day\n[site alpha]\nlimit = 2s per day\n");
	hear_from(m, "tv", 0, 60);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
}

static void test_one_pass_is_enough(void **state)
{
	struct machine *m = spent(state, SPENT);

	hear_from(m, "phone", 0, 300);
	refused(m, "alpha", 60, "on another device it was opened until");
}

static void test_it_holds_over_restarts_and_reloads(void **state)
{
	struct machine *m = spent(state, SPENT);
	struct claim c = claim_of(m, "phone", 0, 600);

	hear(m, &c);
	restart(m);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	left(m, 1, 600);
	reload(m, SPENT);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_OPEN);
	c.end_usec = c.start_usec + 60 * SEC;
	hear(m, &c);
	restart(m);
	c.end_usec = c.start_usec + 600 * SEC;
	assert_int_equal(hear(m, &c), 0);
	left(m, 1, 1140);
	reload(m, RULES "[site alpha]\nlimit = 2s per day\n"); /* nothing is shared any more … */
	left(m, 2, 1200);
	reload(m, SPENT); /* … and then it is again */
	left(m, 1, 1140);
	rest(m, 24 * 60 * MINUTE);
	left(m, 2, 1200);
}

static int take_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	*(unsigned *)userdata += strcmp(kind, "pass") == 0 && strcmp(text, "5min: on phone") == 0;
	return 0;
}

static void test_it_is_told_once(void **state)
{
	const struct ledger_event_query query = { .most = 1000 };
	struct machine *m = spent(state, SPENT);
	unsigned n = 0;

	hear_from(m, "phone", 0, 300);
	rest(m, MINUTE);
	restart(m);
	rest(m, MINUTE);
	restart(m);
	assert_int_equal(manager_read_events(m->manager, &query, take_event, &n), 0);
	assert_int_equal(n, 1);
}

struct own {
	unsigned n;
	struct told_pass last;
};

static int take_own(const struct told_pass *pass, void *userdata)
{
	struct own *own = userdata;

	own->n++;
	own->last = *pass;
	assert_string_equal(pass->device, HOUSEHOLD_OWN);
	assert_string_equal(pass->person, "anna");
	return 0;
}

static struct own own(struct machine *m)
{
	struct own o = { 0 };

	assert_int_equal(manager_told_own(m->manager, take_own, &o), 0);
	return o;
}

static void count_news(void *userdata)
{
	++*(unsigned *)userdata;
}

static int ignore(const struct pass_view *view, void *userdata)
{
	return 0;
}

static void end_own(struct machine *m)
{
	const struct cancel_request q = { .person = (size_t)manager_find_person(m->manager, "anna"),
		.what = "alpha",
		.now = m->now };

	assert_int_equal(manager_cancel(m->manager, &q, ignore, NULL), 0);
}

static void test_own_ones_are_told(void **state)
{
	struct machine *m = spent(state, SPENT);
	const usec_t declared_usec = m->now.wall_usec;
	unsigned news = 0;

	manager_share_watch(m->manager, count_news, &news);
	assert_int_equal(own(m).n, 0);
	must(m, "alpha", 300);
	assert_true(news > 0);
	assert_int_equal(own(m).n, 1);
	assert_int_equal(own(m).last.start_usec, declared_usec + 20 * SEC);
	assert_int_equal(own(m).last.end_usec, declared_usec + 320 * SEC);
	rest(m, 80 * SEC);
	restart(m);
	assert_int_equal(own(m).last.start_usec, declared_usec + 20 * SEC);
	end_own(m);
	assert_int_equal(own(m).last.end_usec, declared_usec + 80 * SEC);
	/* it comes back by the broker, as it was: it is this one's still */
	hear(m, &(struct claim){ "desk", "alpha", PASS_PASS, declared_usec + 20 * SEC,
			declared_usec + 320 * SEC });
	left(m, 1, 1140);
	assert_int_equal(gate(m, ANNA_UID, ALPHA), GATE_SHUT);
	must(m, "alpha", 300);
	rest(m, 5 * SEC);
	end_own(m); /* before it began */
	assert_int_equal(own(m).n, 2);
	assert_int_equal(own(m).last.end_usec, own(m).last.start_usec);
	manager_share_watch(m->manager, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_without_a_household_there_is_none),
		IN_A_MACHINE(test_it_opens_here_and_ends_as_it_does_there),
		IN_A_MACHINE(test_it_begins_and_ends_by_itself),
		IN_A_MACHINE(test_a_group_s_pass_opens_its_sites),
		IN_A_MACHINE(test_all_count_together),
		IN_A_MACHINE(test_the_rules_here_hold),
		IN_A_MACHINE(test_one_pass_is_enough),
		IN_A_MACHINE(test_it_holds_over_restarts_and_reloads),
		IN_A_MACHINE(test_it_is_told_once),
		IN_A_MACHINE(test_own_ones_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
