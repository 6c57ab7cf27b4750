/* Numbers to words. It prints nothing itself. */
#include "print.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "language.h"

/* A narrower terminal has no room for them beside the words. */
#define BARS_COLUMNS  72
#define USUAL_COLUMNS 80

struct style style_of(int fd)
{
	const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
	const bool terminal = isatty(fd) == 1;
	struct winsize size = { 0 };
	struct style s = { .bars = terminal, .columns = USUAL_COLUMNS };

	if (terminal && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		s.columns = size.ws_col;
		s.bars = s.columns >= BARS_COLUMNS;
	}
	s.colour = terminal && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
	s.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	return s;
}

int print_columns(const char *text)
{
	mbstate_t state = { 0 };
	const char *end = text + strlen(text);
	int columns = 0;

	while (text < end) {
		wchar_t letter;
		size_t n = mbrtowc(&letter, text, (size_t)(end - text), &state);
		const bool good = n != (size_t)-1 && n != (size_t)-2;
		const int width = good ? wcwidth(letter) : 1;

		if (!good) { /* one byte of another encoding */
			state = (mbstate_t){ 0 };
			n = 1;
		}
		columns += width > 0 ? width : 0;
		text += n;
	}
	return columns;
}

int print_field(const char *text, int columns)
{
	return columns + (int)strlen(text) - print_columns(text);
}

const char *print_span(int64_t sec, char buffer[PRINT_TEXT_MAX])
{
	if (sec <= 0)
		snprintf(buffer, PRINT_TEXT_MAX, _("0 min"));
	else if (sec < SEC_PER_MIN)
		snprintf(buffer, PRINT_TEXT_MAX, _("%" PRId64 " s"), sec);
	else if (sec < SEC_PER_HOUR)
		snprintf(buffer, PRINT_TEXT_MAX, _("%" PRId64 " min"), sec / SEC_PER_MIN);
	else if (sec % SEC_PER_HOUR < SEC_PER_MIN)
		snprintf(buffer, PRINT_TEXT_MAX, _("%" PRId64 " h"), sec / SEC_PER_HOUR);
	else
		snprintf(buffer, PRINT_TEXT_MAX, _("%" PRId64 " h %02" PRId64 " min"),
			sec / SEC_PER_HOUR, sec % SEC_PER_HOUR / SEC_PER_MIN);
	return buffer;
}

const char *print_bar(
	struct style style, int64_t part, int64_t whole, unsigned width, char buffer[PRINT_BAR_MAX])
{
	const char *full = style.utf8 ? "█" : "#", *empty = style.utf8 ? "░" : ".";
	const int64_t cells = whole <= 0 || part >= whole ? width : part * width / whole;
	char *end = buffer;

	for (unsigned i = 0; i < width && end + 4 < buffer + PRINT_BAR_MAX; i++)
		/* a first minute shows, however long the limit */
		end = stpcpy(end, i < cells || (i == 0 && part > 0) ? full : empty);
	*end = 0;
	return buffer;
}

const char *print_bytes(uint64_t bytes, char buffer[PRINT_TEXT_MAX])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;
	char *point;

	while (value >= 999.5 && unit < ELEMENTSOF(units) - 1) {
		value /= 1000;
		unit++;
	}
	snprintf(buffer, PRINT_TEXT_MAX, unit > 1 && value < 9.95 ? "%.1f %s" : "%.0f %s", value,
		units[unit]);
	point = strchr(buffer, '.');
	if (point)
		*point = *_(".");
	return buffer;
}

void print_form(const char *form, const char *what, char *buffer, size_t size)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(buffer, size, translated(form), what);
#pragma GCC diagnostic pop
}

const char *print_instant(int64_t wall_usec, char buffer[PRINT_TEXT_MAX])
{
	const time_t t = (time_t)(wall_usec / (int64_t)USEC_PER_SEC);
	struct tm local;
	size_t n;

	localtime_r(&t, &local);
	n = strftime(buffer, PRINT_TEXT_MAX, "%Y-%m-%dT%H:%M:%S%z", &local);
	/* +0100 → +01:00 */
	memmove(buffer + n - 1, buffer + n - 2, 3);
	buffer[n - 2] = ':';
	return buffer;
}

const char *print_until(int64_t until_usec, int64_t now_usec, char buffer[PRINT_TEXT_MAX])
{
	const time_t t = (time_t)(until_usec / (int64_t)USEC_PER_SEC);
	const int64_t ahead_sec = (until_usec - now_usec) / (int64_t)USEC_PER_SEC;
	struct tm local;

	localtime_r(&t, &local);
	if (ahead_sec < SEC_PER_DAY)
		strftime(buffer, PRINT_TEXT_MAX, "%H:%M", &local);
	else if (ahead_sec < 7 * SEC_PER_DAY)
		strftime(buffer, PRINT_TEXT_MAX, _("%a %H:%M"), &local);
	else
		strftime(buffer, PRINT_TEXT_MAX, "%Y-%m-%d %H:%M", &local);
	return buffer;
}

#define WORD_MAX 256 /* bytes; what is longer counts as that */

/* Without the colours within it. */
static unsigned word_columns(const char *word, size_t length)
{
	char plain[WORD_MAX];
	size_t n = 0;

	for (size_t i = 0; i < length && n < sizeof(plain) - 1; i++)
		if (word[i] == '\033')
			i += strcspn(word + i, "m");
		else
			plain[n++] = word[i];
	plain[n] = 0;
	return (unsigned)print_columns(plain);
}

void print_wrapped(FILE *f, const char *text, unsigned columns)
{
	static const char indent[] = "    ";
	const unsigned n_indent = sizeof(indent) - 1;
	unsigned at = 0;

	while (*text) {
		const unsigned blanks = (unsigned)strspn(text, " ");
		const size_t n = strcspn(text + blanks, " \n");
		const unsigned width = word_columns(text + blanks, n);

		if (at > n_indent && at + blanks + width > columns) {
			fprintf(f, "\n%s", indent);
			at = n_indent + width;
		} else {
			fprintf(f, "%*s", (int)blanks, "");
			at += blanks + width;
		}
		fwrite(text + blanks, 1, n, f);
		text += blanks + n;
		if (*text == '\n') {
			putc(*text++, f);
			at = 0;
		}
	}
}
