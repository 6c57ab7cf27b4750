#pragma once
/* The decision: what may this person do with this site now, why, and when does that change. Pure.
 */
#include "core/config.h"
#include "core/usage.h"

enum gate_state { GATE_OPEN, GATE_SLOW, GATE_SHUT };

enum rule_reason {
	REASON_OBSERVING,    /* no limit set anywhere */
	REASON_WITHIN_LIMIT, /* also: no limit on this one */
	REASON_LIMIT_DAY,
	REASON_LIMIT_WEEK,
	REASON_LIMIT_SITTING,
	REASON_BREAK,
	REASON_LIMIT_OPENS,
	REASON_WINDOW,
	REASON_FOCUS,
	REASON_PASS,
	REASONS
};

/* A moment, and what holds in it for everybody. Of rules_now_at(): the zone's rules are asked once,
 * and not for every person and site. */
struct rules_now {
	usec_t wall_usec; /* as it is, or as it would be if nobody had set it */
	usec_t boot_usec; /* breaks end by this one */
	int32_t day; /* the quota day in force, from usage_day(): it may be ahead of the wall clock
		      */
	usec_t day_end_usec, week_end_usec; /* wall times at which the quotas are renewed */
	bool enforces;                      /* config_enforces() */
};

struct rules_now rules_now_at(
	const struct config *c, usec_t wall_usec, usec_t boot_usec, int32_t day);

/* Whom it is about. */
struct rules_person {
	const struct config *config;
	const struct usage *usage;
	size_t person;    /* index into usage */
	const char *name; /* for exceptions */
};

/* What somebody declared for now, on top of the rules; wall times, 0: nothing. Of several passes or
 * focuses the latest end counts, and a group's holds for its sites: who keeps them sees to that. */
struct rules_overlay {
	usec_t pass_until_usec;  /* lifts spent limits, breaks and closed windows */
	usec_t focus_until_usec; /* shuts, whatever else holds: it goes before a pass */
	usec_t open_until_usec;  /* lifts closed windows only */
	usec_t focus_from_usec;  /* when one begins that is known before */
};

#define RULES_OWN (-1) /* the target's own rules, no group's */

/* The rule that will end what is open. */
struct rules_end {
	enum rule_reason reason;
	int group; /* whose rule it is; RULES_OWN */
	size_t n_warn;
	unsigned warn_sec[CONFIG_WARNINGS_MAX]; /* before it, descending */
};

struct verdict {
	enum gate_state state;
	enum rule_reason reason;
	int group;        /* whose rule decided; RULES_OWN also where none did */
	int64_t left_sec; /* of the tightest limit, 0 when spent; LIMIT_NONE where there is none */
	struct rules_end left_by; /* that limit */
	usec_t until_usec; /* wall time at which a shut or slow site opens again, or a pass ends; 0:
			      not known or open */
	usec_t shuts_usec; /* wall time at which what is open shuts though nobody uses it: its
			      window's end, a pass's; USEC_INFINITY: never */
	struct rules_end shuts_by;
	usec_t change_usec; /* wall time of the next change that no traffic brings; USEC_INFINITY:
			       none */
	uint64_t slow_rate_bytes;
};

/* A site is judged by its own rules and those of every group it is in: the strictest wins (shut
 * before slow before open; then the later until). A spent limit with when-spent = notify leaves
 * the site open and keeps its reason. overlay may be NULL. */
struct verdict rules_decide(const struct rules_person *p, size_t site,
	const struct rules_overlay *overlay, struct rules_now now);
/* The same for a group taken by itself, as status shows it. */
struct verdict rules_decide_group(const struct rules_person *p, size_t group,
	const struct rules_overlay *overlay, struct rules_now now);

/* The day's limit with what was carried over to it; LIMIT_NONE: there is none. */
int64_t rules_limit_today(const struct rules_person *p, bool is_group, size_t target);

/* The words of the contract: "open", "slow", "blocked"; "within-limit", … */
const char *gate_state_name(enum gate_state s);
const char *rule_reason_name(enum rule_reason r);
