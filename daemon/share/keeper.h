#pragma once
/* The way to the keeper: its private socket, which tells it who we are. Comes back by itself. */
#include "core/household.h"
#include "share/discovery.h"
#include "share/payload.h"

struct sd_event;
struct keeper;

/* [share], as it is written: "" where nothing is. */
struct settings {
	char broker[256], household[64], device[64], user[256];
	char password_file[256], ca[256], certificate[256], key[256];
	char home_assistant[8]; /* "yes" or not */
};

/* What this device used on one day, of one person; its strings live as long as the call. */
struct keeper_day {
	const char *person, *day;
	struct payload used;
};

struct keeper_events {
	/* it is there, for the first time or again */
	void (*connected)(void *userdata);
	/* there is something to ask for */
	void (*news)(void *userdata);
	/* the answer: first the settings and how late it is, then each day, each figure and each
	 * of this device's passes, then the end */
	void (*settings)(
		const struct settings *s, usec_t now_usec, const char *day, void *userdata);
	void (*own)(const struct keeper_day *d, void *userdata);
	void (*figure)(const struct discovery_figure *f, void *userdata);
	void (*pass)(const struct told_pass *pass, void *userdata);
	void (*told)(void *userdata);
	/* what another device said was not believed */
	void (*doubt)(const char *device, const char *why, void *userdata);
	void *userdata;
};

/* address: of a private socket, such as unix:path=/run/focusd/bus. */
int keeper_new(struct sd_event *event, const char *address, const struct keeper_events *events,
	struct keeper **ret);
struct keeper *keeper_free(struct keeper *k);
bool keeper_connected(const struct keeper *k);
/* Asks; one question at a time. problems: sentences for people. */
int keeper_ask(struct keeper *k, char *const *problems);
/* Hands over what another device says. -ENOTCONN. */
int keeper_tell(
	struct keeper *k, const struct topic *t, int64_t ahead_usec, const struct payload *p);
int keeper_tell_passes(struct keeper *k, const struct topic *t, int64_t ahead_usec,
	const struct told_passes *passes);
