/* report: where the time went. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "dates.h"
#include "language.h"
#include "names.h"
#include "output.h"
#include "report-fetch.h"
#include "report-html.h"
#include "report-print.h"
#include "verbs.h"

/* What was asked for: so many days up to today, or from one day to another; or all. */
struct range {
	int32_t n_days;            /* 0: since and until */
	const char *since, *until; /* NULL: the first known, today */
};

static const struct {
	const char *word;
	int32_t n_days;
} words[] = {
	{ "today", 1 },
	{ "week", 7 },
	{ "month", 30 },
	{ "year", 365 },
	{ "all", 0 },
};

static const struct {
	const char *word;
	unsigned sections;
} keys[] = {
	{ "day", REPORT_DAYS },
	{ "hour", REPORT_HEAT },
	{ "site", REPORT_SITES },
	{ "person", REPORT_PEOPLE },
	{ "pass", REPORT_PASSES },
};

static int read_range(const struct invocation *i, struct range *ret)
{
	*ret = (struct range){
		.n_days = i->since || i->until ? 0 : 7, .since = i->since, .until = i->until
	};
	if (i->n_arguments == 0)
		return 0;
	for (size_t k = 0; k < ELEMENTSOF(words); k++)
		if (strcmp(i->arguments[0], words[k].word) == 0) {
			ret->n_days = words[k].n_days;
			if (!i->since && !i->until)
				return 0;
			fprintf(stderr,
				_("focusctl: %s: expected no --since or --until beside it\n"),
				words[k].word);
			return -EINVAL;
		}
	fprintf(stderr, _("focusctl: %s: expected today, week, month, year or all\n"),
		i->arguments[0]);
	return -EINVAL;
}

static int read_day(const char *word, int32_t today, int32_t *ret)
{
	char today_text[REPORT_DAY_TEXT_MAX], day[DATES_DAY_MAX];

	if (dates_day(word, report_day_text(today, today_text), day) < 0) {
		verbs_expect_day(word);
		return -EINVAL;
	}
	return report_parse_day(day, ret);
}

/* first 0: the first day known. */
struct days {
	int32_t first, last;
};

static int find_days(const struct range *range, int32_t today, struct days *ret)
{
	struct days d = { 0, today };
	int r = 0;

	if (range->n_days > 0)
		d.first = today - range->n_days + 1;
	if (range->until)
		r = read_day(range->until, today, &d.last);
	if (r >= 0 && range->since)
		r = read_day(range->since, today, &d.first);
	if (d.last > today)
		d.last = today;
	if (r >= 0 && range->since && d.first > d.last) {
		fprintf(stderr, _("focusctl: %s: expected a day that is not after %s\n"),
			range->since, range->until ? range->until : _("today"));
		return -EINVAL;
	}
	*ret = d;
	return r;
}

static int ask_today(struct client *c, int32_t *ret, struct client_error *ret_error)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = client_day(c, &text, ret_error);
	return r < 0 ? r : report_parse_day(text, ret);
}

/* More than what is shown: what it is compared with comes before. Rows for programs are compared
 * with nothing. */
static int ask(const struct invocation *i, const struct days *d, struct report_reply *ret,
	struct client_error *ret_error)
{
	const bool rows = i->json || i->csv;
	const int32_t first = d->first > 0 ? d->first : d->last - FOCUSD_REPORT_DAYS_MAX + 1;
	const int32_t before = rows || d->first == 0 ? 0 : report_before_days(d->first, d->last);
	char since[REPORT_DAY_TEXT_MAX], until[REPORT_DAY_TEXT_MAX], shown[REPORT_DAY_TEXT_MAX];
	const struct report_request request = { i->person, report_day_text(first - before, since),
		report_day_text(d->last, until), report_day_text(first, shown) };

	return report_fetch(i->client, &request, ret, ret_error);
}

static int32_t first_known(const struct report *r)
{
	int32_t first = r->today;

	for (size_t p = 0; p < r->n_people; p++)
		if (r->people[p].first_day > 0 && r->people[p].first_day < first)
			first = r->people[p].first_day;
	return first > r->first_day ? first : r->first_day;
}

static int read_by(const struct invocation *i, unsigned *ret)
{
	*ret = ~0u;
	if (!i->by)
		return 0;
	for (size_t k = 0; k < ELEMENTSOF(keys); k++)
		if (strcmp(i->by, keys[k].word) == 0) {
			*ret = keys[k].sections;
			return 0;
		}
	fprintf(stderr, _("focusctl: --by %s: expected day, hour, site, person or pass\n"), i->by);
	return -EINVAL;
}

/* The browser is nobody's child. */
static int open_page(const char *path)
{
	const pid_t child = fork();
	int status;

	if (child < 0)
		return -errno;
	if (child == 0) {
		execlp("xdg-open", "xdg-open", path, NULL);
		_exit(127);
	}
	if (waitpid(child, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ENOEXEC;
}

static int write_page(const char *path, const struct report_page *page)
{
	_cleanup_(output_done) struct output o = { 0 };
	int r;

	r = output_open(strcmp(path, "-") == 0 ? NULL : path, &o);
	if (r >= 0)
		r = report_write_html(o.file, page);
	return r < 0 ? r : output_commit(&o);
}

static enum exit_code show_page(const struct invocation *i, const struct report_view *v)
{
	const struct report_page page = { v,
		i->language ? report_words_find(i->language) : report_words_of_locale() };
	int r;

	if (!page.words) {
		fprintf(stderr, _("focusctl: --language %s: expected en or de\n"), i->language);
		return EXIT_USAGE;
	}
	r = write_page(i->html, &page);
	if (r < 0) {
		fprintf(stderr, "focusctl: %s: %s\n", i->html, strerror(-r));
		return EXIT_FAILED;
	}
	if (i->open && open_page(i->html) < 0) {
		fprintf(stderr, _("focusctl: xdg-open could not show %s\n"), i->html);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static int check_page(const struct invocation *i)
{
	if (i->html || (!i->open && !i->language))
		return 0;
	fprintf(stderr, _("focusctl: %s: expected --html FILE beside it\n"),
		i->open ? "--open" : "--language");
	return -EINVAL;
}

static enum exit_code show(
	const struct invocation *i, const struct report_view *v, unsigned sections)
{
	struct style style = i->style;
	int r = 0;

	style.utf8 = style.utf8 && !i->ascii;
	if (i->html)
		return show_page(i, v);
	if (i->json)
		r = report_print_json(v);
	else if (i->csv)
		r = sections == REPORT_PASSES ? report_print_passes_csv(v) : report_print_csv(v);
	else
		report_print(v, style, sections, i->by);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

enum exit_code verb_report(const struct invocation *i)
{
	_cleanup_(report_reply_done) struct report_reply reply = { 0 };
	_cleanup_(report_view_done) struct report_view view = { 0 };
	struct client_error error;
	struct range range;
	unsigned sections;
	struct days d;
	int32_t today;

	if (read_range(i, &range) < 0 || read_by(i, &sections) < 0 || check_page(i) < 0)
		return EXIT_USAGE;
	if (ask_today(i->client, &today, &error) < 0)
		return verbs_fail(&error);
	if (find_days(&range, today, &d) < 0)
		return EXIT_USAGE;
	if (ask(i, &d, &reply, &error) < 0)
		return verbs_fail(&error);
	if (d.first == 0)
		d.first = first_known(&reply.report);
	if (d.first > d.last)
		d.first = d.last;
	if (report_look(&reply.report, d.first, d.last, &view) < 0)
		return EXIT_FAILED;
	return show(i, &view, sections);
}
