/* Levels to names and back. */
#include "share/topic.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#define PREFIX "focusd/v1/"

static const char *const kinds[TOPIC_KINDS] = { [TOPIC_USAGE] = "usage",
	[TOPIC_PASSES] = "passes",
	[TOPIC_STATUS] = "status",
	[TOPIC_HELLO] = "hello" };

bool topic_has_day(enum topic_kind kind)
{
	return kind == TOPIC_USAGE || kind == TOPIC_PASSES;
}

static bool is_plain(char c)
{
	return isalnum((unsigned char)c) || strchr("-_.@", c);
}

/* As escape() writes them. */
static bool is_digit(char c)
{
	return isxdigit((unsigned char)c) && !islower((unsigned char)c);
}

static int escape(const char *name, char *ret, size_t size)
{
	size_t n = 0;

	for (; *name; name++) {
		if (n + sizeof("%00") > size)
			return -EINVAL;
		if (is_plain(*name))
			ret[n++] = *name;
		else
			n += (size_t)snprintf(
				ret + n, size - n, "%%%02X", (unsigned)(unsigned char)*name);
	}
	ret[n] = 0;
	return n > 0 ? 0 : -EINVAL;
}

static int unescape(const char *level, size_t length, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		char hex[3] = "";

		if (n + 1 >= size)
			return -EINVAL;
		if (level[i] != '%') {
			if (!is_plain(level[i]))
				return -EINVAL;
			ret[n++] = level[i];
			continue;
		}
		if (i + 2 >= length || !is_digit(level[i + 1]) || !is_digit(level[i + 2]))
			return -EINVAL;
		memcpy(hex, level + i + 1, 2);
		ret[n++] = (char)strtol(hex, NULL, 16);
		if (ret[n - 1] == 0 || is_plain(ret[n - 1]))
			return -EINVAL; /* one way to write a name, not two */
		i += 2;
	}
	ret[n] = 0;
	/* the keeper's bus takes text alone */
	return n > 0 && parse_is_text(ret, n) ? 0 : -EINVAL;
}

int topic_format(const char *household, const struct topic *t, char ret[TOPIC_MAX])
{
	char person[3 * HOUSEHOLD_PERSON_NAME_MAX + 4];
	int n;

	n = snprintf(ret, TOPIC_MAX, PREFIX "%s/%s/%s", household, t->device, kinds[t->kind]);
	if (topic_has_day(t->kind)) {
		if (escape(t->person, person, sizeof(person)) < 0)
			return -EINVAL;
		n += snprintf(ret + n, TOPIC_MAX - (size_t)n, "/%s/%s", person, t->day);
	}
	return n < TOPIC_MAX ? 0 : -EINVAL;
}

/* The next level, as a name; the text behind it, NULL where it is no name. */
static const char *take(const char *text, char *ret, size_t size)
{
	const size_t n = strcspn(text, "/");

	if (unescape(text, n, ret, size) < 0)
		return NULL;
	return text[n] == '/' ? text + n + 1 : text + n;
}

/* Devices and days are written as they are. */
static const char *take_plain(const char *text, char *ret, size_t size)
{
	text = take(text, ret, size);
	for (const char *p = ret; text && *p; p++)
		if (!is_plain(*p))
			return NULL;
	return text;
}

static int find_kind(const char *word, enum topic_kind *ret)
{
	for (int k = 0; k < TOPIC_KINDS; k++)
		if (strcmp(word, kinds[k]) == 0) {
			*ret = (enum topic_kind)k;
			return 0;
		}
	return -EINVAL;
}

int topic_parse(const char *household, const char *text, struct topic *ret)
{
	const size_t n = strlen(household);
	struct topic t = { 0 };
	char kind[16];

	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
		return -EINVAL;
	text += strlen(PREFIX);
	if (strncmp(text, household, n) != 0 || text[n] != '/')
		return -EINVAL;
	text = take_plain(text + n + 1, t.device, sizeof(t.device));
	if (text)
		text = take(text, kind, sizeof(kind));
	if (!text || find_kind(kind, &t.kind) < 0)
		return -EINVAL;
	if (topic_has_day(t.kind))
		text = take(text, t.person, sizeof(t.person));
	if (topic_has_day(t.kind) && text)
		text = take_plain(text, t.day, sizeof(t.day));
	/* an empty level at the end makes it another topic */
	if (!text || *text || text[-1] == '/')
		return -EINVAL;
	*ret = t;
	return 0;
}
