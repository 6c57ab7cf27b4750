#pragma once
/* What the doctor found, the keeper's findings and the client's alike. */
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "client.h"
#include "print.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAILED };

struct doctor_finding {
	char *check;
	enum doctor_level level;
	char *text;
	char *cure; /* "" where nothing is wrong */
};

struct doctor {
	struct doctor_finding *items;
	size_t n;
};

/* Notes a finding; without memory the program ends. cure: NULL or "" where there is none. */
void doctor_add(struct doctor *d, const char *check, enum doctor_level level, const char *cure,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
void doctor_done(struct doctor *d);
size_t doctor_count(const struct doctor *d, enum doctor_level level);

/* One line a finding, its cure under it, and what it comes to. */
void doctor_print(const struct doctor *d, struct style style, FILE *f);
/* {"result", "failed", "warnings", "checks": [{"check", "level", "text", "cure"}]} */
json_t *doctor_json(const struct doctor *d);

/* The keeper's findings; a negative errno comes with *ret_error. */
int doctor_ask_keeper(struct doctor *d, struct client *client, struct client_error *ret_error);
