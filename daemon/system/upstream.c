/* Reads resolv.conf(5). Whoever manages the file is left alone. */
#include "system/upstream.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define DNS_PORT 53
#define TEXT_MAX 65536 /* libc reads lines of BUFSIZ; a resolv.conf is a screenful */

/* By its name, or as it is; 0: there is no such link. */
static uint32_t number_link(const char *zone)
{
	const unsigned by_name = if_nametoindex(zone);
	uint64_t number;

	return by_name > 0                                  ? by_name
	       : parse_uint64(zone, INT32_MAX, &number) < 0 ? 0
							    : (uint32_t)number;
}

size_t upstream_parse(const char *text, struct endpoint ret[HOOK_UPSTREAMS_MAX])
{
	size_t n = 0;

	while (*text && n < HOOK_UPSTREAMS_MAX) {
		const size_t length = strcspn(text, "\n");
		char word[64]; /* an address and a zone: 46 and 16 */
		_cleanup_free_ char *line = strndup(text, length);
		struct address address;
		uint32_t link;
		char *zone;

		text += length + (text[length] == '\n');
		if (!line || sscanf(line, "nameserver %63s", word) != 1)
			continue;
		zone = word + strcspn(word, "%"); /* a link-local address is of one link alone */
		link = *zone ? number_link(zone + 1) : 0;
		*zone = 0;
		if (address_parse(word, &address) < 0)
			continue;
		ret[n++] = (struct endpoint){ address, DNS_PORT, link };
	}
	return n;
}

static int read_list(const char *path, struct endpoint ret[HOOK_UPSTREAMS_MAX], size_t *ret_n)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *text = malloc(TEXT_MAX + 1);
	size_t n;

	if (!f)
		return -errno;
	if (!text)
		return -ENOMEM;
	n = fread(text, 1, TEXT_MAX, f);
	if (ferror(f))
		return -EIO;
	text[n] = 0;
	*ret_n = upstream_parse(text, ret);
	return 0;
}

int upstream_count(const char *path)
{
	struct endpoint list[HOOK_UPSTREAMS_MAX];
	size_t n;
	const int r = read_list(path, list, &n);

	return r < 0 ? r : (int)n;
}

/* Ourselves as an upstream would be a loop. */
static size_t drop_own(struct endpoint *list, size_t n, const struct endpoints *own)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool ours = false;

		for (size_t k = 0; k < own->n; k++)
			ours |= endpoint_equal(&list[i], &own->items[k]);
		if (!ours)
			list[kept++] = list[i];
	}
	return kept;
}

static bool is_stub(const struct endpoint *e)
{
	static const char *const stubs[] = { "127.0.0.53", "127.0.0.54" };
	struct address stub;

	for (size_t i = 0; i < ELEMENTSOF(stubs); i++)
		if (address_parse(stubs[i], &stub) >= 0 && address_equal(&e->address, &stub))
			return true;
	return false;
}

/* resolved sends metered names to us where we asked it to: it can't be asked for them. */
static size_t drop_stubs(struct endpoint *list, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!is_stub(&list[i]))
			list[kept++] = list[i];
	return kept;
}

static void find_uplinks(const char *resolved_list, const struct endpoints *own, struct upstream *u)
{
	const bool behind_stub = u->n_upstreams > 0 && is_stub(&u->upstreams[0]);

	if ((behind_stub || u->n_upstreams == 0) &&
		read_list(resolved_list, u->uplinks, &u->n_uplinks) >= 0) {
		u->n_uplinks = drop_stubs(u->uplinks, drop_own(u->uplinks, u->n_uplinks, own));
		return;
	}
	memcpy(u->uplinks, u->upstreams, sizeof(u->uplinks));
	u->n_uplinks = behind_stub ? u->n_upstreams : drop_stubs(u->uplinks, u->n_upstreams);
}

int upstream_read_files(const char *path, const char *resolved_list, const struct endpoints *own,
	struct upstream *ret)
{
	struct upstream u = { 0 };
	int r;

	r = read_list(path, u.upstreams, &u.n_upstreams);
	if (r < 0 && r != -ENOENT)
		return r;
	u.n_upstreams = drop_own(u.upstreams, u.n_upstreams, own);
	find_uplinks(resolved_list, own, &u);
	if (u.n_upstreams == 0 && u.n_uplinks > 0) {
		/* resolved by its socket alone */
		memcpy(u.upstreams, u.uplinks, sizeof(u.upstreams));
		u.n_upstreams = u.n_uplinks;
	} else if (u.n_upstreams == 0) {
		endpoint_parse("127.0.0.1", DNS_PORT, &u.upstreams[0]);
		u.uplinks[0] = u.upstreams[0];
		u.n_upstreams = u.n_uplinks = 1;
		u.guessed = true;
	}
	*ret = u;
	return 0;
}

int upstream_read(const char *path, const struct endpoints *own, struct upstream *ret)
{
	return upstream_read_files(path, UPSTREAM_RESOLVED_LIST, own, ret);
}
