/* Text forms of names only: wire forms belong to dns-message. */
#include "core/domain.h"

#include <errno.h>
#include <string.h>

static bool is_host_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

int domain_normalize(const char *text, char ret[DOMAIN_TEXT_MAX + 1])
{
	size_t n = strlen(text), label = 0;

	if (n > 0 && text[n - 1] == '.')
		n--;
	if (n == 0 || n > DOMAIN_TEXT_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		label = c == '.' ? 0 : label + 1;
		if ((c == '.' && (i == 0 || text[i - 1] == '.')) || label > DOMAIN_LABEL_MAX)
			return -EINVAL;
		if (c != '.' && !is_host_character(c))
			return -EINVAL;
	}
	if (text[n - 1] == '.')
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		ret[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
	ret[n] = '\0';
	return 0;
}

bool domain_is_under(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	if (m > n || strcmp(name + n - m, suffix) != 0)
		return false;
	return m == n || name[n - m - 1] == '.';
}

const char *domain_parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : NULL;
}
