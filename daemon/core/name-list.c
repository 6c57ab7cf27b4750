/* Which of the kinds a line is shows in its first bytes; a file may mix them. */
#include "core/name-list.h"

#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "core/domain.h"

#define BLANKS " \t\r\n\f\v"

/* A name of two labels at least: a whole top-level domain is a slip. */
static int add_name(const char *text, int (*add)(const char *name, void *userdata), void *userdata)
{
	char name[DOMAIN_TEXT_MAX + 1];

	if (domain_normalize(text, name) < 0 || !strchr(name, '.'))
		return -EINVAL;
	return add(name, userdata);
}

/* ||name^ and nothing behind it but $important; the others mean less than all of a name. */
static int add_rule(char *rule, int (*add)(const char *name, void *userdata), void *userdata)
{
	char *end = strchr(rule, '^');

	if (!end || (end[1] && strcmp(end + 1, "$important") != 0 && strcmp(end + 1, "|") != 0))
		return 0;
	*end = 0;
	return strpbrk(rule, "*/:") || !strchr(rule, '.') ? 0 : add_name(rule, add, userdata);
}

/* Every name behind the address; those without a dot are the machine's own. */
static int add_hosts(char *names, int (*add)(const char *name, void *userdata), void *userdata)
{
	char *state = NULL;
	int r = 0;

	for (char *word = strtok_r(names, BLANKS, &state); word && r >= 0;
		word = strtok_r(NULL, BLANKS, &state))
		if (strchr(word, '.') && strcmp(word, "localhost.localdomain") != 0)
			r = add_name(word, add, userdata);
	return r;
}

static bool is_address(const char *word)
{
	struct address a;

	return address_parse(word, &a) >= 0;
}

/* Ends the text at a comment and at the blanks before it. */
static void cut_comment(char *line)
{
	char *hash = strchr(line, '#');
	size_t n;

	if (hash)
		*hash = 0;
	n = strlen(line);
	while (n > 0 && strchr(BLANKS, line[n - 1]))
		line[--n] = 0;
}

/* Such as example.com##.banner: there is no blank before the #, as there is before a comment. */
static bool is_cosmetic(const char *line)
{
	const char *hash = strchr(line, '#');

	return hash && hash > line && !strchr(BLANKS, hash[-1]) && hash[1] &&
	       strchr("#@?$", hash[1]);
}

/* What a comment says is nobody's rule. */
static bool is_other_rule(const char *line)
{
	const size_t wildcard = strncmp(line, "*.", 2) == 0;

	return *line == '|' || *line == '/' || *line == '@' || *line == '-' || *line == '&' ||
	       strcspn(line + wildcard, "^$*") < strcspn(line + wildcard, "#") || is_cosmetic(line);
}

int name_list_line(const char *line, int (*add)(const char *name, void *userdata), void *userdata)
{
	char text[NAME_LINE_MAX + 1], *rest;
	size_t n;

	if (strncmp(line, "\xef\xbb\xbf", 3) == 0) /* what some editors begin a file with */
		line += 3;
	line += strspn(line, BLANKS);
	n = strlen(line);
	if (!*line || *line == '#' || *line == '!' || *line == '[')
		return 0;
	if (n > NAME_LINE_MAX)
		return is_other_rule(line) ? 0 : -EINVAL;
	memcpy(text, line, n + 1);
	if (strncmp(text, "||", 2) == 0) {
		cut_comment(text);
		return add_rule(text + 2, add, userdata);
	}
	if (is_other_rule(text))
		return 0;
	cut_comment(text);
	rest = text + strcspn(text, BLANKS);
	if (*rest)
		*rest++ = 0;
	if (is_address(text))
		return *rest ? add_hosts(rest, add, userdata) : -EINVAL;
	if (*rest)
		return -EINVAL;
	return add_name(text + (strncmp(text, "*.", 2) == 0 ? 2 : *text == '.'), add, userdata);
}
