/* Its import takes an object "buckets" by their ids; a bucket needs id, type, client, hostname and
 * created, an event timestamp, duration in seconds, and data, of which its timeline shows title.
 * (aw-core's models; aw-server's and aw-server-rust's import.) */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "export.h"

#define EVENT_TYPE "focusd.sitting"

struct activitywatch {
	json_t *buckets;
	char *hostname, *client;
};

/* UTC, to the millisecond. */
static json_t *json_time(int64_t wall_usec)
{
	const time_t t = (time_t)(wall_usec / (int64_t)USEC_PER_SEC);
	char day[32], text[64];
	struct tm utc;

	gmtime_r(&t, &utc);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03d+00:00", day,
		(int)(wall_usec % (int64_t)USEC_PER_SEC / 1000));
	return json_string(text);
}

struct activitywatch *activitywatch_free(struct activitywatch *a)
{
	if (!a)
		return NULL;
	json_decref(a->buckets);
	free(a->hostname);
	free(a->client);
	free(a);
	return NULL;
}

int activitywatch_new(const char *hostname, const char *version, struct activitywatch **ret)
{
	struct activitywatch *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->buckets = json_object();
	a->hostname = strdup(hostname);
	if (asprintf(&a->client, "focusd %s", version) < 0)
		a->client = NULL;
	if (!a->buckets || !a->hostname || !a->client) {
		activitywatch_free(a);
		return -ENOMEM;
	}
	*ret = a;
	return 0;
}

/* The first stretch is its oldest: the rows come by their start. */
static json_t *new_bucket(struct activitywatch *a, const char *id, const struct sitting *s)
{
	json_t *bucket = json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:s}, s:[]}", "id", id, "type",
		EVENT_TYPE, "client", a->client, "hostname", a->hostname, "created",
		json_time(s->start_usec), "data", "person", s->person, "events");

	return json_object_set_new(a->buckets, id, bucket) == 0 ? bucket : NULL;
}

int activitywatch_add(const struct sitting *s, void *userdata)
{
	struct activitywatch *a = userdata;
	_cleanup_free_ char *id = NULL;
	json_t *bucket, *event;

	if (asprintf(&id, "focusd-%s_%s", s->person, a->hostname) < 0) {
		id = NULL;
		return -ENOMEM;
	}
	bucket = json_object_get(a->buckets, id);
	if (!bucket)
		bucket = new_bucket(a, id, s);
	event = json_pack("{s:o, s:f, s:{s:s, s:s, s:I, s:I}}", "timestamp",
		json_time(s->start_usec), "duration", (double)s->used_usec / (double)USEC_PER_SEC,
		"data", "title", s->site, "site", s->site, "bytes_down", (json_int_t)s->down_bytes,
		"bytes_up", (json_int_t)s->up_bytes);
	return bucket && json_array_append_new(json_object_get(bucket, "events"), event) == 0
		       ? 0
		       : -ENOMEM;
}

int activitywatch_write(const struct activitywatch *a, FILE *f)
{
	json_t *all = json_pack("{s:O}", "buckets", a->buckets);
	const int r =
		all && json_dumpf(all, f, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) == 0 ? 0 : -EIO;

	json_decref(all);
	return r < 0 || putc('\n', f) == EOF ? -EIO : 0;
}
