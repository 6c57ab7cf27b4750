/* The catalogue: whose host is this, and are the files that we ship whole? */
#include <dirent.h>
#include <limits.h>
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

static int is_conf(const struct dirent *entry)
{
	return strstr(entry->d_name, ".conf") != NULL;
}

static struct config *load_shipped(void)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	struct dirent **files = NULL;
	const int n = scandir("conf/sites", &files, is_conf, alphasort);

	assert_in_range(n, 50, 512);
	assert_int_equal(config_builder_new(&b), 0);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *text = NULL;
		char path[sizeof("conf/sites/") + NAME_MAX];

		snprintf(path, sizeof(path), "conf/sites/%s", files[i]->d_name);
		text = file_text(path);
		if (!text)
			fail_msg("%s can't be read", path);
		add_text(b, path, text);
		free(files[i]);
	}
	free(files);
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

static void test_by_which_suffix(void **state)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
	enum host_kind kind;
	size_t site;

	assert_int_equal(config_builder_new(&b), 0);
	add_text(b, "a.conf", "[site a]\ndomain = a.example\ncdn = media.a.example\n");
	c = finish(b);
	assert_int_equal(catalogue_new(c, &catalogue), 0);
	assert_string_equal(
		catalogue_match(catalogue, "1.media.a.example", &site, &kind), "media.a.example");
	assert_int_equal(kind, HOST_CDN);
	assert_string_equal(catalogue_match(catalogue, "www.a.example", &site, &kind), "a.example");
	assert_null(catalogue_match(catalogue, "example", &site, &kind));
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

	for (size_t i = 0; i < c->n_sites; i++) {
		const struct config_site *s = &c->sites[i];
		_cleanup_free_ char *text = NULL;
		char path[64], head[200];

		snprintf(path, sizeof(path), "conf/sites/%s.conf", s->name);
		text = file_text(path); /* a file holds the site it is named for */
		if (!text)
			fail_msg("%s is missing", path);
		snprintf(head, sizeof(head), "; %s\n", s->title);
		if (strncmp(text, head, strlen(head)) != 0)
			fail_msg("%s: expected its title in the first line", path);
		assert_true(*s->title && *s->category);
		assert_true(s->hosts[HOST_FEED].n > 0);
		if (!strstr(text, "\nsitting = any\n"))
			assert_int_equal(s->meter.needs_media, s->hosts[HOST_CDN].n > 0);
		assert_int_equal(s->rules.given, 0);
		assert_in_range(s->mains.n, 1, 16);
	}
	assert_false(config_enforces(c)); /* a catalogue limits nobody */
}

/* "site = @social" is what people write: the words are few, and the manual page has them all. */
static void test_every_category_is_in_the_manual(void **state)
{
	_cleanup_(config_freep) struct config *c = load_shipped();
	_cleanup_free_ char *page = file_text("conf/focusd.conf.5");
	_cleanup_(strings_done) struct strings words = { 0 };

	assert_non_null(page);
	assert_int_equal(config_categories(c, &words), 0);
	assert_in_range(words.n, 10, 20);
	for (size_t i = 0; i < words.n; i++) {
		char form[100];
		const char *found;

		snprintf(form, sizeof(form), "\n.Cm %s", words.items[i]);
		found = strstr(page, form);
		if (!found || !strchr(" \n", found[strlen(form)]))
			fail_msg("focusd.conf.5 does not tell of the category %s", words.items[i]);
	}
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
		"ajax.googleapis.com", "x.appspot.com", "x.1e100.net", "x.gvt1.com", "x.gvt2.com",
		"x.googletagmanager.com", "x.google-analytics.com", "x.doubleclick.net",
		"x.googlesyndication.com", "x.firebaseio.com", "twitter.map.fastly.net",
		"reddit.map.fastly.net", "x.fastlylb.net", "a1.akamaihd.net", "x.akamaized.net",
		"e1.akamaiedge.net", "x.akamai.net", "x.akadns.net", "x.edgesuite.net",
		"x.edgekey.net", "x.edgecastcdn.net", "d1.cloudfront.net", "cdn.cloudflare.net",
		"x.cloudflare.com", "s3.amazonaws.com", "x.a2z.com", "x.awsstatic.com",
		"x.azureedge.net", "x.azurefd.net", "x.trafficmanager.net", "x.msedge.net",
		"x.llnwd.net", "x.footprint.net", "x.cdn77.org", "x.cdn77.com", "x.jsdelivr.net",
		"unpkg.com", "x.bootstrapcdn.com", "x.b-cdn.net", "x.gcdn.co", "x.hwcdn.net",
		"x.stackpathdns.com", "x.omtrdc.net", "x.demdex.net", "x.zendesk.com",
		"x.mapbox.com", "x.myqcloud.com", "x.alicdn.com", "x.aliyuncs.com",
		"x.alikunlun.com", "x.mmstat.com", "www.taobao.com", "www.alibaba.com",
		"x.imgix.net", "x.shopifycdn.com", "x.wp.com", "x.gravatar.com", "cdn.embedly.com",
		"star.c10r.example", "t.co", "connect.facebook.net", "login.live.com",
		"login.microsoftonline.com", "appleid.apple.com", "accounts.google.com",
		"bytedance.com", "x.byteimg.com", "x.pstatp.com", "x.snssdk.com", "x.ibytedtos.com",
		"x.byteoversea.com", "www.toutiao.com", "www.sina.com.cn", "www.sina.cn",
		"www.sina.com", "mail.ru", "x.mycdn.me", "meta.com", "www.youtube-nocookie.com",
		"x.disqus.com", "x.addthis.com", "x.amazon-adsystem.com", "steamcontent.com" };
	_cleanup_(config_freep) struct config *c = load_shipped();
	_cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
	enum host_kind kind;
	size_t site;

	assert_int_equal(catalogue_new(c, &catalogue), 0);
	for (size_t i = 0; i < ELEMENTSOF(shared); i++)
		if (catalogue_find(catalogue, shared[i], &site, &kind) >= 0)
			fail_msg("%s is listed by %s", shared[i], c->sites[site].name);
}

/* Nobody asks for a name where an alias ends: a row below one of these meters nothing. */
static void test_no_alias_is_listed(void **state)
{
	static const char *const ends[] = { "map.fastly.net", "edgesuite.net", "edgekey.net",
		"akamaiedge.net", "akadns.net", "trafficmanager.net", "cloudfront.net" };
	_cleanup_(config_freep) struct config *c = load_shipped();

	for (size_t s = 0; s < c->n_sites; s++)
		for (int k = 0; k < HOST_KINDS; k++)
			for (size_t i = 0; i < c->sites[s].hosts[k].n; i++)
				for (size_t e = 0; e < ELEMENTSOF(ends); e++)
					if (strstr(c->sites[s].hosts[k].items[i], ends[e]))
						fail_msg("%s: %s", c->sites[s].name,
							c->sites[s].hosts[k].items[i]);
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
		{ "v16-webapp.tiktok.com", "tiktok", HOST_FEED },
		{ "edge-chat.facebook.com", "facebook", HOST_FEED },
		{ "www.messenger.com", "messenger", HOST_FEED },
		{ "web.whatsapp.com", "whatsapp", HOST_FEED },
		{ "mmg.whatsapp.net", "whatsapp", HOST_CDN },
		{ "console.aws.amazon.com", "amazon", HOST_FREE },
		{ "m.media-amazon.com", "amazon", HOST_CDN },
		{ "signin.ebay.de", "ebay", HOST_FREE },
		{ "www.ebay.de", "ebay", HOST_FEED },
		{ "sp.analytics.yahoo.com", "yahoo", HOST_FREE },
		{ "player.vimeo.com", "vimeo", HOST_FREE },
		{ "i.imgur.com", "imgur", HOST_CDN },
		{ "images-ssl.gotinder.com", "tinder", HOST_FEED },
		{ "i.guim.co.uk", "guardian", HOST_CDN },
		{ "store.steampowered.com", "steam", HOST_FEED },
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
		cmocka_unit_test(test_by_which_suffix),
		cmocka_unit_test(test_no_site_at_all),
		cmocka_unit_test(test_what_we_ship_is_whole),
		cmocka_unit_test(test_every_category_is_in_the_manual),
		cmocka_unit_test(test_no_row_is_idle),
		cmocka_unit_test(test_no_alias_is_listed),
		cmocka_unit_test(test_nothing_shared_is_listed),
		cmocka_unit_test(test_who_owns_what),
		cmocka_unit_test(test_every_site_says_where_people_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
