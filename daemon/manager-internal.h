#pragma once
/* What the files of the manager share; nobody else includes it. */
#include <systemd/sd-event.h>

#include "core/catalogue.h"
#include "core/day-clock.h"
#include "core/lease.h"
#include "core/listed.h"
#include "core/meter.h"
#include "core/seal-list.h"
#include "core/usage.h"
#include "manager-before.h"
#include "manager-problems.h"
#include "manager-track.h"
#include "manager-ways.h"
#include "manager.h"
#include "system/file-watch.h"
#include "system/leases.h"
#include "system/ledger.h"
#include "system/netwatch.h"
#include "system/people.h"
#include "system/session.h"
#include "system/upstream.h"

#define MANAGER_PEOPLE_MAX   62                 /* marks fit into six bits, 0 is nobody */
#define TRIES_MAX            512                /* the oldest make way */
#define LEDGER_INTERVAL_USEC (9 * USEC_PER_SEC) /* with a tick and a disk: 10 s at most */
#define TICK_USEC            USEC_PER_SEC
#define TICK_SHORT_USEC      (200 * USEC_PER_MSEC) /* while the last two seconds of a limit run */

struct applied_gate {
	enum gate_state state;
	uint64_t slow_rate_bytes;
	bool noted; /* spent and open all the same: that was told */
	bool focus; /* shut by a focus */
};

struct manager {
	struct manager_options options;
	sd_event *event;
	sd_event_source *timer;

	struct config *config;
	usec_t config_wall_usec; /* when its files were read */
	struct catalogue *catalogue;
	struct people *people;
	uint32_t *marks;      /* per person */
	uint64_t marks_taken; /* bit per mark that anybody ever had */
	uint64_t marks_away;  /* bit per mark of a person who is away */
	struct usage *usage;
	bool *elsewhere_stale;        /* persons × sites: what others add is to be found anew */
	struct track **tracks;        /* persons × sites, NULL until something moved */
	struct applied_gate *applied; /* persons × sites: what the kernel was told */
	struct seal_list seal;        /* servers for encrypted look-ups */
	struct listed *listed;        /* names of domains-file; the catalogue asks it */
	struct ledger_try *tries;     /* who tried one */
	size_t n_tries, n_sealed;     /* n_sealed: accounts */
	bool tries_dirty;

	struct gate *gate;
	struct ledger *ledger;
	struct lease_book *book;
	struct seen_counter *seen;
	size_t n_seen;
	struct details *details; /* of today and the day before */
	void *seen_leases;       /* tree of struct seen_lease */
	bool leases_seen;        /* once in this process */

	struct instant last;    /* the last tick … */
	bool unseen;            /* … was a predecessor's */
	usec_t quiet_usec;      /* nothing has moved since the last tick before this boot time */
	struct day_clock clock; /* how late it is, whatever the wall clock was set to */
	usec_t written_usec;    /* boot time of the last write of the ledger */
	bool dirty, store_soon;
	bool gate_stale; /* a change of the kernel failed: try again */
	bool gate_lost;  /* somebody took our table away: put it back */
	bool judged;     /* once in this process; before, a predecessor's gates stay as they are */
	bool enforcing;  /* then; the status line asks at every turn of the loop */

	struct session_watch *sessions;
	struct attach *attach;
	struct fd_store *fd_store;
	struct leases *leases;
	struct hook_process *hook_process;
	struct upstream upstream;
	struct file_watch *upstream_watch;
	struct netwatch *netwatch;
	sd_event_source *hook_timer, *renew_timer, *again_timer;
	bool hook_live, hook_stopping, hook_again, attached, lease_failed;
	int hook_unstartable; /* why, as it was told; 0: it can be */
	bool hook_ours;       /* our starter started it, and holds its sockets open */
	uint16_t port4, port6;
	struct manager_gateway gateway;
	char hook_build[HOOK_BUILD_MAX + 1]; /* its version, "" while there is none */
	void (*ready)(void *userdata);
	void *ready_userdata;
	struct manager_resolved resolved;
	struct old_sockets *old;         /* open before their site was metered */
	int end_error;                   /* of the last try to end what was shut */
	struct manager_hosts *hosts;     /* manager-hosts.c */
	struct manager_notices *notices; /* manager-notices.c; NULL: nobody was told anything */
	struct manager_trouble *trouble; /* manager-trouble.c */
	struct manager_passes *passes;   /* manager-passes.c */
	struct manager_commitment *commitment;
	struct manager_share *share;    /* manager-share.c */
	struct manager_told *told;      /* manager-told.c */
	struct strings config_problems; /* of the last configuration: people that do not exist, … */
	char *reload_problem, *held_problem, *ledger_problem, *gate_problem, *counter_problem;
	bool lost[MANAGER_LOSSES]; /* manager-trouble.c */
	bool had_way;              /* a route led out, once in this process */
	char *hook_problem, *lease_problem, *hosts_problem, *resolver_problem, *upstream_problem;
};

static inline size_t manager_cell(const struct manager *m, size_t person, size_t site)
{
	return person * m->config->n_sites + site;
}

/* manager.c */
void manager_set_problem(char **slot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void manager_arm(struct manager *m, usec_t boot_usec);
/* A tick within a second, where none is due: what was done for one client is to be cleared up. */
void manager_look_soon(struct manager *m);
void manager_event(struct manager *m, const char *kind, const char *person, const char *site,
	const char *text);

/* manager-tick.c */
/* Tells the kernel who is who and every verdict, and opens what is nobody's any more; reason goes
 * to the log. A failure is tried again at the next tick. */
void manager_tell_kernel(struct manager *m, const char *reason);
/* The same for one block that is new. */
void manager_apply_block(struct manager *m, const struct lease_block *block);
int manager_find_mark(const struct manager *m, uint32_t mark); /* a person, or -ENOENT */
struct track *manager_track(struct manager *m, size_t person, size_t site);

/* manager-shut.c */
/* Ends people's open connections to whatever is shut to them. */
void manager_end_shut(struct manager *m);

/* manager-rules.c */
/* How late it is, by a clock that nobody has set: windows, passes and the ledger follow it. */
usec_t manager_wall(const struct manager *m, struct instant now);
/* Tells usage which sittings go on, and until when. */
void manager_note_sittings(struct manager *m);
struct verdict manager_judge(
	const struct manager *m, size_t person, bool is_group, size_t target, struct rules_now now);

/* manager-notices.c */
/* Is a limit spent, and the site open all the same? */
bool manager_is_only_noted(const struct verdict *v);
/* Is this verdict worth telling, after what was told before? */
bool manager_is_news(const struct applied_gate *before, const struct verdict *v);
/* note: the ledger and the journal get an event of it, too. */
void manager_tell_change(struct manager *m, size_t cell, const struct verdict *v, bool note);
void manager_tell_refusal(struct manager *m, size_t person, const char *server);
/* Warns of what nears its end while somebody looks; returns when the next warning is due (boot
 * time). */
usec_t manager_warn(struct manager *m, size_t cell, const struct verdict *v, struct rules_now now);
struct manager_notices *manager_notices_free(struct manager_notices *n);

/* manager-store.c */
struct ledger_span manager_span_row(const struct manager *m, size_t person, size_t site);
int manager_load(struct manager *m, struct instant now, char **ret_error);
int manager_load_usage(struct manager *m, const struct usage *before,
	const struct config *config_before, const struct people *people_before, struct instant now);
/* -ENOMEM is told, and all of it is kept for the next write. */
int manager_store(struct manager *m, struct instant now);
int manager_assign_marks(struct manager *m);

/* manager-presence.c */
/* Asks logind who is there, from now on. A machine without it is metered by traffic alone. */
void manager_watch_presence(struct manager *m);
/* Who is there, looked at anew: people or their accounts are other ones. */
void manager_update_presence(struct manager *m, struct instant now);
bool manager_is_away(const struct manager *m, size_t person);
