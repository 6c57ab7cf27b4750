/* Edits one line of a small configuration text and keeps the rest byte for byte. It knows just as
 * much of the language as it writes; whether the result is right is for the parser to say. */
#include "core/dropin.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"

static const char head[] =
	"; Limits set with focusctl. Edit as you like: focusctl changes its own lines only,\n"
	"; and what stands here goes before focusd.conf.\n";

/* A line without its newline, and without blanks at both ends. */
struct line {
	const char *start, *next; /* next: the following line's start */
	const char *text;
	size_t n;
};

static struct line line_at(const char *start)
{
	const size_t length = strcspn(start, "\n");
	struct line l = { .start = start,
		.next = start + length + (start[length] == '\n'),
		.text = start,
		.n = length };

	while (l.n > 0 && isspace((unsigned char)l.text[l.n - 1]))
		l.n--;
	for (; l.n > 0 && isspace((unsigned char)*l.text); l.n--)
		l.text++;
	return l;
}

/* Are the words between [ and ] these? */
static bool is_section(const struct line *l, const char *section)
{
	const char *end = memchr(l->text, ']', l->n);
	const char *p = l->text + 1;

	if (l->n == 0 || *l->text != '[' || !end)
		return false;
	while (p < end && *section) {
		if (isspace((unsigned char)*p) && (*section == ' ' || p == l->text + 1)) {
			while (p < end && isspace((unsigned char)*p))
				p++;
			section += *section == ' ';
			continue;
		}
		if (*p++ != *section++)
			return false;
	}
	while (p < end && isspace((unsigned char)*p))
		p++;
	return p == end && !*section;
}

/* Is this a limit of the period? */
static bool is_limit(const struct line *l, const char *period)
{
	_cleanup_free_ char *copy = strndup(l->text, l->n);
	_cleanup_free_ char *span = NULL, *word = NULL;
	int n = 0;

	if (!copy || sscanf(copy, "limit %*1[=:] %n", &n) != 0 || n == 0)
		return false;
	return sscanf(copy + n, "%ms per %m[a-z]", &span, &word) == 2 && strcmp(word, period) == 0;
}

/* "limit =" lifts every limit said before it: a new one belongs behind. */
static bool is_lift(const struct line *l)
{
	const char *p = l->text, *end = p + l->n;

	if (l->n < 5 || strncmp(p, "limit", 5) != 0)
		return false;
	for (p += 5; p < end && isspace((unsigned char)*p);)
		p++;
	if (p == end || (*p != '=' && *p != ':'))
		return false;
	for (p++; p < end && isspace((unsigned char)*p);)
		p++;
	return p == end || *p == ';';
}

struct edit {
	const char *cut_from, *cut_to; /* what the new line takes the place of */
	bool found_section;
};

static struct edit find_place(const char *text, const char *section, const char *period)
{
	struct edit e = { .cut_from = text + strlen(text), .cut_to = text + strlen(text) };
	bool inside = false;

	while (*text) {
		const struct line l = line_at(text);

		if (l.n > 0 && *l.text == '[') {
			inside = is_section(&l, section);
		} else if (inside && (is_limit(&l, period) || is_lift(&l))) {
			/* the last one is the one in force */
			e.cut_from = is_lift(&l) ? l.next : l.start;
			e.cut_to = l.next;
		}
		if (inside && l.n > 0 && *l.text == '[' && !e.found_section)
			e = (struct edit){ l.next, l.next, true };
		text = l.next;
	}
	return e;
}

int dropin_set_limit(const char *text, bool is_group, const char *target, const char *person,
	enum limit_period period, int64_t limit_sec, char **ret)
{
	_cleanup_free_ char *section = NULL;
	char span[SPAN_TEXT_MAX];
	const char *kind = is_group ? "group" : "site", *newline;
	struct edit e;

	if ((person ? asprintf(&section, "person %s %s %s", person, kind, target)
		    : asprintf(&section, "%s %s", kind, target)) < 0) {
		section = NULL;
		return -ENOMEM;
	}
	if (!*text)
		text = head;
	e = find_place(text, section, limit_period_names[period]);
	newline = e.cut_from > text && e.cut_from[-1] != '\n' ? "\n" : "";
	if (limit_sec == LIMIT_NONE)
		strcpy(span, "none");
	else
		format_span(limit_sec, span);
	if (asprintf(ret, "%.*s%s%s%s%slimit = %s per %s\n%s", (int)(e.cut_from - text), text,
		    newline, e.found_section ? "" : "\n[", e.found_section ? "" : section,
		    e.found_section ? "" : "]\n", span, limit_period_names[period], e.cut_to) < 0)
		return -ENOMEM;
	return 0;
}

/* Does the line say that somebody has this device? */
static bool is_device(const struct line *l, const struct device *device)
{
	_cleanup_free_ char *copy = strndup(l->text, l->n);
	_cleanup_free_ char *word = NULL;
	struct device other;

	return copy && sscanf(copy, "device %*1[=:] %ms", &word) == 1 &&
	       device_parse(word, &other) >= 0 && other.by_hardware == device->by_hardware &&
	       other.prefix.bits == device->prefix.bits && device_overlaps(&other, device);
}

static void put_device(FILE *f, const struct device *device)
{
	char text[DEVICE_TEXT_MAX];

	fprintf(f, "device = %s\n", device_format(device, text));
}

/* Copies the lines, without the device where it was and with it behind the section's head. */
static bool copy_with_device(
	FILE *f, const char *text, const struct device *device, const char *section)
{
	bool put = false;

	while (*text) {
		const struct line l = line_at(text);

		if (!is_device(&l, device)) {
			fwrite(l.start, 1, (size_t)(l.next - l.start), f);
			if (section && !put && is_section(&l, section)) {
				if (l.next[-1] != '\n')
					fputc('\n', f);
				put_device(f, device);
				put = true;
			}
		}
		text = l.next;
	}
	return put;
}

int dropin_set_device(const char *text, const struct device *device, const char *person, char **ret)
{
	_cleanup_free_ char *section = NULL, *after = NULL;
	FILE *f;
	int r;

	if (person && asprintf(&section, "person %s", person) < 0) {
		section = NULL;
		return -ENOMEM;
	}
	if (!*text)
		text = head;
	f = text_open(&after, NULL);
	if (!f)
		return -ENOMEM;
	if (!copy_with_device(f, text, device, section) && person) {
		if (text[strlen(text) - 1] != '\n')
			fputc('\n', f);
		fprintf(f, "\n[%s]\n", section);
		put_device(f, device);
	}
	r = text_close(f, &after);
	if (r >= 0)
		*ret = TAKE_PTR(after);
	return r;
}
