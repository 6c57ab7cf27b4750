/* Samples of one person's traffic with one site in, sittings out: the same meter that the daemon
 * has, over what was recorded by it, or converted from captures and logs (to-samples).
 *
 *     meter-replay [--sites DIR] [--set "KEY = VALUE"] [--check] FILE...
 *
 * A file is lines of text, "#" begins a comment:
 *
 *     site instagram            whose parameters hold (DIR/instagram.conf; without one the
 * defaults) expect 123 s 2 opens      what --check compares with, to the second FROM TO FEED-DOWN
 * FEED-UP MEDIA-DOWN MEDIA-UP [away] end TIME                  silence until then
 *
 * Times in seconds of any clock that does not stop, samples in their order; what lies between two
 * samples was silent. */
#include <getopt.h>
#include <math.h>
#include <string.h>

#include "../file-text.h"
#include "base/cleanup.h"
#include "core/meter.h"

#define SITE_NAME_MAX  64
#define SETTINGS_MAX   16
#define EXPECT_OFF_SEC 1 /* --check: rounding */

struct replay {
	const char *path;
	unsigned line;
	const char *sites_dir;
	const char *settings[SETTINGS_MAX];
	size_t n_settings;

	char site[SITE_NAME_MAX];
	struct meter_parameters parameters;
	bool has_parameters;
	struct meter meter;
	usec_t now_usec;
	bool moved; /* in the last sample: the daemon looks again a second later */

	bool quiet; /* only the sum is wanted */
	bool expects;
	double expected_sec;
	unsigned expected_opens;
	usec_t used_usec, sitting_used_usec;
	usec_t sitting_from_usec, sitting_to_usec;
	unsigned opens;
};

static int complain(const struct replay *r, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", r->path, r->line, what);
	return -EINVAL;
}

/* The site's own file, then what the command line sets; a site that is in no catalogue has hosts of
 * both kinds. */
static int read_parameters(struct replay *r)
{
	static const char *const hosts = "domain = feed.example\ncdn = media.example\n";
	_cleanup_free_ char *path = NULL, *catalogue = NULL, *text = NULL, *error = NULL;
	struct config_builder *b = NULL;
	struct config *c = NULL;
	int k;

	if (asprintf(&path, "%s/%s.conf", r->sites_dir, r->site) < 0)
		return -ENOMEM;
	catalogue = file_text(path);
	if (asprintf(&text, "[site %s]\n%s", r->site, catalogue ? "" : hosts) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_settings; i++) {
		char *longer = NULL;

		if (asprintf(&longer, "%s%s\n", text, r->settings[i]) < 0)
			return -ENOMEM;
		free(text);
		text = longer;
	}
	k = config_builder_new(&b);
	if (k >= 0 && catalogue)
		k = config_builder_catalogue(b, path, catalogue, &error);
	if (k >= 0)
		k = config_builder_text(b, "--set", text, &error);
	if (k >= 0)
		k = config_builder_finish(b, &c, &error);
	if (k >= 0)
		r->parameters = c->sites[config_find_site(c, r->site)].meter;
	else
		fprintf(stderr, "%s\n", error ? error : strerror(-k));
	r->has_parameters = true;
	config_free(c);
	config_builder_free(b);
	return k;
}

static void end_sitting(struct replay *r)
{
	if (r->sitting_used_usec > 0 && !r->quiet)
		printf("%10.1f to %10.1f  %8.1f s\n", (double)r->sitting_from_usec / USEC_PER_SEC,
			(double)r->sitting_to_usec / USEC_PER_SEC,
			(double)r->sitting_used_usec / USEC_PER_SEC);
	r->sitting_used_usec = 0;
}

static int feed(struct replay *r, const struct meter_sample *s)
{
	struct meter_credit credits[METER_CREDITS_MAX];
	const int n = meter_feed(&r->meter, &r->parameters, s, credits);

	if (n < 0)
		return complain(r, "time goes back here");
	for (int i = 0; i < n; i++) {
		if (credits[i].opens || r->sitting_used_usec == 0) {
			end_sitting(r);
			r->sitting_from_usec = credits[i].from_usec;
		}
		r->opens += credits[i].opens;
		r->sitting_to_usec = credits[i].to_usec;
		r->sitting_used_usec += credits[i].to_usec - credits[i].from_usec;
		r->used_usec += credits[i].to_usec - credits[i].from_usec;
	}
	r->now_usec = s->to_usec;
	return 0;
}

/* Nothing moved until then; the tail and the bridge run out in their own time. */
static int feed_silence(struct replay *r, usec_t until_usec)
{
	struct meter_sample s = { .from_usec = r->now_usec, .to_usec = until_usec };
	int k = 0;

	if (r->now_usec == 0)
		r->now_usec = until_usec;
	while (k >= 0 && r->now_usec < until_usec) {
		const usec_t next = meter_next(&r->meter, &r->parameters, r->now_usec);

		s.from_usec = r->now_usec;
		s.to_usec = next < until_usec ? next : until_usec;
		if (r->moved && s.to_usec > s.from_usec + USEC_PER_SEC)
			s.to_usec = s.from_usec + USEC_PER_SEC;
		r->moved = false;
		k = feed(r, &s);
	}
	return k;
}

static usec_t to_usec(double sec)
{
	return sec > 0 ? (usec_t)llround(sec * (double)USEC_PER_SEC) : 0;
}

static int read_sample(struct replay *r, const char *line)
{
	struct meter_sample s = { 0 };
	double from, to;
	int end = 0, k;

	if (sscanf(line, "%lf %lf %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %n", &from, &to,
		    &s.feed_down_bytes, &s.feed_up_bytes, &s.media_down_bytes, &s.media_up_bytes,
		    &end) != 6 ||
		end == 0)
		return complain(r, "expected: FROM TO FEED-DOWN FEED-UP MEDIA-DOWN MEDIA-UP");
	s.away = strcmp(line + end, "away") == 0;
	if (line[end] && !s.away)
		return complain(r, "expected nothing more, or: away");
	s.from_usec = to_usec(from);
	s.to_usec = to_usec(to);
	k = r->has_parameters ? 0 : read_parameters(r);
	if (k >= 0)
		k = feed_silence(r, s.from_usec);
	r->moved = true;
	return k < 0 ? k : feed(r, &s);
}

static int read_line(struct replay *r, char *line)
{
	double sec;

	line[strcspn(line, "#\r\n")] = 0;
	for (size_t n = strlen(line); n > 0 && line[n - 1] == ' '; n--)
		line[n - 1] = 0;
	if (!*line)
		return 0;
	if (sscanf(line, "site %63s", r->site) == 1)
		return 0;
	if (sscanf(line, "expect %lf s %u opens", &r->expected_sec, &r->expected_opens) == 2) {
		r->expects = true;
		return 0;
	}
	if (sscanf(line, "end %lf", &sec) == 1)
		return r->has_parameters ? feed_silence(r, to_usec(sec)) : 0;
	return read_sample(r, line);
}

static int read_file(struct replay *r)
{
	_cleanup_fclose_ FILE *f = fopen(r->path, "r");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int k = 0;

	if (!f) {
		fprintf(stderr, "%s: %m\n", r->path);
		return -errno;
	}
	while (k >= 0 && getline(&line, &size, f) >= 0) {
		r->line++;
		k = read_line(r, line);
	}
	end_sitting(r);
	return k;
}

static int check(const struct replay *r)
{
	const double used_sec = (double)r->used_usec / USEC_PER_SEC;

	if (!r->expects) {
		fprintf(stderr, "%s: has no line \"expect SECONDS s OPENS opens\"\n", r->path);
		return -EINVAL;
	}
	if (fabs(used_sec - r->expected_sec) <= EXPECT_OFF_SEC && r->opens == r->expected_opens)
		return 0;
	fprintf(stderr, "%s: %.1f s, %u opens; expected %.1f s, %u opens\n", r->path, used_sec,
		r->opens, r->expected_sec, r->expected_opens);
	return -EINVAL;
}

static int replay(struct replay r, bool checking)
{
	int k;

	r.quiet = checking;
	k = read_file(&r);
	if (k < 0)
		return k;
	printf("%s: %.1f s, %u opens\n", r.path, (double)r.used_usec / USEC_PER_SEC, r.opens);
	return checking ? check(&r) : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "sites", required_argument, NULL, 'd' },
		{ "set", required_argument, NULL, 's' }, { "check", no_argument, NULL, 'c' },
		{ 0 } };
	struct replay r = { .sites_dir = "conf/sites", .site = "unknown" };
	bool checking = false;
	int option, failed = 0;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'd')
			r.sites_dir = optarg;
		else if (option == 's' && r.n_settings < SETTINGS_MAX)
			r.settings[r.n_settings++] = optarg;
		else if (option == 'c')
			checking = true;
		else
			return 2;
	}
	if (optind == argc) {
		fprintf(stderr, "usage: meter-replay [--sites DIR] [--set \"KEY = VALUE\"] "
				"[--check] FILE...\n");
		return 2;
	}
	for (; optind < argc; optind++) {
		r.path = argv[optind];
		failed += replay(r, checking) < 0;
	}
	return failed > 0;
}
