#pragma once
/* The sites that the daemon meters, as it lists them, and as JSON. */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "client.h"

struct site {
	char *name, *title, *category;
	char **feed, **cdn, **free_hosts; /* each ends with NULL, or is NULL */
	bool needs_media;
};

struct sites {
	struct site *items;
	size_t n;
};

int sites_get(struct client *client, struct sites *ret, struct client_error *ret_error);
void sites_done(struct sites *s);

/* Is this word, of any case, in its name, title, category or one of its hosts? */
bool site_mentions(const struct site *s, const char *word);
/* Is it one of the words of its category? */
bool site_in_category(const struct site *s, const char *word);
/* The length of its category's first word, under which it is listed; 0: it has none. */
size_t site_heading(const struct site *s);

json_t *site_json(const struct site *s);
