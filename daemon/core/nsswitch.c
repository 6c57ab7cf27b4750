/* Like libc: the last line of a database counts, words in brackets are no services. */
#include "core/nsswitch.h"

#include <stddef.h>
#include <string.h>

#define BLANKS " \t\r"

/* Is it "DATABASE:"? Returns what follows. */
static const char *after_database(const char *line, const char *database)
{
	const size_t n = strlen(database);

	line += strspn(line, BLANKS);
	if (strncmp(line, database, n) != 0)
		return NULL;
	line += n;
	line += strspn(line, BLANKS);
	return *line == ':' ? line + 1 : NULL;
}

static bool is_word(const char *at, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(at, word, n) == 0;
}

static bool asks_before_dns(const char *line, const char *service)
{
	bool bracket = false;

	for (size_t n; line += strspn(line, BLANKS), *line && *line != '\n' && *line != '#';
		line += n) {
		if (*line == '[' || *line == ']') {
			bracket = *line == '[';
			n = 1;
			continue;
		}
		n = strcspn(line, BLANKS "\n[]#");
		if (!bracket && is_word(line, n, "dns"))
			return false;
		if (!bracket && is_word(line, n, service))
			return true;
	}
	return false;
}

bool nsswitch_before_dns(const char *text, const char *database, const char *service)
{
	bool found = false;

	while (*text) {
		const char *services = after_database(text, database);

		if (services)
			found = asks_before_dns(services, service);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return found;
}
