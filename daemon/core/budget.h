#pragma once
/* How many changes an account may still make today: what each leaves on the disk adds up, and the
 * disk is everybody's. Pure; it knows accounts by their numbers, and not what is changed. */
#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"

#define BUDGET_A_DAY    200 /* changes of one account */
#define BUDGET_ACCOUNTS 64  /* more than people are metered; the one that began first makes room */

struct budget {
	struct budget_account {
		uid_t uid;
		usec_t since_usec; /* boot time: a day of 24 hours begins with the first change */
		unsigned n;
	} items[BUDGET_ACCOUNTS];
	size_t n;
};

/* Takes one, at this boot time; false: there is none left. */
bool budget_take(struct budget *b, uid_t uid, usec_t now_usec);
