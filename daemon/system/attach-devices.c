/* Devices are known by hardware or by address, people are limited or not: sets for each, and a rule
 * a set and family. Behind another router all have its hardware address. */
#include "system/attach-devices.h"

#include "base/cleanup.h"

#define CHAIN "names-of-devices"

static const struct {
	const char *name, *type;
} sets[] = {
	{ "limited-hardware", "ether_addr; flags timeout" },
	{ "limited-from4", "ipv4_addr; flags interval, timeout" },
	{ "limited-from6", "ipv6_addr; flags interval, timeout" },
	{ "observed-hardware", "ether_addr; flags timeout" },
	{ "observed-from4", "ipv4_addr; flags interval, timeout" },
	{ "observed-from6", "ipv6_addr; flags interval, timeout" },
};

void attach_devices_open(FILE *f, const char *table, int timeout_sec)
{
	for (size_t i = 0; i < ELEMENTSOF(sets); i++)
		fprintf(f, "add set inet %s %s { type %s; timeout %ds; }\n", table, sets[i].name,
			sets[i].type, timeout_sec);
	/* before whoever else takes look-ups: those of others still come to them */
	fprintf(f,
		"add chain inet %1$s " CHAIN " { type nat hook prerouting priority -101; }\n"
		"flush chain inet %1$s " CHAIN "\n",
		table);
	attach_devices_flush(f, table);
}

void attach_devices_close(FILE *f, const char *table)
{
	fprintf(f,
		"flush chain inet %1$s " CHAIN "\n"
		"delete chain inet %1$s " CHAIN "\n",
		table);
	for (size_t i = 0; i < ELEMENTSOF(sets); i++)
		fprintf(f, "delete set inet %s %s\n", table, sets[i].name);
}

void attach_devices_flush(FILE *f, const char *table)
{
	for (size_t i = 0; i < ELEMENTSOF(sets); i++)
		fprintf(f, "flush set inet %s %s\n", table, sets[i].name);
}

struct family {
	const char *name, *ip, *digit;
	uint16_t port;
};

/* who: a match; to the look-ups of any server, or only those of this machine and its resolvers. */
static void write_redirect(
	FILE *f, const char *table, const struct family *family, const char *who, bool any)
{
	const char *const local = "fib daddr type local ";
	char resolvers[64];

	if (any) {
		fprintf(f,
			"add rule inet %s " CHAIN " %s meta nfproto %s " ATTACH_LOOK_UPS
			" redirect to :%u\n",
			table, who, family->name, family->port);
		return;
	}
	snprintf(resolvers, sizeof(resolvers), "%s daddr @resolvers%s ", family->ip, family->digit);
	for (int i = 0; i < 2; i++)
		fprintf(f,
			"add rule inet %s " CHAIN " %s meta nfproto %s %s" ATTACH_LOOK_UPS
			" redirect to :%u\n",
			table, who, family->name, i == 0 ? local : resolvers, family->port);
}

static void write_strangers(FILE *f, const char *table, const struct family *family,
	const struct attach_devices *devices)
{
	for (size_t i = 0; i < devices->n_insides; i++) {
		char who[sizeof("iifname \"\"") + CONFIG_INTERFACE_SIZE];

		snprintf(who, sizeof(who), "iifname \"%s\"", devices->insides[i]);
		write_redirect(f, table, family, who, devices->strangers == STRANGERS_LIMITED);
	}
}

static void write_family(FILE *f, const char *table, const struct family *family,
	const struct attach_devices *devices)
{
	char limited[48], observed[48];

	snprintf(limited, sizeof(limited), "%s saddr @limited-from%s", family->ip, family->digit);
	snprintf(
		observed, sizeof(observed), "%s saddr @observed-from%s", family->ip, family->digit);
	/* known hardware has the last word */
	write_redirect(f, table, family, "ether saddr @limited-hardware", true);
	write_redirect(f, table, family, "ether saddr @observed-hardware", false);
	fprintf(f,
		"add rule inet %s " CHAIN
		" ether saddr @observed-hardware meta nfproto %s return\n",
		table, family->name);
	write_redirect(f, table, family, limited, true);
	write_redirect(f, table, family, observed, false);
	fprintf(f, "add rule inet %s " CHAIN " %s return\n", table, observed);
	if (devices->strangers != STRANGERS_FREE)
		write_strangers(f, table, family, devices);
}

void attach_devices_write_rules(FILE *f, const char *table, const struct attach_devices *devices)
{
	const struct family families[] = {
		{ "ipv4", "ip", "4", devices->port4 },
		{ "ipv6", "ip6", "6", devices->port6 },
	};

	for (size_t i = 0; i < ELEMENTSOF(families); i++)
		if (families[i].port != 0)
			write_family(f, table, &families[i], devices);
}

static void write_elements(
	FILE *f, const char *table, const char *people, const struct device *devices, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *kind = devices[i].by_hardware                         ? "hardware"
				   : devices[i].prefix.address.family == AF_INET6 ? "from6"
										  : "from4";
		char text[DEVICE_TEXT_MAX];

		fprintf(f, "add element inet %s %s-%s { %s }\n", table, people, kind,
			device_format(&devices[i], text));
	}
}

void attach_devices_write(FILE *f, const char *table, const struct attach_devices *devices)
{
	write_elements(f, table, "limited", devices->limited, devices->n_limited);
	write_elements(f, table, "observed", devices->observed, devices->n_observed);
}
