#pragma once
/* What was decided in a strong moment holds in a weak one: a rule that is stricter counts at once,
 * a looser one after the delay that was in force when it was asked for. Pure: two configurations
 * and what is pending go in, the configuration to live by and what is pending now come out.
 *
 * Where `wanted` (what the files say) is looser than `held` (what was lived by until now), the
 * stricter of the two stands, key by key, until that difference is due. What vanished stays. What
 * is lived by is held the next time, so that no road leads past: it does not matter which file said
 * what, nor whether anybody asked. */
#include "core/config.h"

/* More differences than that are no change of mind but another configuration. */
#define COMMITMENT_ITEMS_MAX 4096

/* One difference that waits. Times are the manager's own, which nobody can set (see
 * commitment_time()). */
struct commitment_item {
	char *id;         /* says what it is about; unique */
	char *person;     /* whose rule; NULL: everybody's */
	char *target;     /* the site or group; "": neither */
	char *asked;      /* what is wanted, to the letter: another wish waits anew */
	char *now, *then; /* for people: what holds, and what will */
	usec_t due_usec;  /* when it is due */
	bool cancelled;   /* never due: it stays until something else is wanted */
};

struct commitment_items {
	struct commitment_item *items;
	size_t n;
};

void commitment_items_done(struct commitment_items *list);
/* Copies an item to the end of the list. -ENOMEM. */
int commitment_items_add(struct commitment_items *list, const struct commitment_item *item);
/* As text (the caller's), and back: -EBADMSG where it is damaged. */
int commitment_items_write(const struct commitment_items *list, char **ret);
int commitment_items_read(const char *text, struct commitment_items *ret);
/* The next time at which one is due; USEC_INFINITY: none. */
usec_t commitment_next(const struct commitment_items *list);

struct commitment_question {
	const struct config *wanted, *held;
	const struct commitment_items *pending;
	usec_t now_usec;
};

struct commitment_answer {
	struct config *effective; /* NULL: as wanted */
	struct commitment_items pending;
};

/* 0, -ENOMEM, -E2BIG, or -EINVAL with a sentence (the caller's) where the two cannot be held
 * together. *ret is touched on success only. */
int commitment_merge(
	const struct commitment_question *q, struct commitment_answer *ret, char **ret_error);

/* A moment that was written down. */
struct commitment_moment {
	const char *boot_id;
	usec_t time_usec; /* the manager's own time then */
	usec_t boot_usec, wall_usec;
};

/* The manager's own time: it passes as boot time does, which nobody can set. Over a boot, where
 * there is no such clock, by the wall clock; never backwards. */
usec_t commitment_time(
	const struct commitment_moment *then, const char *boot_id, struct instant now);
