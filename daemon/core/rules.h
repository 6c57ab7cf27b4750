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

struct rules_now {
	usec_t wall_usec;
	int32_t day; /* the quota day in force, from usage_day(): it may be ahead of the wall clock
		      */
};

struct verdict {
	enum gate_state state;
	enum rule_reason reason;
	int64_t left_sec;  /* of the tightest limit, 0 when spent; LIMIT_NONE where there is none */
	usec_t until_usec; /* wall time at which a shut or slow site opens again; 0: not known or
			      open */
	usec_t change_usec; /* wall time of the next change that no traffic brings; USEC_INFINITY:
			       none */
	uint64_t slow_rate_bytes;
	size_t n_warn; /* of the limit that is tightest */
	unsigned warn_sec[CONFIG_WARNINGS_MAX];
};

/* person: index into usage; person_name: for exceptions. A site is judged by its own rules and
 * those of every group it is in: the strictest wins (shut before slow before open; then the later
 * until). A spent limit with when-spent = notify leaves the site open and keeps its reason. */
struct verdict rules_decide(const struct config *c, const struct usage *u, size_t person,
	const char *person_name, size_t site, struct rules_now now);
/* The same for a group taken by itself, as status shows it. */
struct verdict rules_decide_group(const struct config *c, const struct usage *u, size_t person,
	const char *person_name, size_t group, struct rules_now now);

/* The words of the contract: "open", "slow", "blocked"; "within-limit", … */
const char *gate_state_name(enum gate_state s);
const char *rule_reason_name(enum rule_reason r);
