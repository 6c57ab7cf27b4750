/* Reads resolv.conf(5). Whoever manages the file is left alone. */
#include "system/upstream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define RESOLVED_UPLINKS "/run/systemd/resolve/resolv.conf"
#define RESOLVED_STUB    "127.0.0.53"
#define DNS_PORT         53
#define TEXT_MAX         65536 /* libc reads lines of BUFSIZ; a resolv.conf is a screenful */

size_t upstream_parse(const char *text, struct endpoint ret[HOOK_UPSTREAMS_MAX])
{
	size_t n = 0;

	while (*text && n < HOOK_UPSTREAMS_MAX) {
		const size_t length = strcspn(text, "\n");
		char word[64]; /* an address and a zone: 46 and 16 */
		_cleanup_free_ char *line = strndup(text, length);

		text += length + (text[length] == '\n');
		if (!line || sscanf(line, "nameserver %63s", word) != 1)
			continue;
		word[strcspn(word, "%")] = 0; /* a link-local's zone: not for us to keep */
		if (address_parse(word, &ret[n].address) < 0)
			continue;
		ret[n++].port = DNS_PORT;
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

int upstream_read(const char *path, const struct endpoints *own, struct upstream *ret)
{
	struct upstream u = { 0 };
	struct address stub;
	int r;

	r = read_list(path, u.upstreams, &u.n_upstreams);
	if (r < 0 && r != -ENOENT)
		return r;
	u.n_upstreams = drop_own(u.upstreams, u.n_upstreams, own);
	if (u.n_upstreams == 0) {
		endpoint_parse("127.0.0.1", DNS_PORT, &u.upstreams[0]);
		u.n_upstreams = 1;
	}
	address_parse(RESOLVED_STUB, &stub);
	if (address_equal(&u.upstreams[0].address, &stub) &&
		read_list(RESOLVED_UPLINKS, u.uplinks, &u.n_uplinks) >= 0)
		u.n_uplinks = drop_own(u.uplinks, u.n_uplinks, own);
	if (u.n_uplinks == 0) {
		memcpy(u.uplinks, u.upstreams, sizeof(u.uplinks));
		u.n_uplinks = u.n_upstreams;
	}
	*ret = u;
	return 0;
}
