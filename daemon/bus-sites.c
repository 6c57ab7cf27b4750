/* Marshals what the catalogue knows of a host name. */
#include "base/cleanup.h"
#include "bus-internal.h"
#include "core/catalogue.h"
#include "core/domain.h"
#include "names.h"

/* As the configuration calls them. */
static const char *kind_name(enum host_kind kind)
{
	switch (kind) {
	case HOST_FEED:
		return "domain";
	case HOST_CDN:
		return "cdn";
	case HOST_FREE:
		return "free";
	case HOST_KINDS:
		break;
	}
	return "";
}

int bus_on_find_host(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct door *door = userdata;
	const struct manager *m = door->manager;
	char host[DOMAIN_TEXT_MAX + 1];
	enum host_kind kind;
	const char *text, *by;
	size_t site;
	int r;

	r = sd_bus_message_read(message, "s", &text);
	if (r < 0)
		return r;
	if (domain_normalize(text, host) < 0)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s: expected a host name such as www.example.com", text);
	by = catalogue_match(manager_catalogue(m), host, &site, &kind);
	return by ? sd_bus_reply_method_return(message, FOCUSD_HOST_SIGNATURE, host,
			    manager_config(m)->sites[site].name, kind_name(kind), by)
		  : sd_bus_reply_method_return(message, FOCUSD_HOST_SIGNATURE, host, "", "", "");
}
