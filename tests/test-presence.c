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

#define DESKTOP(who, ...)                                                    \
	{                                                                    \
		.uid = (who), .person = true, .graphical = true, __VA_ARGS__ \
	}
#define TERMINAL(who, ...)                                \
	{                                                 \
		.uid = (who), .person = true, __VA_ARGS__ \
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
		{ "at the desktop", { DESKTOP(ANNA, .active = true) }, 1, false },
		{ "somebody else's session", { DESKTOP(BEN, .active = true) }, 1, false },
		{ "locked", { DESKTOP(ANNA, .active = true, .locked = true) }, 1, true },
		{ "idle", { DESKTOP(ANNA, .active = true, .idle = true) }, 1, true },
		{ "another session is in front", { DESKTOP(ANNA, .active = false) }, 1, true },
		{ "the screen that asks for the password is nobody",
			{ { .uid = ANNA, .graphical = true, .active = true } }, 1, false },
		{ "a terminal", { TERMINAL(ANNA, .active = true) }, 1, false },
		{ "nobody types in the terminal", { TERMINAL(ANNA, .active = true, .idle = true) },
			1, false },
		{ "the terminal is not in front", { TERMINAL(ANNA, .active = false) }, 1, true },
		{ "two seats, one of them locked",
			{ DESKTOP(ANNA, .active = true, .locked = true),
				DESKTOP(ANNA, .active = true) },
			2, false },
		{ "two seats, both idle",
			{ DESKTOP(ANNA, .active = true, .idle = true),
				DESKTOP(ANNA, .active = true, .idle = true) },
			2, true },
		{ "from afar, while the desktop is locked",
			{ DESKTOP(ANNA, .active = true, .locked = true),
				TERMINAL(ANNA, .active = true) },
			2, true },
		{ "from afar, and at the desktop",
			{ TERMINAL(ANNA, .active = true), DESKTOP(ANNA, .active = true) }, 2,
			false },
		{ "logged out, and something left running", { DESKTOP(ANNA, .over = true) }, 1,
			false },
		{ "from afar, after logging out of the desktop",
			{ DESKTOP(ANNA, .over = true), TERMINAL(ANNA, .active = true) }, 2, false },
		{ "others' sessions do not matter",
			{ DESKTOP(ANNA, .active = true, .locked = true),
				DESKTOP(BEN, .active = true), TERMINAL(BEN, .active = true) },
			3, true },
	};
	static const uid_t anna[] = { ANNA };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (presence_away(rows[i].sessions, rows[i].n, anna, 1) != rows[i].away)
			fail_msg("%s", rows[i].what);
}

static void test_several_accounts(void **state)
{
	static const uid_t anna[] = { ANNA, ANNA_2 };
	struct presence_session sessions[] = { DESKTOP(ANNA, .active = true),
		DESKTOP(ANNA_2, .active = true) };

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
