/* Line by line, never by pairs of markers: a pair can be broken, and then nobody knows whose lines
 * stand between. What the file was like where the block begins is said by its first line, so that
 * a missing final newline and a missing file come back as they were. */
#include "core/hosts-text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "core/domain.h"

enum line { LINE_THEIRS, LINE_OURS, LINE_BEGIN_UNENDED, LINE_BEGIN_GONE };

static const struct {
	const char *text;
	enum line line;
} markers[] = {
	{ HOSTS_BEGIN, LINE_OURS },
	{ HOSTS_BEGIN " after a line without an end", LINE_BEGIN_UNENDED },
	{ HOSTS_BEGIN " where there was no file", LINE_BEGIN_GONE },
	{ HOSTS_END, LINE_OURS },
};

#define BEGIN_BYTES_MAX 64

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* An entry of ours: it ends in the tag, which is no comment's own text. */
static bool has_tag(const char *line, size_t n)
{
	const size_t tag = strlen(HOSTS_TAG);

	return n > tag && line[0] != '#' && is_blank(line[n - tag - 1]) &&
	       memcmp(line + n - tag, HOSTS_TAG, tag) == 0;
}

/* Editors change blanks, and CR LF is one more of them. */
static size_t trim(const char **line, size_t n)
{
	while (n > 0 && is_blank((*line)[n - 1]))
		n--;
	for (; n > 0 && is_blank(**line); n--)
		(*line)++;
	return n;
}

static enum line classify(const char *line, size_t n)
{
	n = trim(&line, n);
	for (size_t i = 0; i < ELEMENTSOF(markers); i++)
		if (n == strlen(markers[i].text) && memcmp(line, markers[i].text, n) == 0)
			return markers[i].line;
	return has_tag(line, n) ? LINE_OURS : LINE_THEIRS;
}

int hosts_text_strip(const char *bytes, size_t n, struct hosts_text *ret)
{
	char *kept = malloc(n + 1);
	bool unended = false, gone = false;
	size_t n_kept = 0;

	if (!kept)
		return -ENOMEM;
	for (size_t at = 0, end; at < n; at = end) {
		const char *newline = memchr(bytes + at, '\n', n - at);
		const size_t length = newline ? (size_t)(newline - bytes) - at : n - at;

		end = at + length + (newline ? 1 : 0);
		switch (classify(bytes + at, length)) {
		case LINE_THEIRS:
			memcpy(kept + n_kept, bytes + at, end - at);
			n_kept += end - at;
			unended = false; /* the newline before the block ends a line now */
			break;
		case LINE_BEGIN_UNENDED:
			unended = true;
			break;
		case LINE_BEGIN_GONE:
			gone = true;
			break;
		case LINE_OURS:
			break;
		}
	}
	if (unended && n_kept > 0)
		n_kept--;
	kept[n_kept] = 0;
	*ret = (struct hosts_text){ kept, n_kept, gone && n_kept == 0 };
	return 0;
}

/* Is this ADDRESS NAME? */
static bool is_entry(const char *line, size_t n)
{
	char text[ADDRESS_TEXT_MAX + 1 + DOMAIN_TEXT_MAX + 1], normal[DOMAIN_TEXT_MAX + 1];
	struct address address;
	char *name;

	if (n >= sizeof(text) || memchr(line, 0, n))
		return false;
	memcpy(text, line, n);
	text[n] = 0;
	name = strchr(text, ' ');
	if (!name)
		return false;
	*name++ = 0;
	return address_parse(text, &address) >= 0 && domain_normalize(name, normal) >= 0 &&
	       strcmp(name, normal) == 0;
}

static int check_block(const char *block, size_t n, size_t *ret_lines)
{
	size_t lines = 0;

	for (size_t at = 0; at < n; lines++) {
		const char *newline = memchr(block + at, '\n', n - at);

		if (lines == HOSTS_LINES_MAX)
			return -E2BIG;
		if (!newline || !is_entry(block + at, (size_t)(newline - block) - at))
			return -EBADMSG;
		at = (size_t)(newline - block) + 1;
	}
	*ret_lines = lines;
	return 0;
}

static char *put(char *to, const char *bytes, size_t n)
{
	memcpy(to, bytes, n);
	return to + n;
}

static char *put_text(char *to, const char *text)
{
	return put(to, text, strlen(text));
}

static char *put_begin(char *to, enum line line)
{
	for (size_t i = 0; i < ELEMENTSOF(markers); i++)
		if (markers[i].line == line)
			return put_text(put_text(to, markers[i].text), "\n");
	return to;
}

static char *put_entries(char *to, const char *block, size_t n)
{
	for (size_t at = 0; at < n;) {
		const char *newline = memchr(block + at, '\n', n - at);
		const size_t length = (size_t)(newline - block) - at;

		to = put(to, block + at, length);
		to = put_text(to, " " HOSTS_TAG "\n");
		at += length + 1;
	}
	return to;
}

int hosts_text_insert(
	const char *bytes, size_t n, const char *block, size_t n_block, struct hosts_text *ret)
{
	struct hosts_text base;
	enum line begin = LINE_OURS;
	char *text, *to;
	size_t lines;
	int r;

	r = check_block(block, n_block, &lines);
	if (r >= 0)
		r = hosts_text_strip(bytes, bytes ? n : 0, &base);
	if (r < 0)
		return r;
	base.gone |= !bytes;
	if (n_block == 0) {
		*ret = base;
		return 0;
	}
	text = malloc(base.n + n_block + lines * strlen(" " HOSTS_TAG) + 1 + BEGIN_BYTES_MAX +
		      strlen(HOSTS_END "\n") + 1);
	if (!text) {
		free(base.bytes);
		return -ENOMEM;
	}
	to = put(text, base.bytes, base.n);
	if (base.gone)
		begin = LINE_BEGIN_GONE;
	else if (base.n > 0 && base.bytes[base.n - 1] != '\n')
		begin = LINE_BEGIN_UNENDED;
	if (begin == LINE_BEGIN_UNENDED)
		to = put_text(to, "\n");
	to = put_begin(to, begin);
	to = put_entries(to, block, n_block);
	to = put_text(to, HOSTS_END "\n");
	*to = 0;
	free(base.bytes);
	*ret = (struct hosts_text){ text, (size_t)(to - text), false };
	return 0;
}

bool hosts_text_holds(const char *bytes, size_t n, const char *block, size_t n_block)
{
	size_t at_block = 0;

	for (size_t at = 0, length; at < n; at += length + 1) {
		const char *line = bytes + at, *newline = memchr(line, '\n', n - at), *expected;
		size_t n_line;

		length = newline ? (size_t)(newline - line) : n - at;
		n_line = trim(&line, length);
		if (!has_tag(line, n_line))
			continue;
		n_line = trim(&line, n_line - strlen(HOSTS_TAG));
		expected = memchr(block + at_block, '\n', n_block - at_block);
		if (!expected || n_line != (size_t)(expected - block) - at_block ||
			memcmp(line, block + at_block, n_line) != 0)
			return false;
		at_block += n_line + 1;
	}
	return at_block == n_block;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(**(const char *const *const *)a, **(const char *const *const *)b);
}

/* Marks the name, if it is one of those that are looked for. */
static void claim_name(const char *word, const char *const *names, bool *ret,
	const char *const *const *sorted, size_t n_names)
{
	char normal[DOMAIN_TEXT_MAX + 1];
	const char *name = normal, *const *key = &name, *const *const * found;

	if (domain_normalize(word, normal) < 0)
		return;
	found = bsearch(&key, sorted, n_names, sizeof(*sorted), compare_names);
	if (found)
		ret[*found - names] = true;
}

int hosts_text_claimed(
	const char *bytes, size_t n, const char *const *names, size_t n_names, bool *ret)
{
	_cleanup_free_ const char *const **sorted = calloc(n_names + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n_names; i++)
		sorted[i] = &names[i];
	qsort(sorted, n_names, sizeof(*sorted), compare_names);
	memset(ret, 0, n_names * sizeof(*ret));
	for (size_t at = 0, length; at < n; at += length + 1) {
		const char *newline = memchr(bytes + at, '\n', n - at);
		_cleanup_free_ char *line = NULL;
		char *save = NULL;

		length = newline ? (size_t)(newline - bytes) - at : n - at;
		if (classify(bytes + at, length) != LINE_THEIRS)
			continue;
		line = strndup(bytes + at, length);
		if (!line)
			return -ENOMEM;
		line[strcspn(line, "#")] = 0;
		if (!strtok_r(line, " \t\r", &save)) /* the address */
			continue;
		for (char *w; (w = strtok_r(NULL, " \t\r", &save));)
			claim_name(w, names, ret, sorted, n_names);
	}
	return 0;
}
