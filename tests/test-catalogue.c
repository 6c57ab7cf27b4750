/* The catalogue: whose host is this, and are the files that we ship whole? */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/catalogue.h"
#include "core/domain.h"
#include "file-text.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);
DEFINE_CLEANUP(struct catalogue *, catalogue_free);

static const char *const shipped[] = { "bluesky", "facebook", "instagram", "linkedin", "mastodon",
	"pinterest", "reddit", "snapchat", "threads", "tiktok", "tumblr", "twitch", "x",
	"youtube" };

static void add_text(struct config_builder *b, const char *path, const char *text)
{
	char *error = NULL;

	if (config_builder_catalogue(b, path, text, &error) < 0)
		fail_msg("%s", error ? error : path);
}

static struct config *finish(struct config_builder *b)
{
	struct config *c = NULL;
	char *error = NULL;

	if (config_builder_finish(b, &c, &error) < 0)
		fail_msg("%s", error ? error : "?");
	return c;
}

static struct config *load_shipped(void)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;

	assert_int_equal(config_builder_new(&b), 0);
	for (size_t i = 0; i < ELEMENTSOF(shipped); i++) {
		_cleanup_free_ char *text = NULL;
		char path[64];

		snprintf(path, sizeof(path), "conf/sites/%s.conf", shipped[i]);
		text = file_text(path);
		if (!text)
			fail_msg("%s is missing", path);
		add_text(b, path, text);
	}
	return finish(b);
}

static void test_the_longest_name_wins(void **state)
{
	static const struct {
		const char *name;
		int r;
		size_t site;
		enum host_kind kind;
	} rows[] = {
		{ "a.example", 0, 0, HOST_FEED },
		{ "www.a.example", 0, 0, HOST_FEED },
		{ "deep.www.a.example", 0, 0, HOST_FEED },
		{ "media.a.example", 0, 0, HOST_CDN },
		{ "1.media.a.example", 0, 0, HOST_CDN },
		{ "help.a.example", 0, 0, HOST_FREE },
		{ "b.a.example", 0, 1, HOST_FEED }, /* another site's, below the first's */
		{ "x.b.a.example", 0, 1, HOST_FEED },
		{ "xa.example", -ENOENT, 0, HOST_FEED }, /* by label, not by letter */
		{ "example", -ENOENT, 0, HOST_FEED },
		{ "a.example.net", -ENOENT, 0, HOST_FEED },
		{ "", -ENOENT, 0, HOST_FEED },
	};
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;

	assert_int_equal(config_builder_new(&b), 0);
	add_text(b, "a.conf",
		"[site a]\ndomain = a.example\ncdn = media.a.example\nfree = help.a.example\n"
		"[site b]\ndomain = b.a.example\n");
	c = finish(b);
	assert_int_equal(catalogue_new(c, &catalogue), 0);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		enum host_kind kind = HOST_KINDS;
		size_t site = 99;

		assert_int_equal(catalogue_find(catalogue, rows[i].name, &site, &kind), rows[i].r);
		if (rows[i].r < 0) {
			assert_int_equal(site, 99);
			continue;
		}
		assert_int_equal(site, rows[i].site);
		assert_int_equal(kind, rows[i].kind);
	}
}

static void test_no_site_at_all(void **state)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
	enum host_kind kind;
	size_t site;

	assert_int_equal(config_builder_new(&b), 0);
	c = finish(b);
	assert_int_equal(catalogue_new(c, &catalogue), 0);
	assert_int_equal(catalogue_find(catalogue, "a.example", &site, &kind), -ENOENT);
}

static void test_what_we_ship_is_whole(void **state)
{
	_cleanup_(config_freep) struct config *c = load_shipped();

	assert_int_equal(c->n_sites, ELEMENTSOF(shipped));
	for (size_t i = 0; i < c->n_sites; i++) {
		const struct config_site *s = &c->sites[i];

		assert_string_equal(
			s->name, shipped[i]); /* a file holds the site it is named for */
		assert_true(*s->title && *s->category);
		assert_true(s->hosts[HOST_FEED].n > 0);
		assert_int_equal(s->meter.needs_media, s->hosts[HOST_CDN].n > 0);
		assert_int_equal(s->rules.given, 0);
		assert_in_range(s->mains.n, 1, 16);
	}
	assert_false(config_enforces(c)); /* a catalogue limits nobody */
}

/* Lists grow by copying: a row that its parent covers already says nothing and hides mistakes. */
static void test_no_row_is_idle(void **state)
{
	_cleanup_(config_freep) struct config *c = load_shipped();
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;

	assert_int_equal(catalogue_new(c, &catalogue), 0);
	for (size_t s = 0; s < c->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			for (size_t i = 0; i < c->sites[s].hosts[k].n; i++) {
				const char *host = c->sites[s].hosts[k].items[i];
				enum host_kind kind = HOST_FREE; /* where nobody lists it: free */
				size_t site = s;

				(void)catalogue_find(catalogue, domain_parent(host), &site, &kind);
				if (site == s && (int)kind == k)
					fail_msg("%s: %s is said already by what is above it",
						c->sites[s].name, host);
			}
}

/* Infrastructure that many share, and where names end that nobody asks for (CNAMEs). */
static void test_nothing_shared_is_listed(void **state)
{
	static const char *const shared[] = { "google.com", "www.google.com", "fonts.gstatic.com",
		"youtube.l.google.com", "lh3.googleusercontent.com", "yt4.ggpht.com",
		"ajax.googleapis.com", "twitter.map.fastly.net", "reddit.map.fastly.net",
		"a1.akamaihd.net", "e1.akamaiedge.net", "d1.cloudfront.net", "cdn.cloudflare.net",
		"s3.amazonaws.com", "star.c10r.example", "t.co", "connect.facebook.net",
		"login.live.com", "bytedance.com", "meta.com", "www.youtube-nocookie.com" };
	_cleanup_(config_freep) struct config *c = load_shipped();
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
	enum host_kind kind;
	size_t site;

	assert_int_equal(catalogue_new(c, &catalogue), 0);
	for (size_t i = 0; i < ELEMENTSOF(shared); i++)
		if (catalogue_find(catalogue, shared[i], &site, &kind) >= 0)
			fail_msg("%s is listed by %s", shared[i], c->sites[site].name);
}

static void test_who_owns_what(void **state)
{
	static const struct {
		const char *host, *site;
		enum host_kind kind;
	} rows[] = {
		{ "www.facebook.com", "facebook", HOST_FEED },
		{ "scontent-fra3-1.xx.fbcdn.net", "facebook", HOST_CDN },
		{ "business.facebook.com", "facebook", HOST_FREE },
		{ "l.facebook.com", "facebook", HOST_FREE },
		{ "www.instagram.com", "instagram", HOST_FEED },
		{ "i.instagram.com", "instagram", HOST_FEED },
		{ "scontent.cdninstagram.com", "instagram", HOST_CDN },
		{ "www.threads.net", "threads", HOST_FEED },
		{ "www.tiktok.com", "tiktok", HOST_FEED },
		{ "v16-webapp.tiktokcdn.com", "tiktok", HOST_CDN },
		{ "www.youtube.com", "youtube", HOST_FEED },
		{ "rr3---sn-abc.googlevideo.com", "youtube", HOST_CDN },
		{ "i.ytimg.com", "youtube", HOST_CDN },
		{ "accounts.youtube.com", "youtube", HOST_FREE },
		{ "x.com", "x", HOST_FEED },
		{ "pbs.twimg.com", "x", HOST_CDN },
		{ "platform.twitter.com", "x", HOST_FREE },
		{ "old.reddit.com", "reddit", HOST_FEED },
		{ "i.redd.it", "reddit", HOST_CDN },
		{ "www.linkedin.com", "linkedin", HOST_FEED },
		{ "media.licdn.com", "linkedin", HOST_CDN },
		{ "www.pinterest.com", "pinterest", HOST_FEED },
		{ "i.pinimg.com", "pinterest", HOST_CDN },
		{ "www.snapchat.com", "snapchat", HOST_FEED },
		{ "www.twitch.tv", "twitch", HOST_FEED },
		{ "video-edge.fra02.ttvnw.net", "twitch", HOST_CDN },
		{ "www.tumblr.com", "tumblr", HOST_FEED },
		{ "64.media.tumblr.com", "tumblr", HOST_CDN },
		{ "bsky.app", "bluesky", HOST_FEED },
		{ "cdn.bsky.app", "bluesky", HOST_CDN },
		{ "mastodon.social", "mastodon", HOST_FEED },
	};
	_cleanup_(config_freep) struct config *c = load_shipped();
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
	enum host_kind kind;
	size_t site;

	assert_int_equal(catalogue_new(c, &catalogue), 0);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		if (catalogue_find(catalogue, rows[i].host, &site, &kind) < 0)
			fail_msg("%s is nobody's", rows[i].host);
		assert_string_equal(c->sites[site].name, rows[i].site);
		assert_int_equal(kind, rows[i].kind);
	}
}

/* Where people begin: every file says it, of hosts that are metered, and of both kinds, or no
 * sitting could begin by /etc/hosts alone. */
static void test_every_site_says_where_people_begin(void **state)
{
	_cleanup_(config_freep) struct config *c = load_shipped();
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;

	assert_int_equal(catalogue_new(c, &catalogue), 0);
	for (size_t s = 0; s < c->n_sites; s++) {
		_cleanup_free_ char *text = NULL;
		bool seen[HOST_KINDS] = { false };
		char path[64], line[300];
		size_t site, lines = 0;
		enum host_kind kind;

		snprintf(path, sizeof(path), "conf/sites/%s.conf", c->sites[s].name);
		text = file_text(path);
		assert_non_null(text);
		for (size_t i = 0; i < c->sites[s].mains.n; i++) {
			const char *name = c->sites[s].mains.items[i];

			snprintf(line, sizeof(line), "\nmain = %s\n", name);
			if (!strstr(text, line))
				fail_msg("%s: %s is only a guess", path, name);
			assert_int_equal(catalogue_find(catalogue, name, &site, &kind), 0);
			assert_int_equal(site, s);
			seen[kind] = true;
		}
		for (const char *p = text; (p = strstr(p, "\nmain = ")); p++)
			lines++;
		if (lines != c->sites[s].mains.n)
			fail_msg("%s: a main = that is not metered, or twice", path);
		if (!seen[HOST_FEED] || (c->sites[s].meter.needs_media && !seen[HOST_CDN]))
			fail_msg("%s: one kind of host has no main =", path);
		assert_false(seen[HOST_FREE]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_longest_name_wins),
		cmocka_unit_test(test_no_site_at_all),
		cmocka_unit_test(test_what_we_ship_is_whole),
		cmocka_unit_test(test_no_row_is_idle),
		cmocka_unit_test(test_nothing_shared_is_listed),
		cmocka_unit_test(test_who_owns_what),
		cmocka_unit_test(test_every_site_says_where_people_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
