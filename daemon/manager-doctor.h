#pragma once
/* What "focusctl doctor" asks of the keeper: each link of the chain looked at now, in a sentence,
 * and its cure where something is wrong. How to add a check: manager-doctor.c. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/clock.h"

struct manager;

enum finding_level { FINDING_OK, FINDING_WARNING, FINDING_FAILED };

struct finding {
	const char *check; /* the row's word; static */
	enum finding_level level;
	char *text;
	char *cure; /* "" where nothing is wrong */
};

#define FINDINGS_MAX 128 /* a check that runs wild fills no message */
struct findings {
	struct finding *items;
	size_t n;
};

/* Runs every check. caller: root may read lines of the configuration and other people's names and
 * doings, everybody else their own. -ENOMEM. */
int manager_examine(struct manager *m, struct instant now, uid_t caller, struct findings *ret);
void findings_done(struct findings *list);
const char *finding_level_name(enum finding_level level);

/* For the checks: one look at the machine. */
struct examination {
	struct manager *m;
	struct instant now;
	bool all; /* root asks */
	int own;  /* the person who asks, or negative */
	const char *check;
	struct findings *findings;
	int r;
};

/* The checks that live beside what they look at. */
void manager_check_seal(struct examination *e);

/* Notes a finding of the check that runs. */
void examination_ok(struct examination *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void examination_warn(struct examination *e, const char *cure, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void examination_fail(struct examination *e, const char *cure, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The checks that stand in files of their own. */
void manager_check_resolvers(struct examination *e); /* manager-doctor-way.c */
void manager_check_resolved(struct examination *e);  /* manager-resolved.c */
void manager_check_hosts(struct examination *e);     /* manager-hosts.c */
void manager_check_ranges(struct examination *e);
void manager_check_rivals(struct examination *e);
void manager_check_ledger(struct examination *e); /* manager-doctor-home.c */
void manager_check_clock(struct examination *e);
void manager_check_presence(struct examination *e);
void manager_check_people(struct examination *e);
void manager_check_config(struct examination *e);
void manager_check_versions(struct examination *e);
void manager_check_sockets(struct examination *e); /* manager-sockets.c */
