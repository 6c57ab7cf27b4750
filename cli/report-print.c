/* Words, bars and shades for a terminal of any width. */
#include "report-print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "language.h"

#define LABEL_MAX       64
#define SPAN_COLUMNS    12 /* 100 h 05 min */
#define BAR_MOST        48
#define BAR_LEAST       4
#define BARS_MOST       31 /* days, weeks or months */
#define SITES_MOST      10 /* the rest is one line */
#define DETAILS_COLUMNS 60 /* a narrower terminal has no room for openings and bytes */
#define LABELS_MOST     20 /* columns */

static const char *begin(struct style style, const char *code)
{
	return style.colour ? code : "";
}

static const char *end(struct style style)
{
	return style.colour ? "\033[0m" : "";
}

static void head(struct style style, const char *text)
{
	printf("\n%s%s%s\n", begin(style, "\033[1m"), text, end(style));
}

/* A bar in eighths of a column where the letters are there, else in columns. */
static void print_fine(struct style style, int64_t part, int64_t whole, unsigned width)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	const unsigned steps = style.utf8 ? 8 : 1;
	int64_t cells = whole > 0 ? part * width * steps / whole : 0;

	if (cells == 0 && part > 0)
		cells = 1; /* a first minute shows */
	for (int64_t i = 0; i < cells / steps; i++)
		fputs(style.utf8 ? "█" : "#", stdout);
	if (style.utf8)
		fputs(eighths[cells % 8], stdout);
}

static unsigned bar_width(struct style style, unsigned taken)
{
	const unsigned left = style.columns > taken ? style.columns - taken : 0;

	return left < BAR_LEAST ? 0 : left < BAR_MOST ? left : BAR_MOST;
}

/* One line: label, time, bar. */
struct line {
	const char *label;
	int64_t sec;
	bool dim;
};

static void print_line(
	struct style style, const struct line *l, int64_t most_sec, unsigned label_columns)
{
	const unsigned width = bar_width(style, 2 + label_columns + 2 + SPAN_COLUMNS + 2);
	char span[PRINT_TEXT_MAX];

	print_span(l->sec, span);
	printf("  %-*s  %*s", print_field(l->label, (int)label_columns), l->label,
		print_field(span, SPAN_COLUMNS), span);
	if (width > 0 && l->sec > 0) {
		printf("  %s", begin(style, l->dim ? "\033[2m" : "\033[36m"));
		print_fine(style, l->sec, most_sec, width);
		fputs(end(style), stdout);
	}
	putchar('\n');
}

static struct tm tm_of(int32_t day)
{
	const time_t t = (time_t)day * SEC_PER_DAY;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	return tm;
}

static const char *day_words(int32_t day, const char *format, char buffer[LABEL_MAX])
{
	const struct tm tm = tm_of(day);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (strftime(buffer, LABEL_MAX, format, &tm) == 0)
		*buffer = 0;
#pragma GCC diagnostic pop
	return buffer;
}

static void print_title(FILE *f, const struct report_view *v, struct style style)
{
	char first[LABEL_MAX], last[LABEL_MAX];
	const int32_t n = v->last_day - v->first_day + 1;

	day_words(v->first_day, n == 1 ? _("%A, %e %B %Y") : _("%-d %B %Y"), first);
	day_words(v->last_day, _("%-d %B %Y"), last);
	fputs(begin(style, "\033[1m"), f);
	if (n > 1)
		fprintf(f, _("%s to %s"), first, last);
	else
		fputs(first, f);
	for (size_t i = 0; v->n_people <= 3 && i < v->n_people; i++)
		fprintf(f, "%s%s", i == 0 ? ": " : ", ",
			v->report->people[v->people[i].place].name);
	fprintf(f, "%s\n", end(style));
}

static void print_total(FILE *f, const struct report_view *v)
{
	const int32_t n = v->last_day - v->first_day + 1;
	char total[PRINT_TEXT_MAX], mean[PRINT_TEXT_MAX];

	print_span(v->all.used_sec, total);
	if (n > 1)
		fprintf(f, _("  %s in %" PRId32 " days, %s a day"), total, n,
			print_span(v->all.used_sec / n, mean));
	else
		fprintf(f, "  %s", total);
	if (v->all.opens > 0)
		fprintf(f,
			ngettext(", opened %" PRId64 " time", ", opened %" PRId64 " times",
				(unsigned long)v->all.opens),
			v->all.opens);
	putc('\n', f);
}

static void print_longest(FILE *f, const struct report_view *v)
{
	const struct report_longest *l = &v->longest;
	char span[PRINT_TEXT_MAX], day[LABEL_MAX];

	if (l->used_sec == 0)
		return;
	fprintf(f, _("  Longest sitting: %s of %s"), print_span(l->used_sec, span),
		v->report->sites[l->site]);
	if (v->n_people > 1)
		fprintf(f, " (%s)", v->report->people[l->person].name);
	if (v->last_day > v->first_day)
		fprintf(f, ", %s", day_words(l->day, _("%a %-d %B"), day));
	putc('\n', f);
}

static void print_before(FILE *f, const struct report_view *v, struct style style)
{
	const int64_t less = v->before_sec - v->all.used_sec;
	char span[PRINT_TEXT_MAX], before[PRINT_TEXT_MAX];
	const bool weeks = v->last_day - v->first_day < REPORT_BEFORE_DAYS;
	const char *form;

	if (v->before_sec < 0)
		return;
	print_span(less < 0 ? -less : less, span);
	/* the first and the third %s are the colour's */
	if (less >= 0)
		form = weeks ? _("  %s%s less%s than in the weeks before (%s)\n")
			     : _("  %s%s less%s than in the time before (%s)\n");
	else
		form = weeks ? _("  %s%s more%s than in the weeks before (%s)\n")
			     : _("  %s%s more%s than in the time before (%s)\n");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	fprintf(f, form, begin(style, less >= 0 ? "\033[32m" : "\033[33m"), span, end(style),
		print_span(v->before_sec, before));
#pragma GCC diagnostic pop
}

/* The first week's rate against what came after it. */
static void print_won(FILE *f, const struct report_view *v, struct style style)
{
	char span[PRINT_TEXT_MAX], first[PRINT_TEXT_MAX], day[LABEL_MAX];

	if (v->first_week_sec < 0)
		return;
	if (v->won_sec > 0)
		fprintf(f, _("  %s%s won back%s against the first week (%s, from %s)\n"),
			begin(style, "\033[32m"), print_span(v->won_sec, span), end(style),
			print_span(v->first_week_sec, first),
			day_words(v->first_week_day, _("%-d %B %Y"), day));
	if (v->won_sec > 0 && v->all_won_sec > v->won_sec)
		fprintf(f, _("  %s won back since then in all\n"),
			print_span(v->all_won_sec, span));
	else if (v->won_sec <= 0 && v->all_won_sec > 0)
		fprintf(f, _("  %s won back in all since the first week (%s, from %s)\n"),
			print_span(v->all_won_sec, span), print_span(v->first_week_sec, first),
			day_words(v->first_week_day, _("%-d %B %Y"), day));
}

/* The sentences, which a narrow terminal has on more lines. */
static void print_words(const struct report_view *v, struct style style)
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	FILE *f = text_open(&text, &n);

	if (!f)
		return;
	print_title(f, v, style);
	print_total(f, v);
	print_longest(f, v);
	print_before(f, v, style);
	print_won(f, v, style);
	if (text_close(f, &text) >= 0)
		print_wrapped(stdout, text, style.columns);
}

static void print_bars(const struct report_view *v, struct style style, bool whole)
{
	static const struct {
		const char *head, *format;
	} steps[] = {
		[REPORT_STEP_DAY] = { N_("DAY"), N_("%a %e %b") },
		[REPORT_STEP_WEEK] = { N_("WEEK"), N_("%e %b %Y") },
		[REPORT_STEP_MONTH] = { N_("MONTH"), N_("%b %Y") },
	};
	_cleanup_free_ struct report_bar *bars = NULL;
	enum report_step step;
	char label[LABEL_MAX];
	int64_t most = 1;
	size_t n;

	step = report_bars(v, whole ? SIZE_MAX : BARS_MOST, &bars, &n);
	if (n < 2 && !whole)
		return;
	for (size_t i = 0; i < n; i++)
		most = bars[i].used_sec > most ? bars[i].used_sec : most;
	head(style, translated(steps[step].head));
	for (size_t i = 0; i < n; i++)
		print_line(style,
			&(struct line){
				day_words(bars[i].first_day, translated(steps[step].format), label),
				bars[i].used_sec,
				step == REPORT_STEP_DAY && report_weekday(bars[i].first_day) > 4 },
			most, 11);
}

#define REST SIZE_MAX /* the place of what is many places */

struct sums {
	const struct report_sum *items;
	size_t n, n_shown;
	unsigned label_columns;
};

static void print_sum(const struct report_view *v, struct style style, const struct report_sum *s,
	const char *label, const struct sums *sums)
{
	const unsigned label_columns = sums->label_columns;
	const unsigned width = bar_width(style, 2 + label_columns + 2 + SPAN_COLUMNS + 2 + 30);
	char span[PRINT_TEXT_MAX], bytes[PRINT_TEXT_MAX];

	print_span(s->used_sec, span);
	printf("  %-*s  %*s  %3" PRId64 " %%", print_field(label, (int)label_columns), label,
		print_field(span, SPAN_COLUMNS), span,
		v->all.used_sec > 0 ? (s->used_sec * 100 + v->all.used_sec / 2) / v->all.used_sec
				    : 0);
	if (style.columns >= DETAILS_COLUMNS)
		printf("  %5" PRId64 " %s  %7s", s->opens, style.utf8 ? "×" : "x",
			print_bytes(s->down_bytes, bytes));
	if (width > 0 && s->place != REST) {
		printf("  %s", begin(style, "\033[36m"));
		print_fine(style, s->used_sec, sums->items[0].used_sec, width);
		fputs(end(style), stdout);
	}
	putchar('\n');
}

static void print_sums(const struct report_view *v, struct style style, const struct sums *sums,
	const char *(*name)(const struct report *r, size_t place))
{
	struct report_sum rest = { .place = REST };
	char label[LABEL_MAX];

	for (size_t i = 0; i < sums->n_shown; i++)
		print_sum(v, style, &sums->items[i], name(v->report, sums->items[i].place), sums);
	for (size_t i = sums->n_shown; i < sums->n; i++) {
		rest.used_sec += sums->items[i].used_sec;
		rest.opens += sums->items[i].opens;
		rest.down_bytes += sums->items[i].down_bytes;
	}
	snprintf(label, sizeof(label), _("%zu more"), sums->n - sums->n_shown);
	if (sums->n > sums->n_shown)
		print_sum(v, style, &rest, label, sums);
}

static const char *site_name(const struct report *r, size_t place)
{
	return r->sites[place];
}

static const char *person_name(const struct report *r, size_t place)
{
	return r->people[place].name;
}

static unsigned widest(const struct report *r, const struct sums *sums,
	const char *(*name)(const struct report *r, size_t place))
{
	size_t columns = 8;

	for (size_t i = 0; i < sums->n_shown; i++) {
		const size_t n = (size_t)print_columns(name(r, sums->items[i].place));

		columns = n > columns ? n : columns;
	}
	return columns < LABELS_MOST ? (unsigned)columns : LABELS_MOST;
}

static void print_sites(const struct report_view *v, struct style style, bool whole)
{
	struct sums sums = { .items = v->sites, .n = v->n_sites };

	/* one more line says as much as the line that counts it */
	sums.n_shown = whole || v->n_sites <= SITES_MOST + 1 ? v->n_sites : SITES_MOST;
	sums.label_columns = widest(v->report, &sums, site_name);
	head(style, _("SITE"));
	print_sums(v, style, &sums, site_name);
}

static void print_people(const struct report_view *v, struct style style)
{
	struct sums sums = { .items = v->people, .n = v->n_people, .n_shown = v->n_people };

	sums.label_columns = widest(v->report, &sums, person_name);
	head(style, _("PERSON"));
	print_sums(v, style, &sums, person_name);
}

/* Five shades from nothing to the busiest hour; the darkest is for the top fifth. */
#define SHADES 5
static const char *shade(struct style style, int64_t sec, int64_t most)
{
	static const char *const letters[] = { "·", "░", "▒", "▓", "█" };
	static const char *const plain[] = { ".", "-", "+", "*", "#" };
	const int64_t k = sec <= 0 ? 0 : 1 + sec * (SHADES - 1) / (most + 1);

	return style.utf8 ? letters[k] : plain[k];
}

/* A few days have not all of them. */
static bool has_weekday(const struct report_view *v, int weekday)
{
	for (int32_t day = v->first_day; day <= v->last_day && day < v->first_day + 7; day++)
		if (report_weekday(day) == weekday)
			return true;
	return false;
}

static void print_heat(const struct report_view *v, struct style style)
{
	/* day and two blanks before; two columns an hour where there is room */
	const int twice = style.columns >= 2 + 3 + 2 + 2 * REPORT_HOURS ? 2 : 1;
	int64_t most = 0;
	char label[LABEL_MAX];

	for (int d = 0; d < REPORT_WEEKDAYS; d++)
		for (int h = 0; h < REPORT_HOURS; h++)
			most = v->heat[d][h] > most ? v->heat[d][h] : most;
	head(style, _("WEEK BY HOUR"));
	printf("       ");
	for (int h = 0; h < REPORT_HOURS; h += 3)
		printf("%-*d", h + 3 < REPORT_HOURS ? 3 * twice : 0, h);
	putchar('\n');
	for (int d = 0; d < REPORT_WEEKDAYS; d++) {
		if (!has_weekday(v, d))
			continue;
		day_words(d + 4, "%a", label);
		printf("  %-*s  %s", print_field(label, 3), label, begin(style, "\033[36m"));
		for (int h = 0; h < REPORT_HOURS; h++)
			for (int k = 0; k < twice; k++)
				fputs(shade(style, v->heat[d][h], most), stdout);
		puts(end(style));
	}
}

/* Hours of the clock, whatever the day. */
static void print_hours(const struct report_view *v, struct style style)
{
	int64_t hours[REPORT_HOURS] = { 0 }, most = 1;
	char label[LABEL_MAX];

	for (int h = 0; h < REPORT_HOURS; h++) {
		for (int d = 0; d < REPORT_WEEKDAYS; d++)
			hours[h] += v->heat[d][h];
		most = hours[h] > most ? hours[h] : most;
	}
	head(style, _("HOUR"));
	for (int h = 0; h < REPORT_HOURS; h++) {
		snprintf(label, sizeof(label), "%02d:00", h);
		print_line(style, &(struct line){ label, hours[h], false }, most, 11);
	}
}

static void print_parts(
	const struct report_view *v, struct style style, unsigned sections, bool whole)
{
	if (sections & REPORT_DAYS)
		print_bars(v, style, whole);
	if (sections & REPORT_SITES)
		print_sites(v, style, whole);
	if ((sections & REPORT_PEOPLE) && (whole || v->n_people > 1))
		print_people(v, style);
	if (sections == REPORT_HEAT)
		print_hours(v, style);
	if (sections & REPORT_HEAT)
		print_heat(v, style);
}

void report_print(const struct report_view *v, struct style style, unsigned sections, bool whole)
{
	print_words(v, style);
	if (v->all.used_sec > 0)
		print_parts(v, style, sections, whole);
	if ((sections & REPORT_PASSES) && v->report->n_passes > 0) {
		head(style, _("PASSES"));
		report_print_passes(v->report, style, whole);
	}
}
