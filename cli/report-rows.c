/* Rows for programs. There may be a hundred thousand: names are made ready once, a day's text when
 * the day changes. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report-print.h"

/* Rows of the view, by day, person and site; places in the report's columns. */
struct row_list {
	const struct report *report;
	size_t *rows, n;
};

static int compare_rows(const void *a, const void *b, void *userdata)
{
	const struct report *r = userdata;
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order;

	if (r->days.day[x] != r->days.day[y])
		return r->days.day[x] < r->days.day[y] ? -1 : 1;
	order = strcmp(r->people[r->days.person[x]].name, r->people[r->days.person[y]].name);
	return order ? order : strcmp(r->sites[r->days.site[x]], r->sites[r->days.site[y]]);
}

/* They come in order but for those that were still in memory. */
static int list_rows(const struct report_view *v, struct row_list *ret)
{
	struct report *r = (struct report *)v->report;
	size_t *rows = calloc(r->days.n + 1, sizeof(*rows)), n = 0;
	bool ordered = true;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < r->days.n; i++)
		if (r->days.day[i] >= v->first_day && r->days.day[i] <= v->last_day)
			rows[n++] = i;
	for (size_t i = 1; ordered && i < n; i++)
		ordered = r->days.day[rows[i - 1]] < r->days.day[rows[i]] ||
			  compare_rows(&rows[i - 1], &rows[i], r) <= 0;
	if (!ordered)
		qsort_r(rows, n, sizeof(*rows), compare_rows, r);
	*ret = (struct row_list){ r, rows, n };
	return 0;
}

/* A name as both formats write it, quoted; the caller frees it. */
typedef char *(*quote_fn)(const char *name);

static char *quote_json(const char *name)
{
	json_t *text = json_string(name);
	char *quoted = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;

	json_decref(text);
	return quoted;
}

/* Names of people and sites have no quotes and no commas; one from another hand might. */
static char *quote_csv(const char *name)
{
	char *quoted = malloc(2 * strlen(name) + 3), *to = quoted;

	if (!quoted)
		return NULL;
	if (!strpbrk(name, ",\"\r\n"))
		return strcpy(quoted, name);
	*to++ = '"';
	for (; *name; name++) {
		if (*name == '"')
			*to++ = '"';
		*to++ = *name;
	}
	strcpy(to, "\"");
	return quoted;
}

static void free_names(char **names, size_t n)
{
	for (size_t i = 0; names && i < n; i++)
		free(names[i]);
	free(names);
}

/* People, then sites. */
static char **quote_names(const struct report *r, quote_fn quote)
{
	const size_t n = r->n_people + r->n_sites;
	char **names = calloc(n + 1, sizeof(*names));

	for (size_t i = 0; names && i < n; i++) {
		names[i] = quote(i < r->n_people ? r->people[i].name : r->sites[i - r->n_people]);
		if (!names[i]) {
			free_names(names, n);
			return NULL;
		}
	}
	return names;
}

#define BUFFER_BYTES \
	65536 /* of the output: eight megabytes are two thousand writes by the default */

/* The longest line but for its names: a day, four numbers, and what stands between them. */
#define LINE_ROOM 256

static size_t longest_of(char *const *names, size_t n)
{
	size_t longest = 0;

	for (size_t i = 0; i < n; i++) {
		const size_t length = strlen(names[i]);

		longest = length > longest ? length : longest;
	}
	return longest;
}

static char *put_number(char *to, uint64_t number)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (n > 0)
		*to++ = digits[--n];
	return to;
}

/* What stands before each value of a row, and behind the last one. */
enum { DAY, PERSON, SITE, USED, OPENS, DOWN, UP, END, PARTS };

struct format {
	quote_fn quote;
	const char *head, *between, *tail;
	const char *parts[PARTS];
	int (*print_more)(const struct report *r); /* behind the rows; NULL: nothing */
};

struct row {
	const char *day, *person, *site;
	uint64_t numbers[END - USED];
};

/* printf() would take most of the time that a long report has. */
static void print_row(const struct row *r, const struct format *f, char *line)
{
	char *to = stpcpy(stpcpy(line, f->parts[DAY]), r->day);

	to = stpcpy(stpcpy(to, f->parts[PERSON]), r->person);
	to = stpcpy(stpcpy(to, f->parts[SITE]), r->site);
	for (size_t i = 0; i < ELEMENTSOF(r->numbers); i++)
		to = put_number(stpcpy(to, f->parts[USED + i]), r->numbers[i]);
	to = stpcpy(to, f->parts[END]);
	fwrite(line, 1, (size_t)(to - line), stdout);
}

static int print_rows(const struct row_list *l, char *const *names, const struct format *format)
{
	const struct report_days *d = &l->report->days;
	const size_t n_people = l->report->n_people;
	_cleanup_free_ char *line = malloc(LINE_ROOM + longest_of(names, n_people) +
					   longest_of(names + n_people, l->report->n_sites));
	char text[REPORT_DAY_TEXT_MAX];

	if (!line)
		return -ENOMEM;
	for (size_t k = 0; k < l->n; k++) {
		const size_t i = l->rows[k];

		if (k == 0 || d->day[i] != d->day[l->rows[k - 1]])
			report_day_text(d->day[i], text);
		fputs(k > 0 ? format->between : "\n", stdout);
		print_row(
			&(struct row){ text, names[d->person[i]], names[n_people + d->site[i]],
				{ d->used_sec[i], d->opens[i], d->down_bytes[i], d->up_bytes[i] } },
			format, line);
	}
	return 0;
}

static const char *const kinds[REPORT_PASS_KINDS] = { [REPORT_PASS] = "pass",
	[REPORT_OPEN] = "open",
	[REPORT_GRANT] = "grant",
	[REPORT_FOCUS] = "focus" };

static int print_json_passes(const struct report *r)
{
	char start[PRINT_TEXT_MAX];

	fputs("\n], \"passes\": [", stdout);
	for (size_t i = 0; i < r->n_passes; i++) {
		const struct report_pass *p = &r->passes[i];
		json_t *pass = json_pack("{s:s, s:s, s:s, s:s?, s:o, s:s?}", "start",
			print_instant(p->start_usec, start), "person", p->person, "kind",
			kinds[p->kind], "site", *p->target ? p->target : NULL, "span_sec",
			p->span_sec >= 0 ? json_integer(p->span_sec) : json_null(), "reason",
			*p->reason ? p->reason : NULL);
		int failed = -1;

		fputs(i > 0 ? ",\n  " : "\n  ", stdout);
		if (pass)
			failed = json_dumpf(pass, stdout, 0);
		json_decref(pass);
		if (failed)
			return -ENOMEM;
	}
	return 0;
}

static int print_all(const struct report_view *v, const struct format *format)
{
	static char buffer[BUFFER_BYTES]; /* until the program ends */
	struct row_list l = { 0 };
	char **names;
	int r;

	r = list_rows(v, &l);
	if (r < 0)
		return r;
	names = quote_names(v->report, format->quote);
	r = names ? 0 : -ENOMEM;
	if (r >= 0) {
		setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
		fputs(format->head, stdout);
		r = print_rows(&l, names, format);
		if (r >= 0 && format->print_more)
			r = format->print_more(v->report);
		fputs(format->tail, stdout);
	}
	free_names(names, v->report->n_people + v->report->n_sites);
	free(l.rows);
	return r;
}

int report_print_json(const struct report_view *v)
{
	static const struct format format = { quote_json, "{\"rows\": [", ",\n", "\n]}\n",
		{ "  {\"day\": \"", "\", \"person\": ", ", \"site\": ", ", \"used_sec\": ",
			", \"opens\": ", ", \"bytes_down\": ", ", \"bytes_up\": ", "}" },
		print_json_passes };

	return print_all(v, &format);
}

int report_print_csv(const struct report_view *v)
{
	static const struct format format = { quote_csv,
		"day,person,site,used_sec,opens,bytes_down,bytes_up", "\n", "\n",
		{ "", ",", ",", ",", ",", ",", ",", "" }, NULL };

	return print_all(v, &format);
}

int report_print_passes_csv(const struct report_view *v)
{
	const struct report *r = v->report;

	puts("start,person,kind,site,span_sec,reason");
	for (size_t i = 0; i < r->n_passes; i++) {
		const struct report_pass *p = &r->passes[i];
		_cleanup_free_ char *person = quote_csv(p->person), *site = quote_csv(p->target),
				    *reason = quote_csv(p->reason);
		char start[PRINT_TEXT_MAX];

		if (!person || !site || !reason)
			return -ENOMEM;
		printf("%s,%s,%s,%s,", print_instant(p->start_usec, start), person, kinds[p->kind],
			site);
		if (p->span_sec >= 0)
			printf("%" PRId64, p->span_sec);
		printf(",%s\n", reason);
	}
	return 0;
}
