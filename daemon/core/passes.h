#pragma once
/* What people declared for now: passes, openings, grants and focus, and what they asked for. A book
 * of them with names for people and targets, so that it outlives a reload. Pure: it decides when
 * one begins and ends, never what that does to a site. Durations are boot time. */
#include "base/clock.h"
#include "core/pass-rules.h"

#define PASS_REASON_MAX 200 /* bytes */
#define PASS_ASKED_MAX  5   /* requests of a person that wait */
#define PASS_A_DAY_MAX  100 /* of a person, whatever became of them */
#define PASS_ASKED_USEC (24 * SEC_PER_HOUR * USEC_PER_SEC) /* then nobody has answered */
#define PASS_SEC_MIN    INT64_C(1)
#define FOCUS_SEC_MAX   (INT64_C(7) * SEC_PER_DAY)

enum pass_kind {
	PASS_PASS,  /* lifts a spent limit and closed hours; counted */
	PASS_OPEN,  /* a declared use outside a site's hours: lifts those only; its time is counted
		     */
	PASS_GRANT, /* asked for, granted by an administrator: as a pass, not counted */
	PASS_FOCUS, /* shuts */
	PASS_KINDS
};

enum pass_state {
	PASS_ASKED,   /* nobody has answered yet */
	PASS_WAITING, /* a breath */
	PASS_RUNNING,
	PASS_OVER,
	PASS_CANCELLED, /* before it began */
	PASS_EXPIRED,   /* asked, and never answered */
	PASS_STATES
};

struct pass {
	int64_t id;
	enum pass_kind kind;
	enum pass_state state;
	char *person, *target; /* target "": everything, for focus */
	char *reason;          /* "": none */
	int32_t day;           /* the quota day it counts on */
	int64_t span_sec;      /* as asked; cut when it was ended early */
	usec_t start_usec;     /* boot time; WAITING: when it will begin */
	usec_t end_usec;       /* boot time; ASKED: when it expires */
	/* When it begins by the wall clock of the moment at which it was declared: its name for
	 * other devices. 0: it has none, as what was asked for. */
	usec_t wall_usec;
	bool unwritten; /* the disk knows it otherwise */
};

struct passes {
	struct pass *items; /* in the order of their ids */
	size_t n;
	int64_t last_id;
};

void passes_done(struct passes *p);
/* Takes a copy; id 0: the next one. *ret lives until the book changes. -ENOMEM. */
int passes_add(struct passes *p, const struct pass *pass, struct pass **ret);
/* Drops what is settled, written, and counts on none of the days from first_day on. */
void passes_forget(struct passes *p, int32_t first_day);

struct pass *passes_find(const struct passes *p, int64_t id);
/* The first live one (asked, waiting or running) of that person and target, of these kinds (bits of
 * 1 << kind); NULL: none. */
struct pass *passes_find_live(
	const struct passes *p, const char *person, const char *target, unsigned kinds);
bool pass_is_live(const struct pass *pass);

/* One whose time has come: its state is the next one now; NULL: no more. Called until then. */
struct pass *passes_step(struct passes *p, usec_t boot_usec);
/* When that happens next; USEC_INFINITY: never. */
usec_t passes_next(const struct passes *p);
/* Ends what is live: cancelled before it began, else over, and only the time that it had counts. */
void pass_end(struct pass *pass, usec_t boot_usec);
/* Sets its first moment; for what is asked that is the administrator's word. */
void pass_begin(struct pass *pass, usec_t boot_usec, int64_t wait_sec);

/* Until when (boot time) one of these kinds runs for that target; 0: none does. */
usec_t passes_until(const struct passes *p, const char *person, const char *target, unsigned kinds);

/* What a person has had of a kind on a day; what waits and runs counts whole. */
struct pass_use {
	unsigned n;
	int64_t sec;
};
struct pass_use passes_used(
	const struct passes *p, const char *person, enum pass_kind kind, int32_t day);
/* All of a day, whatever their kind and fate; and of those, requests that wait. */
unsigned passes_count(const struct passes *p, const char *person, int32_t day);
unsigned passes_asked(const struct passes *p, const char *person);

enum pass_answer {
	PASS_ALLOWED,
	PASS_NONE_AT_ALL,  /* the rules allow none */
	PASS_TOO_LONG,     /* for one */
	PASS_NUMBER_SPENT, /* of the day */
	PASS_TIME_SPENT,   /* of the day: *ret_left_sec is what is left */
};
/* May one of that kind and span begin, after what was used? Grants and focus always may. */
enum pass_answer passes_judge(const struct pass_rules *rules, enum pass_kind kind, int64_t span_sec,
	struct pass_use used, int64_t *ret_left_sec);

/* Something to say, in one line: not blank, UTF-8, at most PASS_REASON_MAX bytes. */
bool pass_reason_is_good(const char *text);

/* Back from the disk. same_boot: its times hold. Else wall time says what has passed since `at`,
 * when it was written; a clock that stands before that earns no time beyond what was left. */
void pass_restore(struct pass *pass, bool same_boot, struct instant at, struct instant now);

/* "pass", "open", "grant", "focus"; "asked", "waiting", … */
const char *pass_kind_name(enum pass_kind kind);
const char *pass_state_name(enum pass_state state);
