/* A list of findings: filled, counted, shown. It looks at nothing itself. */
#include "doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "language.h"
#include "names.h"

static const char *const words[] = {
	[DOCTOR_OK] = FOCUSD_LEVEL_OK,
	[DOCTOR_WARNING] = FOCUSD_LEVEL_WARNING,
	[DOCTOR_FAILED] = FOCUSD_LEVEL_FAILED,
};

/* For people. */
static const char *const level_words[] = {
	[DOCTOR_OK] = N_("ok"),
	[DOCTOR_WARNING] = N_("warning"),
	[DOCTOR_FAILED] = N_("failed"),
};

static void add_text(
	struct doctor *d, const char *check, enum doctor_level level, char *text, const char *cure)
{
	struct doctor_finding *items = reallocarray(d->items, d->n + 1, sizeof(*items));
	const struct doctor_finding f = { strdup(check), level, text, strdup(cure ? cure : "") };

	if (!items || !f.check || !f.text || !f.cure)
		abort(); /* no memory for a line of text */
	d->items = items;
	d->items[d->n++] = f;
}

void doctor_add(struct doctor *d, const char *check, enum doctor_level level, const char *cure,
	const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	add_text(d, check, level, text, cure);
}

void doctor_done(struct doctor *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->items[i].check);
		free(d->items[i].text);
		free(d->items[i].cure);
	}
	free(d->items);
	*d = (struct doctor){ 0 };
}

size_t doctor_count(const struct doctor *d, enum doctor_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->items[i].level == level;
	return n;
}

static const char *colour_of(enum doctor_level level)
{
	switch (level) {
	case DOCTOR_OK:
		return "\033[32m";
	case DOCTOR_WARNING:
		return "\033[33m";
	case DOCTOR_FAILED:
		return "\033[31m";
	}
	return "";
}

static int widest_check(const struct doctor *d)
{
	size_t widest = 0;

	for (size_t i = 0; i < d->n; i++)
		if (strlen(d->items[i].check) > widest)
			widest = strlen(d->items[i].check);
	return (int)widest;
}

/* text, each of its lines but the first behind `indent` blanks. */
static void print_lines(FILE *f, const char *text, int indent)
{
	while (*text) {
		const size_t n = strcspn(text, "\n");

		fprintf(f, "%.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
		if (*text)
			fprintf(f, "%*s", indent, "");
	}
}

#define LEVEL_COLUMNS 7 /* of the longest */

static void print_sum(const struct doctor *d, FILE *f)
{
	const size_t failed = doctor_count(d, DOCTOR_FAILED);
	const size_t warnings = doctor_count(d, DOCTOR_WARNING);

	fputc('\n', f);
	if (failed > 0)
		fprintf(f, ngettext("%zu failed", "%zu failed", failed), failed);
	if (failed > 0 && warnings > 0)
		fputs(", ", f);
	if (warnings > 0)
		fprintf(f, ngettext("%zu warning", "%zu warnings", warnings), warnings);
	fputs(failed + warnings > 0 ? ".\n" : _("All is well.\n"), f);
}

void doctor_print(const struct doctor *d, struct style style, FILE *f)
{
	const int width = widest_check(d), indent = LEVEL_COLUMNS + 2 + width + 2;
	const char *cure = _("Cure: ");

	for (size_t i = 0; i < d->n; i++) {
		const struct doctor_finding *o = &d->items[i];

		const char *level = translated(level_words[o->level]);

		fprintf(f, "%s%-*s%s  %-*s  ", style.colour ? colour_of(o->level) : "",
			print_field(level, LEVEL_COLUMNS), level, style.colour ? "\033[0m" : "",
			width, o->check);
		print_lines(f, o->text, indent);
		if (*o->cure) {
			fprintf(f, "%*s%s", indent, "", cure);
			print_lines(f, o->cure, indent + print_columns(cure));
		}
	}
	print_sum(d, f);
}

static json_t *finding_json(const struct doctor_finding *o)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "check", o->check, "level", words[o->level],
		"text", o->text, "cure", *o->cure ? json_string(o->cure) : json_null());
}

json_t *doctor_json(const struct doctor *d)
{
	const size_t failed = doctor_count(d, DOCTOR_FAILED);
	const size_t warnings = doctor_count(d, DOCTOR_WARNING);
	json_t *list = json_array();

	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(list, finding_json(&d->items[i]));
	return json_pack("{s:s, s:I, s:I, s:o}", "result",
		words[failed > 0       ? DOCTOR_FAILED
			: warnings > 0 ? DOCTOR_WARNING
				       : DOCTOR_OK],
		"failed", (json_int_t)failed, "warnings", (json_int_t)warnings, "checks", list);
}

/* A newer keeper may know more levels: what is not well by name is a failure. */
static enum doctor_level level_of(const char *word)
{
	for (size_t i = 0; i < ELEMENTSOF(words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum doctor_level)i;
	return DOCTOR_FAILED;
}

static int read_findings(struct doctor *d, sd_bus_message *m)
{
	const char *check, *level, *text, *cure;
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(ssss)");
	while (r >= 0 && (r = sd_bus_message_read(m, "(ssss)", &check, &level, &text, &cure)) > 0)
		doctor_add(d, check, level_of(level), cure, "%s", text);
	return r;
}

int doctor_ask_keeper(struct doctor *d, struct client *client, struct client_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = client_call(client, "Examine", &reply, ret_error, "");
	if (r < 0)
		return r;
	r = read_findings(d, reply);
	if (r < 0) {
		ret_error->kind = CLIENT_FAILED;
		snprintf(ret_error->text, sizeof(ret_error->text),
			_("focusd's answer can't be read: is it of another version?"));
	}
	return r;
}
