#pragma once
/* GetStatus as a value. What is -1 has no limit, or is not to be had. */
#include "client.h"

struct status_entry {
	const char *name;
	int is_group, active;
	int64_t used_today_sec, used_week_sec, limit_today_sec, limit_week_sec, left_sec;
	int64_t opens_left;
	const char *state, *reason;
	int64_t until_usec;
};

/* Opened on another device of the household, and here with it. */
struct status_told {
	const char *device, *kind, *target;
	int64_t until_usec;
};

struct status_person {
	const char *name;
	uint32_t uid;
	int64_t passes_left, passes_left_sec;
	struct status_entry *entries;
	size_t n;
	struct status_told *told;
	size_t n_told;
};

struct status {
	sd_bus_message *reply; /* holds the texts */
	int64_t now_usec;
	const char *day;
	int enforcing;
	char **problems; /* NULL-terminated */
	struct status_person *people;
	size_t n;
};

/* person: "" for everybody the caller may see. -EBADMSG for a reply that is none. */
int status_get(
	struct client *c, const char *person, struct status *ret, struct client_error *ret_error);
void status_done(struct status *s);
