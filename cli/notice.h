#pragma once
/* What a notice on the desktop says, from what the keeper said. Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What holds of one site. */
enum notice_condition {
	CONDITION_OPEN,
	CONDITION_NOTED, /* its limit is spent, and it stays open (when-spent = notify) */
	CONDITION_PASS,
	CONDITION_SLOW,
	CONDITION_SHUT,
	CONDITION_FOCUS, /* shut by a focus */
};
/* From the words of the contract. */
enum notice_condition notice_condition_of(const char *state, const char *reason);

/* Something to tell of one subject: a site, a group, or the focus. */
struct notice_news {
	bool warned; /* it will end; else it has changed */
	enum notice_condition before, after;
	const char *subject, *reason;
	const char *sites; /* which it is about, with commas */
	int64_t left_sec;  /* of a warning */
	int64_t until_usec, now_usec;
};

#define NOTICE_SUBJECT_MAX 64
#define NOTICE_TEXT_MAX    320

struct notice {
	char subject[NOTICE_SUBJECT_MAX];
	char summary[NOTICE_TEXT_MAX], body[NOTICE_TEXT_MAX]; /* plain text */
	bool ended;                                           /* the moment for something else */
	bool may_pass;                                        /* a pass would open it */
	bool quiet;                                           /* good to know, no more */
	int64_t expires_usec; /* wall time after which it is not true any more; 0: none */
};
void notice_write(const struct notice_news *news, struct notice *ret);
/* Drops what was left of a letter where a text had to be cut: a bus takes whole ones alone. */
void notice_trim(struct notice *n);
/* Adds "Instead: …" to what has ended. */
void notice_add_instead(struct notice *n, const char *what);
