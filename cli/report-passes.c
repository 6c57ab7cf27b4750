/* What was declared and why, as lines for a terminal. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "language.h"
#include "report-print.h"

#define PASSES_MOST  10 /* the rest is one line */
#define COLUMNS_MOST 20 /* of a name */
#define SPAN_COLUMNS 10
#define WIDE_COLUMNS 72 /* a narrower terminal has no room for it all on one line */

static const char *const kinds[REPORT_PASS_KINDS] = { [REPORT_PASS] = N_("pass"),
	[REPORT_OPEN] = N_("opened"),
	[REPORT_GRANT] = N_("granted"),
	[REPORT_FOCUS] = N_("focus") };

static const char *target_of(const struct report_pass *p)
{
	return *p->target ? p->target : _("all");
}

struct widths {
	int person, target, kind; /* person 0: there is one only */
};

static int wider(int columns, const char *text)
{
	const int n = print_columns(text);

	return n > COLUMNS_MOST ? COLUMNS_MOST : n > columns ? n : columns;
}

static struct widths widths_of(const struct report *r, size_t first)
{
	struct widths w = { 0 };

	for (size_t i = first; i < r->n_passes; i++)
		w.target = wider(w.target, target_of(&r->passes[i]));
	for (size_t i = first; r->n_people > 1 && i < r->n_passes; i++)
		w.person = wider(w.person, r->passes[i].person);
	for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
		w.kind = wider(w.kind, translated(kinds[i]));
	return w;
}

static bool is_inside(char c) /* a character of UTF-8 */
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The bytes of the first characters, at most so many. */
static size_t bytes_of(const char *text, unsigned n_characters)
{
	size_t n = 0;

	while (text[n] && (n_characters > 0 || is_inside(text[n])))
		n_characters -= !is_inside(text[n++]);
	return n;
}

static void print_text(const char *text, size_t n, bool utf8)
{
	for (size_t i = 0; i < n; i++)
		if (utf8 || (unsigned char)text[i] < 0x80)
			putchar(text[i]);
		else if (!is_inside(text[i]))
			putchar('?');
}

static void print_reason(const char *reason, unsigned columns, bool utf8)
{
	const unsigned n_dots = utf8 ? 1 : 3;
	const size_t n = bytes_of(reason, columns);

	if (!reason[n]) {
		print_text(reason, n, utf8);
		return;
	}
	print_text(reason, bytes_of(reason, columns > n_dots ? columns - n_dots : 0), utf8);
	fputs(utf8 ? "…" : "...", stdout);
}

struct pass_text {
	char when[PRINT_TEXT_MAX], span[PRINT_TEXT_MAX];
};

static void find_text(const struct report_pass *p, struct pass_text *ret)
{
	const time_t t = (time_t)(p->start_usec / (int64_t)USEC_PER_SEC);
	struct tm local;

	localtime_r(&t, &local);
	strftime(ret->when, sizeof(ret->when), _("%a %e %b %H:%M"), &local);
	*ret->span = 0;
	if (p->span_sec >= 0)
		print_span(p->span_sec, ret->span);
}

static void print_pass(const struct report_pass *p, struct style style, struct widths w, bool whole)
{
	const char *kind = translated(kinds[p->kind]);
	struct pass_text text;
	int taken;

	find_text(p, &text);
	printf("  %s  %-*s  ", text.when, print_field(kind, w.kind), kind);
	if (w.person > 0)
		printf("%-*s  ", print_field(p->person, w.person), p->person);
	printf("%-*s  %*s", print_field(target_of(p), w.target), target_of(p), SPAN_COLUMNS,
		text.span);
	/* before the reason, with the blanks between them */
	taken = 2 + print_columns(text.when) + 2 + w.kind + 2 + (w.person > 0 ? w.person + 2 : 0) +
		w.target + 2 + SPAN_COLUMNS + 2;
	if (*p->reason) {
		fputs("  ", stdout);
		print_reason(p->reason,
			whole                             ? ~0u
			: style.columns > (unsigned)taken ? style.columns - (unsigned)taken
							  : 0,
			style.utf8);
	}
	putchar('\n');
}

/* On two lines. */
static void print_narrow(
	const struct report_pass *p, struct style style, struct widths w, bool whole)
{
	const char *kind = translated(kinds[p->kind]);
	_cleanup_free_ char *line = NULL;
	struct pass_text text;

	find_text(p, &text);
	printf("  %s  %-*s  %*s\n", text.when, print_field(kind, w.kind), kind, SPAN_COLUMNS,
		text.span);
	if (asprintf(&line, "      %s%s%s%s%s", w.person > 0 ? p->person : "",
		    w.person > 0 ? " " : "", target_of(p), *p->reason ? ": " : "", p->reason) < 0) {
		line = NULL;
		return;
	}
	print_reason(line, whole ? ~0u : style.columns, style.utf8);
	putchar('\n');
}

void report_print_passes(const struct report *r, struct style style, bool whole)
{
	const size_t n_shown = whole || r->n_passes <= PASSES_MOST + 1 ? r->n_passes : PASSES_MOST;
	const struct widths w = widths_of(r, r->n_passes - n_shown);

	for (size_t i = r->n_passes; i-- > r->n_passes - n_shown;)
		(style.columns < WIDE_COLUMNS ? print_narrow : print_pass)(
			&r->passes[i], style, w, whole);
	if (n_shown < r->n_passes)
		printf(_("  %zu more\n"), r->n_passes - n_shown);
}
