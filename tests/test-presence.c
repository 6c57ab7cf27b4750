/* Who is looked for, and who is away: logind's sessions as values. */
#include "core/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define ANNA   2001
#define ANNA_2 2002
#define BEN    2003

#define DESKTOP(who)                                                            \
	{                                                                       \
		.uid = (who), .person = true, .graphical = true, .active = true \
	}
#define TERMINAL(who)                                        \
	{                                                    \
		.uid = (who), .person = true, .active = true \
	}

struct row {
	const char *what;
	struct presence_session sessions[3];
	size_t n;
	bool away;
};

static void test_one_account(void **state)
{
	static const struct row rows[] = {
		{ "no session: traffic decides", { { 0 } }, 0, false },
		{ "at the desktop", { DESKTOP(ANNA) }, 1, false },
		{ "somebody else's session", { DESKTOP(BEN) }, 1, false },
		{ "locked", { { ANNA, true, true, true, true, false } }, 1, true },
		{ "idle", { { ANNA, true, true, true, false, true } }, 1, true },
		{ "another session is in front", { { ANNA, true, true, false, false, false } }, 1,
			true },
		{ "the screen that asks for the password is nobody",
			{ { ANNA, false, true, true, false, false } }, 1, false },
		{ "a terminal", { TERMINAL(ANNA) }, 1, false },
		{ "nobody types in the terminal", { { ANNA, true, false, true, false, true } }, 1,
			false },
		{ "the terminal is not in front", { { ANNA, true, false, false, false, false } }, 1,
			true },
		{ "two seats, one of them locked",
			{ { ANNA, true, true, true, true, false }, DESKTOP(ANNA) }, 2, false },
		{ "two seats, both idle",
			{ { ANNA, true, true, true, false, true },
				{ ANNA, true, true, true, false, true } },
			2, true },
		{ "from afar, while the desktop is locked",
			{ { ANNA, true, true, true, true, false }, TERMINAL(ANNA) }, 2, true },
		{ "from afar, and at the desktop", { TERMINAL(ANNA), DESKTOP(ANNA) }, 2, false },
		{ "others' sessions do not matter",
			{ { ANNA, true, true, true, true, false }, DESKTOP(BEN), TERMINAL(BEN) }, 3,
			true },
	};
	static const uid_t anna[] = { ANNA };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (presence_away(rows[i].sessions, rows[i].n, anna, 1) != rows[i].away)
			fail_msg("%s", rows[i].what);
}

static void test_several_accounts(void **state)
{
	static const uid_t anna[] = { ANNA, ANNA_2 };
	struct presence_session sessions[] = { DESKTOP(ANNA), DESKTOP(ANNA_2) };

	sessions[0].locked = true;
	assert_false(presence_away(sessions, 2, anna, 2));
	sessions[1].idle = true;
	assert_true(presence_away(sessions, 2, anna, 2));
	assert_false(presence_away(sessions, 2, anna, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_account),
		cmocka_unit_test(test_several_accounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
