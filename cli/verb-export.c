/* export: what is known, for other programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "dates.h"
#include "export.h"
#include "http.h"
#include "language.h"
#include "output.h"
#include "verbs.h"

#define HOSTNAME_MAX 64 /* HOST_NAME_MAX of Linux */

static enum exit_code fail(const char *where, int r)
{
	fprintf(stderr, "focusctl: %s: %s\n", where, strerror(-r));
	return EXIT_FAILED;
}

static enum exit_code write_prometheus(const struct invocation *i, FILE *f)
{
	_cleanup_(status_done) struct status s = { 0 };
	_cleanup_free_ char *version = NULL;
	struct client_error error;

	if (status_get(i->client, i->person, &s, &error) < 0 ||
		client_version(i->client, &version, &error) < 0)
		return verbs_fail(&error);
	export_prometheus(f, &s, version);
	return EXIT_DONE;
}

static enum exit_code read_sittings(const struct invocation *i,
	int (*visit)(const struct sitting *s, void *userdata), void *userdata)
{
	_cleanup_(status_done) struct status status = { 0 };
	char since[DATES_DAY_MAX] = "", until[DATES_DAY_MAX] = "";
	const struct sittings_request request = { i->person, since, until };
	struct client_error error;
	const char *wrong = NULL;
	int r;

	if (status_get(i->client, i->person, &status, &error) < 0)
		return verbs_fail(&error);
	if (i->since && dates_day(i->since, status.day, since) < 0)
		wrong = i->since;
	if (i->until && dates_day(i->until, status.day, until) < 0)
		wrong = i->until;
	if (wrong) {
		return verbs_expect_day(wrong);
	}
	r = sittings_read(i->client, &request, visit, userdata, &error);
	if (r < 0 && *error.text)
		return verbs_fail(&error);
	return r < 0 ? fail(_("the sittings"), r) : EXIT_DONE;
}

static enum exit_code write_csv(const struct invocation *i, FILE *f)
{
	export_csv_head(f);
	return read_sittings(i, export_csv_add, f);
}

static void activitywatch_freep(struct activitywatch **a)
{
	activitywatch_free(*a);
}

static enum exit_code write_activitywatch(const struct invocation *i, FILE *f)
{
	_cleanup_(activitywatch_freep) struct activitywatch *a = NULL;
	_cleanup_free_ char *version = NULL;
	char hostname[HOSTNAME_MAX + 1] = "";
	struct client_error error;
	enum exit_code code;
	int r;

	if (client_version(i->client, &version, &error) < 0)
		return verbs_fail(&error);
	if (gethostname(hostname, sizeof(hostname) - 1) < 0)
		return fail(_("the machine's name"), -errno);
	r = activitywatch_new(hostname, version, &a);
	if (r < 0)
		return fail("export", r);
	code = read_sittings(i, activitywatch_add, a);
	if (code != EXIT_DONE)
		return code;
	r = activitywatch_write(a, f);
	return r < 0 ? fail("export", r) : EXIT_DONE;
}

static const struct format {
	const char *name;
	enum exit_code (*write)(const struct invocation *i, FILE *f);
	unsigned options; /* of those that not every format takes */
	mode_t mode;      /* of a file: where people were is their own */
} formats[] = {
	{ "prometheus", write_prometheus, OPTION_HTTP, 0644 }, /* a collector reads it */
	{ "activitywatch", write_activitywatch, OPTION_SINCE | OPTION_UNTIL, 0600 },
	{ "csv", write_csv, OPTION_SINCE | OPTION_UNTIL, 0600 },
};

/* Answers one request on the standard input. The whole answer is known before it begins: a daemon
 * that does not run is a status, not half a page. */
static enum exit_code serve(const struct invocation *i)
{
	char text[HTTP_REQUEST_BYTES + 1];
	struct http_request request = { .status = 400 };
	_cleanup_free_ char *body = NULL;
	size_t n = 0;
	FILE *f;
	int r;

	r = http_read(STDIN_FILENO, text);
	if (r == -ENODATA || r == -ETIMEDOUT)
		return EXIT_DONE; /* nobody is there to be answered */
	if (r >= 0)
		request = http_parse(text);
	f = text_open(&body, &n);
	if (!f)
		return fail("export", -ENOMEM);
	if (request.status == 200 && write_prometheus(i, f) != EXIT_DONE)
		request.status = 503;
	r = text_close(f, &body);
	if (r < 0)
		return fail("export", r);
	http_reply(stdout, request, body, n);
	return EXIT_DONE;
}

static enum exit_code write_format(const struct invocation *i, const struct format *format)
{
	_cleanup_(output_done) struct output o = { 0 };
	enum exit_code code;
	int r;

	r = output_open(i->file, &o);
	if (r < 0)
		return fail(i->file, r);
	o.mode = format->mode;
	code = format->write(i, o.file);
	if (code != EXIT_DONE)
		return code;
	r = output_commit(&o);
	return r < 0 ? fail(i->file ? i->file : "export", r) : EXIT_DONE;
}

enum exit_code verb_export(const struct invocation *i)
{
	const unsigned special = OPTION_HTTP | OPTION_SINCE | OPTION_UNTIL;

	for (size_t k = 0; k < ELEMENTSOF(formats); k++) {
		if (strcmp(formats[k].name, i->arguments[0]) != 0)
			continue;
		if ((i->given & special & ~formats[k].options) || (i->http && i->file)) {
			fprintf(stderr,
				_("focusctl: expected --since and --until with activitywatch and "
				  "csv, --http with prometheus alone and without --file\n"));
			return EXIT_USAGE;
		}
		return i->http ? serve(i) : write_format(i, &formats[k]);
	}
	fprintf(stderr, _("focusctl: %s: expected prometheus, activitywatch or csv\n"),
		i->arguments[0]);
	return EXIT_USAGE;
}
