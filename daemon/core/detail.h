#pragma once
/* What explains a day on a site: which host names moved how much, and what moved without counting.
 * It decides nothing; sums by key, to be told and kept. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum detail_kind {
	DETAIL_HOST,      /* name: a host */
	DETAIL_UNCOUNTED, /* name: of detail_reason_name() */
	DETAIL_KINDS
};

/* Why bytes were nobody's time. */
enum detail_reason {
	DETAIL_AWAY,       /* locked, idle, asleep */
	DETAIL_BRIEF,      /* began like a visit and was over before it was one */
	DETAIL_BACKGROUND, /* polls, pixels, buttons: too little, or not the site's own page */
	DETAIL_REASONS
};
const char *detail_reason_name(enum detail_reason reason);

struct detail {
	const char *person, *site;
	int32_t day;
	enum detail_kind kind;
	const char *name;
	uint64_t bytes;
};

#define DETAILS_MAX 16384 /* keys of a day; what is above goes untold */

struct details;
int details_new(struct details **ret);
struct details *details_free(struct details *d);

/* Adds d->bytes to what its key has; a key that is new and one too many is let go. -ENOMEM. */
int details_add(struct details *d, const struct detail *add);
/* Calls visit, in no order, for each key that has changed since it was last told so, or, to look
 * only, for all. A negative return ends it, and nothing of it counts as told. */
int details_tell(struct details *d, bool all, int (*visit)(const struct detail *d, void *userdata),
	void *userdata);
/* Drops the days before this one. */
void details_forget(struct details *d, int32_t before_day);
