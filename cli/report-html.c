/* Writes the page. Pictures are plain shapes that stretch; their words stand beside them, so that
 * letters keep their size on every screen. */
#include "report-html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "print.h"

#define COLUMNS_MOST 62 /* bars over time */
#define TREND_MOST   260
#define SITES_MOST   12
#define SHADES       5
#define LABELS_MOST  8 /* under the bars, when not each has one */
#define PASSES_MOST  40

/* A name as text. */
static void put_text(FILE *f, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			putc(*text, f);
		}
}

static void put_tagged(FILE *f, const char *before, const char *text, const char *after)
{
	fputs(before, f);
	put_text(f, text);
	fputs(after, f);
}

static const char *span(int64_t sec, char buffer[PRINT_TEXT_MAX])
{
	return print_span(sec, buffer);
}

static void write_people(FILE *f, const struct report_page *p)
{
	const struct report_view *v = p->view;
	const struct report *r = v->report;

	if (r->n_people != 1 && v->n_people != 1) {
		put_text(f, p->words->everybody);
		return;
	}
	put_text(f, r->people[v->n_people == 1 ? v->people[0].place : 0].name);
}

static void write_head(FILE *f, const struct report_page *p)
{
	const struct report_words *w = p->words;
	const struct report_view *v = p->view;
	char date[REPORT_WORDS_MAX];

	fprintf(f,
		"<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; img-src data:\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n<title>%s</title>\n<style>%s</style>\n"
		"</head>\n<body>\n<main>\n<header>\n<h1>%s</h1>\n<p>",
		w->code, w->title, report_style, w->title);
	write_people(f, p);
	fputs(" · ", f);
	if (v->last_day > v->first_day) {
		/* one year is said once */
		const bool year =
			report_date_of(v->first_day).year != report_date_of(v->last_day).year;

		put_text(f,
			(year ? report_words_date : report_words_day_month)(w, v->first_day, date));
		fprintf(f, " %s ", w->to);
	}
	put_text(f, report_words_date(w, v->last_day, date));
	fputs("</p>\n</header>\n", f);
}

static void write_tile(FILE *f, const char *kind, const char *label, const char *value)
{
	fprintf(f,
		"<div class=\"tile%s\"><p class=\"label\">%s</p><p class=\"value\">%s</p>"
		"<p class=\"sub\">",
		kind, label, value);
}

static void end_tile(FILE *f)
{
	fputs("</p></div>\n", f);
}

static void write_won_tile(FILE *f, const struct report_page *p)
{
	const struct report_view *v = p->view;
	const struct report_words *w = p->words;
	char won[PRINT_TEXT_MAX], all[PRINT_TEXT_MAX], date[REPORT_WORDS_MAX];

	write_tile(f, v->won_sec > 0 ? " big won" : " big", w->won,
		v->first_week_sec < 0 ? "–" : span(v->won_sec, won));
	if (v->first_week_sec < 0)
		fputs(w->won_none, f);
	else if (v->all_won_sec > v->won_sec)
		fprintf(f, "%s %s %s", span(v->all_won_sec, all), w->won_all,
			report_words_date(w, v->first_week_day, date));
	else
		fputs(w->first_week, f);
	end_tile(f);
}

static void write_before_tile(FILE *f, const struct report_page *p)
{
	const struct report_view *v = p->view;
	const struct report_words *w = p->words;
	const int64_t less = v->before_sec - v->all.used_sec;
	char text[PRINT_TEXT_MAX], value[PRINT_TEXT_MAX + 96], before[PRINT_TEXT_MAX];

	if (v->before_sec < 0) {
		write_tile(f, "", w->before, "–");
		fputs(w->before_none, f);
	} else {
		snprintf(value, sizeof(value), "<span class=\"%s\">%s %s</span>",
			less >= 0 ? "less" : "more", span(less < 0 ? -less : less, text),
			less >= 0 ? w->less : w->more);
		write_tile(f, "", w->before, value);
		fprintf(f, "%s %s", span(v->before_sec, before), w->before_was);
	}
	end_tile(f);
}

static void write_longest_tile(FILE *f, const struct report_page *p)
{
	const struct report_view *v = p->view;
	char text[PRINT_TEXT_MAX], day[REPORT_WORDS_MAX];

	write_tile(f, "", p->words->longest, span(v->longest.used_sec, text));
	if (v->longest.used_sec > 0) {
		put_text(f, v->report->sites[v->longest.site]);
		if (v->n_people > 1)
			put_tagged(f, ", ", v->report->people[v->longest.person].name, "");
		put_tagged(f, ", ", report_words_day(p->words, v->longest.day, day), "");
	}
	end_tile(f);
}

static void write_tiles(FILE *f, const struct report_page *p)
{
	const struct report_view *v = p->view;
	const int32_t n = v->last_day - v->first_day + 1;
	char text[PRINT_TEXT_MAX], opens[PRINT_TEXT_MAX], bytes[PRINT_TEXT_MAX];

	fputs("<div class=\"tiles\">\n", f);
	write_tile(f, " big", p->words->total, span(v->all.used_sec, text));
	fprintf(f, "%s %s", span(v->all.used_sec / n, text), p->words->a_day);
	end_tile(f);
	write_won_tile(f, p);
	write_before_tile(f, p);
	write_longest_tile(f, p);
	snprintf(opens, sizeof(opens), "%" PRId64 " ×", v->all.opens);
	write_tile(f, "", p->words->openings, opens);
	fprintf(f, "%s: %s", p->words->bytes, print_bytes(v->all.down_bytes, bytes));
	end_tile(f);
	fputs("</div>\n<div class=\"grid\">\n", f);
}

static void begin_card(FILE *f, const char *title, const char *note)
{
	fprintf(f, "<section class=\"card\"><h2>%s</h2><p class=\"note\">%s</p>\n", title, note);
}

static void end_card(FILE *f)
{
	fputs("</section>\n", f);
}

/* The table behind a picture. */
static void begin_numbers(FILE *f, const struct report_page *p, const char *caption)
{
	fprintf(f,
		"<details><summary>%s</summary><div class=\"scroll\"><table><caption>%s</caption>"
		"<thead><tr>",
		p->words->numbers, caption);
}

static void end_numbers(FILE *f)
{
	fputs("</tbody></table></div></details>\n", f);
}

static const char *bar_label(const struct report_page *p, enum report_step step, int32_t day,
	char buffer[REPORT_WORDS_MAX])
{
	const struct report_date d = report_date_of(day);

	if (step != REPORT_STEP_MONTH)
		return report_words_day(p->words, day, buffer);
	snprintf(buffer, REPORT_WORDS_MAX, "%s %d", p->words->months_short[d.month - 1], d.year);
	return buffer;
}

struct bars {
	const struct report_bar *items;
	size_t n;
	enum report_step step;
	int64_t most_sec;
};

static struct bars bars_of(const struct report_bar *items, size_t n, enum report_step step)
{
	struct bars b = { items, n, step, 1 };

	for (size_t i = 0; i < n; i++)
		b.most_sec = items[i].used_sec > b.most_sec ? items[i].used_sec : b.most_sec;
	b.most_sec = report_scale(b.most_sec);
	return b;
}

/* The first, some between, the last. */
static void write_x(FILE *f, const struct report_page *p, const struct bars *b)
{
	const bool all = b->n <= LABELS_MOST && b->n > 1;
	const size_t n = all ? b->n : b->n < 4 ? b->n : 4;
	char text[REPORT_WORDS_MAX];

	fprintf(f, "<div class=\"x%s\" aria-hidden=\"true\">", all ? " all" : "");
	for (size_t i = 0; i < n; i++) {
		const size_t k = n > 1 ? i * (b->n - 1) / (n - 1) : 0;

		if (all && b->step == REPORT_STEP_DAY)
			fprintf(f, "<span>%s<br>%d</span>",
				p->words->weekdays_short[report_weekday(b->items[k].first_day)],
				report_date_of(b->items[k].first_day).day);
		else
			fprintf(f, "<span>%s</span>",
				bar_label(p, b->step, b->items[k].first_day, text));
	}
	fputs("</div>", f);
}

static void begin_frame(FILE *f, int64_t most_sec)
{
	char most[PRINT_TEXT_MAX], half[PRINT_TEXT_MAX];

	fprintf(f,
		"<figure><div class=\"frame\"><div class=\"y\" aria-hidden=\"true\">"
		"<span>%s</span><span>%s</span><span>0</span></div>",
		span(most_sec, most), span(most_sec / 2, half));
}

static void write_bar_table(FILE *f, const struct report_page *p, const struct bars *b)
{
	char label[REPORT_WORDS_MAX], text[PRINT_TEXT_MAX];

	begin_numbers(f, p, p->words->per[b->step]);
	fprintf(f, "<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead><tbody>\n",
		p->words->column[b->step], p->words->time);
	for (size_t i = 0; i < b->n; i++)
		fprintf(f, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n",
			bar_label(p, b->step, b->items[i].first_day, label),
			span(b->items[i].used_sec, text));
	end_numbers(f);
}

static void write_bars(FILE *f, const struct report_page *p, const struct bars *b)
{
	char label[REPORT_WORDS_MAX], text[PRINT_TEXT_MAX];

	begin_card(f, p->words->per[b->step],
		b->step == REPORT_STEP_DAY ? p->words->weekend_note : "");
	begin_frame(f, b->most_sec);
	fprintf(f,
		"<svg class=\"days\" role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %zu 100\" "
		"preserveAspectRatio=\"none\">",
		p->words->per[b->step], 10 * b->n);
	for (int y = 0; y <= 100; y += 50)
		fprintf(f, "<line class=\"rule\" x1=\"0\" x2=\"%zu\" y1=\"%d\" y2=\"%d\"/>",
			10 * b->n, y, y);
	for (size_t i = 0; i < b->n; i++) {
		const struct report_bar *bar = &b->items[i];
		const double height = 100.0 * (double)bar->used_sec / (double)b->most_sec;
		const bool weekend =
			b->step == REPORT_STEP_DAY && report_weekday(bar->first_day) > 4;

		fprintf(f,
			"<rect class=\"bar%s\" x=\"%zu\" y=\"%.1f\" width=\"7\" height=\"%.1f\">"
			"<title>%s: %s</title></rect>",
			weekend ? " we" : "", 10 * i + 1, 100 - height, height,
			bar_label(p, b->step, bar->first_day, label), span(bar->used_sec, text));
	}
	fputs("</svg>", f);
	write_x(f, p, b);
	fputs("</div></figure>\n", f);
	write_bar_table(f, p, b);
	end_card(f);
}

static int write_days(FILE *f, const struct report_page *p)
{
	_cleanup_free_ struct report_bar *items = NULL;
	enum report_step step;
	struct bars b;
	size_t n;

	step = report_bars(p->view, COLUMNS_MOST, &items, &n);
	if (!items)
		return -ENOMEM;
	b = bars_of(items, n, step);
	if (n > 1)
		write_bars(f, p, &b);
	return 0;
}

static int64_t hottest(const struct report_view *v)
{
	int64_t most = 1;

	for (int d = 0; d < REPORT_WEEKDAYS; d++)
		for (int h = 0; h < REPORT_HOURS; h++)
			most = v->heat[d][h] > most ? v->heat[d][h] : most;
	return most;
}

static void write_heat_table(FILE *f, const struct report_page *p)
{
	char text[PRINT_TEXT_MAX];

	begin_numbers(f, p, p->words->heat);
	fprintf(f, "<th scope=\"col\">%s</th>", p->words->hour);
	for (int d = 0; d < REPORT_WEEKDAYS; d++)
		fprintf(f, "<th scope=\"col\">%s</th>", p->words->weekdays_short[d]);
	fputs("</tr></thead><tbody>\n", f);
	for (int h = 0; h < REPORT_HOURS; h++) {
		fprintf(f, "<tr><th scope=\"row\">%02d</th>", h);
		for (int d = 0; d < REPORT_WEEKDAYS; d++)
			fprintf(f, "<td>%s</td>",
				p->view->heat[d][h] > 0 ? span(p->view->heat[d][h], text) : "–");
		fputs("</tr>\n", f);
	}
	end_numbers(f);
}

static void write_heat_cells(FILE *f, const struct report_page *p)
{
	const int64_t most = hottest(p->view);
	char text[PRINT_TEXT_MAX];

	for (int d = 0; d < REPORT_WEEKDAYS; d++)
		for (int h = 0; h < REPORT_HOURS; h++) {
			const int64_t sec = p->view->heat[d][h];

			fprintf(f,
				"<rect class=\"h%d\" x=\"%d\" y=\"%d\" width=\"9\" height=\"9\">"
				"<title>%s %d–%d: %s</title></rect>",
				sec > 0 ? (int)(1 + sec * (SHADES - 1) / (most + 1)) : 0, 10 * h,
				10 * d, p->words->weekdays[d], h, h + 1, span(sec, text));
		}
}

static void write_heat(FILE *f, const struct report_page *p)
{
	begin_card(f, p->words->heat, p->words->heat_note);
	fputs("<figure><div class=\"frame\"><div class=\"wd\" aria-hidden=\"true\">", f);
	for (int d = 0; d < REPORT_WEEKDAYS; d++)
		fprintf(f, "<span>%s</span>", p->words->weekdays_short[d]);
	fprintf(f,
		"</div><svg class=\"heat\" role=\"img\" aria-label=\"%s\" viewBox=\"0 0 239 69\" "
		"preserveAspectRatio=\"none\">",
		p->words->heat);
	write_heat_cells(f, p);
	fputs("</svg><div class=\"hours\" aria-hidden=\"true\">", f);
	for (int h = 0; h < REPORT_HOURS; h += 3)
		fprintf(f, "<span>%d</span>", h);
	fprintf(f, "</div></div><div class=\"scale\" aria-hidden=\"true\"><span>%s</span>",
		p->words->less_used);
	for (int k = 0; k < SHADES; k++)
		fprintf(f, "<i class=\"h%d\"></i>", k);
	fprintf(f, "<span>%s</span></div></figure>\n", p->words->more_used);
	write_heat_table(f, p);
	end_card(f);
}

static void write_trend_line(FILE *f, const struct bars *b)
{
	fputs("<polygon class=\"area\" points=\"0,100", f);
	for (size_t i = 0; i < b->n; i++)
		fprintf(f, " %zu,%.1f", 10 * i,
			100 - 100.0 * (double)b->items[i].used_sec / (double)b->most_sec);
	fprintf(f, " %zu,100\"/><polyline class=\"line\" points=\"", 10 * (b->n - 1));
	for (size_t i = 0; i < b->n; i++)
		fprintf(f, "%s%zu,%.1f", i > 0 ? " " : "", 10 * i,
			100 - 100.0 * (double)b->items[i].used_sec / (double)b->most_sec);
	fputs("\"/>", f);
}

static int write_trend(FILE *f, const struct report_page *p)
{
	_cleanup_free_ struct report_bar *items = NULL;
	const int64_t first = p->view->first_week_sec;
	struct bars b;
	size_t n;
	int r;

	r = report_trend(p->view->report, TREND_MOST, &items, &n);
	if (r >= 0 && report_weekday(p->view->report->today) != 6)
		n--; /* this week is not over */
	if (r < 0 || n < 3)
		return r;
	b = bars_of(items, n, REPORT_STEP_WEEK);
	if (first > b.most_sec)
		b.most_sec = report_scale(first);
	begin_card(f, p->words->trend, first >= 0 ? p->words->trend_note : "");
	begin_frame(f, b.most_sec);
	fprintf(f,
		"<svg class=\"trend\" role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %zu 100\" "
		"preserveAspectRatio=\"none\">"
		"<line class=\"rule\" x1=\"0\" x2=\"%zu\" y1=\"100\" y2=\"100\"/>",
		p->words->trend, 10 * (n - 1), 10 * (n - 1));
	write_trend_line(f, &b);
	if (first >= 0)
		fprintf(f, "<line class=\"first\" x1=\"0\" x2=\"%zu\" y1=\"%.1f\" y2=\"%.1f\"/>",
			10 * (n - 1), 100 - 100.0 * (double)first / (double)b.most_sec,
			100 - 100.0 * (double)first / (double)b.most_sec);
	fputs("</svg>", f);
	b.step = n > 26 ? REPORT_STEP_MONTH : REPORT_STEP_WEEK; /* the labels */
	write_x(f, p, &b);
	fputs("</div></figure>\n", f);
	b.step = REPORT_STEP_WEEK;
	write_bar_table(f, p, &b);
	end_card(f);
	return 0;
}

struct ranking {
	const char *title, *head;
	const struct report_sum *items;
	size_t n, n_shown;
	const char *(*name)(const struct report *r, size_t place);
};

static const char *site_name(const struct report *r, size_t place)
{
	return r->sites[place];
}

static const char *person_name(const struct report *r, size_t place)
{
	return r->people[place].name;
}

static void write_rank(
	FILE *f, const struct report_page *p, const struct report_sum *s, const struct ranking *k)
{
	const int64_t all = p->view->all.used_sec, most = k->items[0].used_sec;
	char text[PRINT_TEXT_MAX];

	put_tagged(f, "<tr><th scope=\"row\">", k->name(p->view->report, s->place), "</th>");
	fprintf(f,
		"<td class=\"w\"><span class=\"track\" aria-hidden=\"true\">"
		"<i style=\"width:%.1f%%\"></i></span></td>"
		"<td>%s</td><td class=\"opt\">%" PRId64 " %%</td><td class=\"opt\">%" PRId64
		" ×</td></tr>\n",
		100.0 * (double)s->used_sec / (double)(most > 0 ? most : 1),
		span(s->used_sec, text), all > 0 ? (s->used_sec * 100 + all / 2) / all : 0,
		s->opens);
}

static void write_ranking(FILE *f, const struct report_page *p, const struct ranking *k)
{
	int64_t rest = 0;
	char text[PRINT_TEXT_MAX];

	begin_card(f, k->title, "");
	fprintf(f,
		"<table><thead><tr><th scope=\"col\">%s</th><td class=\"w\"></td>"
		"<th scope=\"col\">%s</th><th scope=\"col\" class=\"opt\">%s</th>"
		"<th scope=\"col\" class=\"opt\">%s</th></tr></thead><tbody>\n",
		k->head, p->words->time, p->words->share, p->words->openings);
	for (size_t i = 0; i < k->n_shown; i++)
		write_rank(f, p, &k->items[i], k);
	for (size_t i = k->n_shown; i < k->n; i++)
		rest += k->items[i].used_sec;
	if (k->n > k->n_shown)
		fprintf(f,
			"<tr><th scope=\"row\">%zu %s</th><td class=\"w\"></td><td>%s</td>"
			"<td class=\"opt\"></td><td class=\"opt\"></td></tr>\n",
			k->n - k->n_shown, p->words->other, span(rest, text));
	fputs("</tbody></table>\n", f);
	end_card(f);
}

static void write_rankings(FILE *f, const struct report_page *p)
{
	const struct report_view *v = p->view;
	const struct ranking sites = { p->words->sites, p->words->site, v->sites, v->n_sites,
		v->n_sites <= SITES_MOST + 1 ? v->n_sites : SITES_MOST, site_name };
	const struct ranking people = { p->words->people, p->words->person, v->people, v->n_people,
		v->n_people, person_name };

	write_ranking(f, p, &sites);
	if (v->n_people > 1)
		write_ranking(f, p, &people);
}

static void write_pass(FILE *f, const struct report_page *p, const struct report_pass *pass)
{
	const time_t t = (time_t)(pass->start_usec / (int64_t)USEC_PER_SEC);
	char day[REPORT_WORDS_MAX], text[PRINT_TEXT_MAX];
	struct tm local;

	localtime_r(&t, &local);
	report_words_day(p->words, (int32_t)((t + local.tm_gmtoff) / SEC_PER_DAY), day);
	fprintf(f, "<tr><th scope=\"row\">%s, %02d:%02d</th><td class=\"l\">", day, local.tm_hour,
		local.tm_min);
	if (p->view->report->n_people > 1)
		put_tagged(f, "", pass->person, ": ");
	put_text(f, p->words->pass_kinds[pass->kind]);
	if (*pass->target)
		put_tagged(f, ", ", pass->target, "");
	if (pass->span_sec >= 0)
		fprintf(f, ", %s", span(pass->span_sec, text));
	fputs("</td><td class=\"l\">", f);
	put_text(f, *pass->reason ? pass->reason : "–");
	fputs("</td></tr>\n", f);
}

static void write_passes(FILE *f, const struct report_page *p)
{
	const struct report_words *w = p->words;
	const struct report *r = p->view->report;
	const size_t n_shown = r->n_passes <= PASSES_MOST + 1 ? r->n_passes : PASSES_MOST;

	begin_card(f, w->passes, r->n_passes > 0 ? "" : w->passes_none);
	if (r->n_passes > 0) {
		fprintf(f,
			"<div class=\"scroll\"><table class=\"passes\"><thead><tr><th "
			"scope=\"col\">%s</th>"
			"<th scope=\"col\" class=\"l\">%s</th><th scope=\"col\" class=\"l\">%s</th>"
			"</tr></thead><tbody>\n",
			w->when, w->what, w->reason);
		for (size_t i = r->n_passes; i-- > r->n_passes - n_shown;)
			write_pass(f, p, &r->passes[i]);
		if (n_shown < r->n_passes)
			fprintf(f, "<tr><th scope=\"row\">%zu %s</th><td></td><td></td></tr>\n",
				r->n_passes - n_shown, w->other);
		fputs("</tbody></table></div>\n", f);
	}
	end_card(f);
}

int report_write_html(FILE *f, const struct report_page *page)
{
	int r = 0;

	write_head(f, page);
	write_tiles(f, page);
	if (page->view->all.used_sec > 0) {
		r = write_days(f, page);
		write_heat(f, page);
	}
	if (r >= 0)
		r = write_trend(f, page);
	if (page->view->all.used_sec > 0)
		write_rankings(f, page);
	write_passes(f, page);
	fprintf(f, "</div>\n<footer>%s</footer>\n</main>\n</body>\n</html>\n", page->words->made);
	return r < 0 ? r : ferror(f) ? -EIO : 0;
}
