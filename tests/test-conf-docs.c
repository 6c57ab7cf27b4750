/* A default stands once: the table of keys, the installed focusd.conf and the page focusd.conf(5)
 * must tell the same story. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/config-internal.h"
#include "file-text.h"
#include "names.h"

#define CONF "conf/focusd.conf"
#define PAGE "conf/focusd.conf.5"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

static char *must_read(const char *path)
{
	char *text = file_text(path);

	if (!text)
		fail_msg("%s can't be read", path);
	return text;
}

static void test_every_key_has_its_line(void **state)
{
	_cleanup_free_ char *conf = must_read(CONF), *page = must_read(PAGE);
	size_t n;
	const struct config_key *keys = config_keys(&n);

	for (size_t i = 0; i < n; i++) {
		const char *fallback = keys[i].fallback;
		char line[128], item[128];

		/* behind a default there is a blank, then a comment or the line's end */
		snprintf(line, sizeof(line), "\n;%s = %s%s", keys[i].name, fallback ? fallback : "",
			fallback ? " " : "");
		if (fallback && !strstr(conf, line))
			line[strlen(line) - 1] = '\n';
		if (!strstr(conf, line))
			fail_msg(CONF " has no line%s", line);
		if (fallback)
			snprintf(item, sizeof(item), "\n.It Ic %s No = %s\n", keys[i].name,
				fallback);
		else
			snprintf(item, sizeof(item), "\n.It Ic %s\n", keys[i].name);
		if (!strstr(page, item))
			fail_msg(PAGE " has no%s", item);
	}
}

static bool is_key(const char *name, size_t length)
{
	size_t n;
	const struct config_key *keys = config_keys(&n);

	for (size_t i = 0; i < n; i++)
		if (strlen(keys[i].name) == length && strncmp(keys[i].name, name, length) == 0)
			return true;
	return false;
}

/* The other way round: ";key = …" in the file, ".It Ic key" in the page. */
static void test_no_line_without_a_key(void **state)
{
	_cleanup_free_ char *conf = must_read(CONF), *page = must_read(PAGE);
	size_t found = 0;

	for (const char *p = conf; (p = strstr(p, "\n;")); p += 2) {
		const size_t n = strspn(p + 2, "abcdefghijklmnopqrstuvwxyz-0123456789");

		if (n == 0 || strncmp(p + 2 + n, " = ", 3) != 0)
			continue;
		found++;
		if (!is_key(p + 2, n))
			fail_msg(CONF " tells of %.*s, which is no key", (int)n, p + 2);
	}
	assert_true(found > 20);
	found = 0;
	for (const char *p = page; (p = strstr(p, "\n.It ")); p++) {
		const char *name = p + strlen("\n.It Ic ");
		const size_t n = strcspn(name, " \n");

		found++;
		if (strncmp(p, "\n.It Ic ", strlen("\n.It Ic ")) != 0 || !is_key(name, n))
			fail_msg(PAGE " tells of %.*s, which is no key", (int)n, name);
	}
	assert_true(found > 20);
}

/* Takes the ; before every key and section away that stands there as default or example. */
static void uncomment(char *text, const char *but_not)
{
	for (char *p = text; *p; p = strchr(p, '\n') + 1)
		if (*p == ';' && p[1] != ' ' && p[1] != '\n' &&
			strncmp(p + 1, but_not, strlen(but_not)) != 0)
			*p = ' ';
}

static struct config *parse(const char *text)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	struct config *c = NULL;
	char *error = NULL;
	int r;

	assert_int_equal(config_builder_new(&b), 0);
	r = config_builder_catalogue(b, "catalogue",
		"[site instagram]\ndomain = instagram.example\n"
		"[site tiktok]\ndomain = tiktok.example\n"
		"[site youtube]\ncategory = video\ndomain = youtube.example\n"
		"[site paper]\ncategory = news\ndomain = paper.example\n"
		"[site shop]\ncategory = shopping\ndomain = shop.example\n",
		&error);
	if (r >= 0)
		r = config_builder_text(b, CONF, text, &error);
	if (r >= 0)
		r = config_builder_finish(b, &c, &error);
	if (r < 0)
		fail_msg("%s", error ? error : "?");
	return c;
}

static void test_the_installed_file_changes_nothing(void **state)
{
	_cleanup_free_ char *conf = must_read(CONF);
	_cleanup_(config_freep) struct config *c = parse(conf);

	assert_int_equal(c->n_sites, 5); /* the catalogue's */
	assert_int_equal(c->n_groups + c->n_persons, 0);
	assert_int_equal(c->listens.n, 2);
	assert_false(config_enforces(c));
}

static void test_its_examples_work(void **state)
{
	_cleanup_free_ char *conf = must_read(CONF);
	_cleanup_(config_freep) struct config *c = NULL;
	const struct config_site *s;

	uncomment(conf, "listen");
	c = parse(conf);
	assert_true(config_enforces(c));
	s = &c->sites[config_find_site(c, "example")];
	assert_int_equal(s->rules.open.n, 1);
	assert_true(s->meter.needs_media);
	assert_int_equal(c->n_groups, 2);
	assert_int_equal(config_rules(c, "anna", false, (size_t)config_find_site(c, "instagram"))
				 .limit_sec[LIMIT_DAY],
		15 * SEC_PER_MIN);
}

/* What stands between the n-th .Bd and its .Ed. */
static struct config *parse_example(int n)
{
	_cleanup_free_ char *page = must_read(PAGE);
	char *start = page, *end;

	for (int i = 0; i <= n; i++) {
		start = strstr(start + 1, "\n.Bd ");
		assert_non_null(start);
	}
	end = strstr(start, "\n.Ed\n");
	assert_non_null(end);
	end[1] = 0;
	return parse(strchr(start + 1, '\n'));
}

static void test_the_page_s_examples_work(void **state)
{
	_cleanup_(config_freep) struct config *one = parse_example(0), *two = parse_example(1);

	assert_int_equal(one->groups[0].n_sites, 3);
	assert_int_equal(one->groups[0].rules.limit_sec[LIMIT_DAY], SEC_PER_HOUR);
	assert_int_equal(two->groups[0].n_sites, 2); /* of @news and @shopping */
	assert_int_equal(two->groups[0].rules.open.n, 1);
	assert_int_equal(two->groups[1].n_sites, 1);
}

/* focusctl checks what it sends by names.h, which core/ does not see. */
static void test_both_sides_keep_the_same_limits(void **state)
{
	assert_int_equal(CONFIG_SITE_NAME_MAX, FOCUSD_SITE_NAME_MAX);
	assert_int_equal(CONFIG_PERSON_NAME_MAX, FOCUSD_PERSON_NAME_MAX);
	assert_int_equal(CONFIG_LIMIT_SEC_MAX, FOCUSD_LIMIT_SEC_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_has_its_line),
		cmocka_unit_test(test_no_line_without_a_key),
		cmocka_unit_test(test_the_installed_file_changes_nothing),
		cmocka_unit_test(test_its_examples_work),
		cmocka_unit_test(test_the_page_s_examples_work),
		cmocka_unit_test(test_both_sides_keep_the_same_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
