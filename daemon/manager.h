#pragma once
/* The keeper's heart: it connects what is decided (core/) with what is done (system/). It owns the
 * parts it is given, takes time as an argument, and never talks to a bus. */
#include "core/config.h"
#include "core/rules.h"
#include "system/attach.h"
#include "system/fd-store.h"
#include "system/gate.h"
#include "system/hook-process.h"
#include "system/ledger-past.h"

struct catalogue;
struct sd_event;
struct manager;

struct manager_options {
	const char *config_file; /* its drop-ins lie in config_file.d/ */
	const char *sites_dir;   /* the catalogue */
	const char *seal_file;   /* servers for encrypted look-ups; NULL: none are known */
	const char *state_dir;
	const char *runtime_dir;
	const char *resolv_conf;
	const char *hosts_file;
	bool hosts_child;    /* a child may write it; else a unit does (focusd-hosts.path) */
	const char *boot_id; /* of the machine, any text */
};

/* Reads the configuration; nothing is touched yet. *ret_error (owned by the caller) is a sentence.
 * options' strings must outlive the manager. event may be NULL where a test drives the ticks. */
int manager_new(const struct manager_options *options, struct sd_event *event, struct manager **ret,
	char **ret_error);
/* Writes what is not written yet and lets go of every part; the kernel's state stays. */
struct manager *manager_free(struct manager *m);

const struct config *manager_config(const struct manager *m);
const struct catalogue *manager_catalogue(const struct manager *m);
/* What to give to gate_nft_new(). */
struct gate_events manager_gate_events(struct manager *m);

/* The parts; each is owned from then on. attach and hook may be missing. */
void manager_take_gate(struct manager *m, struct gate *gate);
void manager_take_attach(struct manager *m, struct attach *attach);
/* Where the redirect outlives this process; NULL or missing: it does not. */
void manager_take_fd_store(struct manager *m, struct fd_store *store);
void manager_take_hook_process(struct manager *m, struct hook_process *hook);

/* Loads the ledger, puts every lease and gate back into the kernel. Needs the gate. */
int manager_start(struct manager *m, struct instant now, char **ret_error);
/* Opens the hook's socket and waits for a hook; `ready` is called once, when hook, redirect and
 * gate work. adopt: a hook of a predecessor may come back by itself. */
int manager_start_hook(
	struct manager *m, bool adopt, void (*ready)(void *userdata), void *userdata);
/* A clean stop: the hook is told to quit, the ledger written. */
void manager_stop(struct manager *m, struct instant now);

/* One step of time: counters → meter → usage → rules → gate → ledger. Returns when it wants to be
 * called again (boot time, USEC_INFINITY: only when something moves). */
usec_t manager_tick(struct manager *m, struct instant now);

/* Is this person to look at what moves? The time until now is judged by what held until now. */
void manager_set_away(struct manager *m, size_t person, bool away, struct instant now);

/* Reads the files again. On a mistake the old rules stay in force, the sentence is returned and
 * shown in status until a good file is read. */
int manager_reload(struct manager *m, struct instant now, char **ret_error);

/* How the look-ups that programs leave to systemd-resolved's own socket reach the hook. */
enum resolved_way {
	RESOLVED_NOT_NEEDED, /* it does not run; or intercept = none */
	RESOLVED_BY_HOOK,    /* it asks the hook */
	RESOLVED_BY_LINK     /* it routes metered names to a link of ours */
};
enum resolved_way manager_resolved_way(const struct manager *m);
/* Do they, just now? Also true where there are none. */
bool manager_resolved_reached(const struct manager *m);

/* Writes a limit into the drop-in and reloads. target: a site or a group (-ENOENT); person: a name
 * (-ESRCH) or NULL for everyone; limit_sec LIMIT_NONE lifts it. */
int manager_set_limit(struct manager *m, const char *target, const char *person,
	enum limit_period period, int64_t limit_sec, char **ret_error);

/* What a person should hear of at once. */
enum notice_kind { NOTICE_CHANGED, NOTICE_WARNED, NOTICE_REFUSED };
struct manager_notice {
	enum notice_kind kind;
	const char *person, *site;
	const char *target; /* whose rule it is: the site, or a group it is in */
	enum gate_state state;
	enum rule_reason reason;
	usec_t until_usec;  /* of a change, as in struct verdict */
	int64_t left_sec;   /* of a warning */
	const char *server; /* of a refusal, which has no other words but the person */
};
typedef void (*manager_heard_fn)(const struct manager_notice *notice, void *userdata);
/* One listener. -ENOMEM. */
int manager_listen(struct manager *m, manager_heard_fn heard, void *userdata);

/* What status shows. Persons and entries (sites, then groups) are counted from 0. */
struct status_entry {
	const char *name;
	bool is_group;
	int64_t used_today_sec, used_week_sec;
	int64_t limit_today_sec, limit_week_sec; /* LIMIT_NONE: none */
	int64_t opens_left;                      /* today; LIMIT_NONE: no limit on them */
	struct verdict verdict;
	bool active; /* a sitting is open */
};

/* What has happened, as ledger_read_events() tells it. */
int manager_read_events(const struct manager *m, const struct ledger_event_query *query,
	int (*event)(usec_t wall_usec, const char *kind, const char *person, const char *site,
		const char *text, void *userdata),
	void *userdata);

/* What explains a person's days on a site (query's person and site are given): the stretches that
 * counted, in order; which hosts moved and what did not count, in none. */
int manager_read_sittings(const struct manager *m, const struct ledger_day_query *query,
	int (*visit)(const struct ledger_span *span, void *userdata), void *userdata);
int manager_explain(struct manager *m, const struct ledger_day_query *query,
	int (*visit)(const struct detail *d, void *userdata), void *userdata);

/* How long a person was at each entry on each of the last days, the oldest first, without today;
 * known_days of them are known. The caller frees *ret, one for each entry. */
#define MANAGER_HABIT_DAYS 14
struct manager_habit {
	uint32_t used_sec[MANAGER_HABIT_DAYS];
};
int manager_read_habits(const struct manager *m, size_t person, struct manager_habit **ret,
	unsigned *ret_known_days);

/* One line for whoever looks at the service: how much is metered, what is shut, what is wrong. */
#define MANAGER_LINE_MAX 512
const char *manager_status_line(const struct manager *m, char buffer[MANAGER_LINE_MAX]);
size_t manager_n_people(const struct manager *m);
const char *manager_person_name(const struct manager *m, size_t person);
/* The first of theirs; all ones: whoever has devices only has no account. */
uid_t manager_person_uid(const struct manager *m, size_t person);
/* The person an account belongs to, or -ENOENT. */
int manager_find_uid(const struct manager *m, uid_t uid);
int manager_find_person(const struct manager *m, const char *name);
size_t manager_n_entries(const struct manager *m);
struct rules_now manager_rules_now(const struct manager *m, struct instant now);
struct status_entry manager_entry(
	const struct manager *m, size_t person, size_t entry, struct rules_now now);
/* The quota day as "2026-11-23". */
#define MANAGER_DAY_TEXT_MAX 40
const char *manager_day_text(const struct manager *m, char buffer[MANAGER_DAY_TEXT_MAX]);
/* Any day, as text and back ("": the present one; -EINVAL), and its wall time. */
const char *manager_format_day(int32_t day, char buffer[MANAGER_DAY_TEXT_MAX]);
int manager_parse_day(const struct manager *m, const char *text, int32_t *ret);
void manager_day_span(const struct manager *m, int32_t day, usec_t *ret_start, usec_t *ret_end);
/* Reads the kernel's counters now, so that what is shown next is true to the second. */
void manager_refresh(struct manager *m, struct instant now);
bool manager_enforcing(const struct manager *m);
/* Adds the problems of the moment, a sentence each. all: for root, who may read what stands in the
 * files, and of whom. -ENOMEM. */
int manager_problems(const struct manager *m, bool all, struct strings *list);
/* Writes events of problems that are new, or over. */
void manager_tell_trouble(struct manager *m, struct instant now);
