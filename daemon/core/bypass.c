/* Firefox, Apple's private relay, and discovery of encrypted resolvers (RFC 9462: nothing there).
 */
#include "core/bypass.h"

#include <string.h>

#include "base/cleanup.h"

static const struct bypass_name names[] = {
	{ "use-application-dns.net", DNS_NXDOMAIN },
	{ "mask.icloud.com", DNS_NXDOMAIN },
	{ "mask-h2.icloud.com", DNS_NXDOMAIN },
	{ "_dns.resolver.arpa", DNS_NOERROR },
};

const struct bypass_name *bypass_names(size_t *ret_n)
{
	*ret_n = ELEMENTSOF(names);
	return names;
}

const struct bypass_name *bypass_find(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

bool bypass_covers(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (domain_is_under(name, names[i].name))
			return true;
	return false;
}
