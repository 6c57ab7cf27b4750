#pragma once
/* The formats that other programs read. Each writes its text; where it goes is the verb's. */
#include <stdio.h>

#include "sittings.h"
#include "status.h"

/* Prometheus' text format, version 0.0.4: the present, as GetStatus has it. */
void export_prometheus(FILE *f, const struct status *s, const char *version);

/* ActivityWatch's buckets, one a person, with an event a stretch. */
struct activitywatch;
int activitywatch_new(const char *hostname, const char *version, struct activitywatch **ret);
int activitywatch_add(const struct sitting *s, void *userdata); /* userdata: the value itself */
int activitywatch_write(const struct activitywatch *a, FILE *f);
struct activitywatch *activitywatch_free(struct activitywatch *a);

/* CSV as RFC 4180 has it: a line a stretch. */
void export_csv_head(FILE *f);
int export_csv_add(const struct sitting *s, void *userdata); /* userdata: the FILE */
