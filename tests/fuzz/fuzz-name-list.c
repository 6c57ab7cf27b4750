/* Any bytes as the lines of a list: every name that comes out is a normal one of two labels, and is
 * found again, in the keeper's list and in the hook's block. */
#include "core/domain.h"
#include "core/hook-table.h"
#include "core/name-list.h"
#include "fuzz.h"

static int take(const char *name, void *userdata)
{
	char normal[DOMAIN_TEXT_MAX + 1];

	must(domain_normalize(name, normal) == 0 && strcmp(name, normal) == 0 && strchr(name, '.'));
	return listed_add(userdata, 0, name);
}

static int look(const char *name, void *userdata)
{
	size_t site;

	must(listed_find(userdata, name, &site) && site == 0);
	return 0;
}

static int look_in_block(const char *name, void *userdata)
{
	must(hook_table_metered(userdata, name, strlen(name)));
	return 0;
}

/* Each line as it stands in a file. */
static void each_line(
	const char *text, int (*add)(const char *name, void *userdata), void *userdata)
{
	while (*text) {
		const size_t n = strcspn(text, "\n");
		char *line = strndup(text, n);

		name_list_line(line, add, userdata);
		free(line);
		text += n + (text[n] == '\n');
	}
}

static void check_block(const char *text, const struct listed *l)
{
	struct hook_setup setup = { 0 };
	uint8_t *bytes = NULL;
	struct hook_table *t;
	size_t size;

	must(prefix_parse("198.19.128.0/17", &setup.lease4) == 0);
	must(prefix_parse("2001:2:0:f000::/52", &setup.lease6) == 0);
	must(hook_table_build(&setup, NULL, 0, &bytes, &size) == 0);
	must(hook_table_add_listed(&bytes, &size, l) == 0);
	must(hook_table_open(bytes, size, &t) == 0);
	each_line(text, look_in_block, t);
	hook_table_close(t);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct name_key key = { { 1 } };
	char *text = calloc(1, n + 1);
	struct listed *l;

	memcpy(text, data, n);
	must(listed_new(1, &key, &l) == 0);
	each_line(text, take, l);
	listed_seal(l);
	each_line(text, look, l);
	check_block(text, l);
	listed_free(l);
	free(text);
	return 0;
}
