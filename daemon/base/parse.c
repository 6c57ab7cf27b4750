/* Small text forms shared by the configuration and the command line. */
#include "base/parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* Reads digits at *cursor and moves it behind them. */
static int take_number(const char **cursor, uint64_t max, uint64_t *ret)
{
	const char *p = *cursor;
	uint64_t number = 0;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (digit > max || number > (max - digit) / 10)
			return -ERANGE;
		number = number * 10 + digit;
	}
	*cursor = p;
	*ret = number;
	return 0;
}

int parse_uint64(const char *text, uint64_t max, uint64_t *ret)
{
	uint64_t number;
	int r;

	r = take_number(&text, max, &number);
	if (r < 0)
		return r;
	if (*text)
		return -EINVAL;
	*ret = number;
	return 0;
}

int parse_boolean(const char *text, bool *ret)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
		if (strcmp(text, yes[i]) == 0) {
			*ret = true;
			return 0;
		}
		if (strcmp(text, no[i]) == 0) {
			*ret = false;
			return 0;
		}
	}
	return -EINVAL;
}

static const struct {
	const char *name;
	int64_t sec;
} span_units[] = {
	{ "d", SEC_PER_DAY },
	{ "h", SEC_PER_HOUR },
	{ "min", SEC_PER_MIN },
	{ "s", 1 },
};

int parse_span(const char *text, int64_t *ret_sec)
{
	size_t unit = 0;
	int64_t sum = 0;

	if (!*text)
		return -EINVAL;
	while (*text) {
		uint64_t number;
		int r;

		r = take_number(&text, INT32_MAX, &number);
		if (r < 0)
			return r;
		for (;; unit++) {
			size_t n;

			if (unit == ELEMENTSOF(span_units))
				return -EINVAL;
			n = strlen(span_units[unit].name);
			if (strncmp(text, span_units[unit].name, n) == 0 &&
				(text[n] == '\0' || (text[n] >= '0' && text[n] <= '9'))) {
				sum += (int64_t)number * span_units[unit].sec;
				text += n;
				unit++;
				break;
			}
		}
	}
	if (sum / SEC_PER_DAY > INT32_MAX) /* what format_span() writes would be refused */
		return -ERANGE;
	*ret_sec = sum;
	return 0;
}

int parse_size(const char *text, uint64_t *ret_bytes)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = { { "", 1 }, { "B", 1 }, { "kB", 1000 }, { "MB", 1000000 },
		{ "GB", 1000000000 } };
	uint64_t number;
	int r;

	r = take_number(&text, UINT32_MAX, &number);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ELEMENTSOF(units); i++)
		if (strcmp(text, units[i].name) == 0) {
			*ret_bytes = number * units[i].bytes;
			return 0;
		}
	return -EINVAL;
}

int parse_rate(const char *text, uint64_t *ret_bytes)
{
	char size[32];
	size_t n = strlen(text);

	if (n < 2 || n - 2 >= sizeof(size) || strcmp(text + n - 2, "/s") != 0)
		return -EINVAL;
	memcpy(size, text, n - 2);
	size[n - 2] = '\0';
	return parse_size(size, ret_bytes);
}

const char *format_span(int64_t sec, char buffer[SPAN_TEXT_MAX])
{
	size_t n = 0;

	if (sec <= 0)
		strcpy(buffer, "0s");
	for (size_t i = 0; i < ELEMENTSOF(span_units) && sec > 0; i++) {
		int64_t count = sec / span_units[i].sec;

		if (count == 0)
			continue;
		n += (size_t)snprintf(
			buffer + n, SPAN_TEXT_MAX - n, "%" PRId64 "%s", count, span_units[i].name);
		sec %= span_units[i].sec;
	}
	return buffer;
}

#define CLOSEST_WORD_MAX 63

/* Levenshtein distance of two words of at most CLOSEST_WORD_MAX characters. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[CLOSEST_WORD_MAX + 1];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const char *parse_closest(const char *word, const char *const *words, size_t n_words)
{
	const char *closest = NULL;
	size_t best = 3;

	if (strlen(word) > CLOSEST_WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n_words; i++) {
		size_t distance;

		if (strlen(words[i]) > CLOSEST_WORD_MAX)
			continue;
		distance = edit_distance(word, words[i]);
		if (distance < best && distance < strlen(word)) {
			best = distance;
			closest = words[i];
		}
	}
	return closest;
}

/* Bytes of the UTF-8 sequence at p, of which n bytes are there; 0: there is none. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	/* The second byte tells overlong forms, surrogates and numbers above 10FFFF apart. */
	const unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	const unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
	size_t length = 4;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	if (p[0] < 0xf0)
		length = p[0] < 0xe0 ? 2 : 3;
	if (length > n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* C0 and C1 control characters and DEL could drive the terminal that a message is shown on. */
static bool is_control(const unsigned char *p)
{
	if (*p == 0xc2)
		return p[1] < 0xa0;
	return (*p < ' ' && *p != '\t' && *p != '\r') || *p == 0x7f;
}

bool parse_is_text(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + n;
	size_t length;

	for (; p < end; p += length) {
		length = utf8_length(p, (size_t)(end - p));
		if (length == 0 || is_control(p))
			return false;
	}
	return true;
}
