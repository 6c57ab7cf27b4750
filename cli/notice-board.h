#pragma once
/* What was said already, so that nothing is said twice: the last condition of each site, and the
 * last words on each subject. Several sites of one matter make one notice. Pure. */
#include "notice.h"
#include "status.h"

#define NOTICE_FOCUS "focus" /* the subject of every site that a focus shuts; none is called so */

struct notice_board;
struct notice_board *notice_board_new(void);
struct notice_board *notice_board_free(struct notice_board *b);

/* A signal of the keeper, as names.h has it. -ENOMEM; -E2BIG when somebody makes up sites. */
struct notice_signal {
	bool warned;
	const char *site, *target, *reason;
	const char *state;  /* of a change */
	int64_t until_usec; /* of a change */
	int64_t left_sec;   /* of a warning */
};
int notice_board_hear(struct notice_board *b, const struct notice_signal *signal);
/* How it stands with one person, after a time in which signals may have been missed. The first time
 * it is only learnt. */
int notice_board_learn(struct notice_board *b, const struct status_person *p);
/* The next notice of what was heard since; false: nothing more. */
bool notice_board_next(struct notice_board *b, int64_t now_usec, struct notice *ret);
