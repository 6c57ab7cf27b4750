#pragma once
/* The way to the broker: MQTT 5 by libmosquitto, over TLS or not. It comes back by itself. What is
 * said on it is share.c's. */
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "core/broker.h"

struct sd_event;
struct link;

struct link_options {
	struct broker broker;
	const char *client_id;
	const char *user, *password;        /* NULL: none */
	const char *ca, *certificate, *key; /* files; NULL: the system's, none */
	const char *will_topic, *will;      /* retained, when the connection is lost */
};

#define LINK_MESSAGE_MAX ((size_t)128 * 1024) /* bytes; of a larger one only its size is told */
#define LINK_EXPIRY_SEC  (3 * SEC_PER_DAY)

struct link_message {
	const char *topic;
	const void *bytes; /* NULL: larger than LINK_MESSAGE_MAX */
	size_t n;
	bool retained;     /* it was there when we came */
	int64_t sent_usec; /* the sender's clock then, and how long ago that is; -1: not known */
	int64_t age_usec;
};

/* None of these may free the link. */
struct link_events {
	void (*connected)(void *userdata);
	/* an answer to link_subscribe(); why: the broker does not allow it (NULL: it does) */
	void (*subscribed)(const char *why, void *userdata);
	void (*lost)(const char *why, void *userdata); /* also for a try that failed */
	void (*message)(const struct link_message *m, void *userdata);
	/* the broker has it; why: it does not take it (NULL: it does) */
	void (*sent)(int id, const char *why, void *userdata);
	void *userdata;
};

/* -EINVAL with a sentence in *ret_error (owned by the caller) where a file is no good. */
int link_new(struct sd_event *event, const struct link_options *options,
	const struct link_events *events, struct link **ret, char **ret_error);
struct link *link_free(struct link *l);

int link_subscribe(struct link *l, const char *filter);
/* QoS 1. now_usec: the time by the clock of what is said, 0: it has none; such a message goes by
 * itself after LINK_EXPIRY_SEC. Returns its id. */
struct link_publication {
	const char *topic;
	const void *bytes;
	size_t n; /* retained and 0: what was retained goes */
	bool retained;
	usec_t now_usec;
};
int link_publish(struct link *l, const struct link_publication *p);
