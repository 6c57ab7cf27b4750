/* A reader of lines. Which file it is, others know. */
#include "core/dhcp-leases.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static bool is_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_')
			return false;
	return *name != 0;
}

int dhcp_leases_find(
	FILE *f, const uint8_t hardware[DEVICE_HARDWARE_BYTES], char ret_name[DHCP_NAME_MAX + 1])
{
	char line[512], mac[32], name[DHCP_NAME_MAX + 1];
	int r = -ENOENT;

	for (int i = 0; i < DHCP_LINES_MAX && fgets(line, sizeof(line), f); i++) {
		struct device d;

		if (sscanf(line, "%*s %31s %*s %63s", mac, name) != 2 ||
			device_parse(mac, &d) < 0 || !d.by_hardware ||
			memcmp(d.hardware, hardware, sizeof(d.hardware)) != 0 || !is_name(name))
			continue;
		strcpy(ret_name, name);
		r = 0;
	}
	return r;
}
