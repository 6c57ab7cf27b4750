#pragma once
/* What the two halves of focusd-share's middle have in common: share.c (the two ends), and
 * share-own.c (what this device says). */
#include <systemd/sd-event.h>

#include "share/keeper.h"
#include "share/link.h"
#include "share/problems.h"
#include "share/senders.h"

#define SENSORS_MAX      512 /* people × sites and groups that are used or limited */
#define PUBLICATIONS_MAX 512 /* people × days, usage and passes */

enum state {
	STATE_IDLE,       /* nothing is shared */
	STATE_CONNECTING, /* the broker is not there */
	STATE_CLAIMING,   /* is anybody else this device? */
	STATE_LIVE,
	STATE_REFUSED /* somebody is: we only listen */
};

/* A person's day, as it was said last. */
struct publication {
	enum topic_kind kind; /* usage or passes */
	char person[HOUSEHOLD_PERSON_NAME_MAX + 1];
	int32_t day;
	char *text;  /* NULL: not yet */
	int pending; /* the broker has not confirmed this one */
};

/* What Home Assistant is told of one person and site. */
struct share_sensor {
	struct discovery_figure figure, said;
	usec_t said_usec; /* boot time; 0: not yet, on this connection */
};

struct share {
	sd_event *event;
	struct keeper *keeper;
	struct link *link;
	struct settings settings;
	bool told; /* which settings there are */
	char device[HOUSEHOLD_DEVICE_NAME_MAX + 1];
	char instance[PAYLOAD_INSTANCE_MAX + 1];
	char status_topic[TOPIC_MAX], will[PRESENCE_TEXT_MAX];
	enum state state;
	unsigned awaited;          /* answers to subscriptions, on a new connection */
	bool challenged;           /* somebody had this name */
	bool held;                 /* this process was that device before */
	struct household *own;     /* what this device used, as it knows or as the broker does */
	struct told_passes passes; /* the same of what was declared on it */
	struct publication publications[PUBLICATIONS_MAX];
	size_t n_publications;
	struct share_sensor sensors[SENSORS_MAX];
	size_t n_sensors;
	int64_t clock_usec; /* the keeper's time less the boot's */
	int32_t today;
	struct senders senders;
	struct problems problems;
	sd_event_source *ask_timer, *claim_timer, *round_timer;
	usec_t asked_usec;
};

usec_t share_boot_now(void);
usec_t share_wall_now(const struct share *s);

/* share-own.c */
void share_topic(const struct share *s, enum topic_kind kind, struct topic *ret);
/* That this process speaks for the device: as its status, or as a question (hello). */
void share_publish_presence(struct share *s, enum topic_kind kind, bool online);
/* What this device used, from either side. */
void share_take_own(struct share *s, const char *person, int32_t day, const struct payload *p);
void share_take_pass(struct share *s, const struct told_pass *pass);
/* What it said before, by the broker: perhaps it was wiped since. */
void share_recover(struct share *s, const struct topic *t, const struct payload *p);
void share_recover_passes(struct share *s, const struct topic *t, const struct told_passes *passes);
/* Says what is new, if anybody is to hear it. */
void share_publish(struct share *s);
/* The broker has that message, or does not take it. */
void share_published(struct share *s, int id);
/* Nothing that was said is known to be with the broker any more; nothing is known at all. */
void share_unpublish(struct share *s);
void share_forget(struct share *s);

/* share-home.c: nothing of it without home-assistant = yes. */
void share_take_figure(struct share *s, const struct discovery_figure *f);
void share_say_figures(struct share *s);
/* A new connection: all of it is to be said again. */
void share_unsay_figures(struct share *s);
void share_hear_state(struct share *s, const struct link_message *m);
