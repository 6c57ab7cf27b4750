/* The places where dnsmasq, OpenWrt and Pi-hole keep their leases. */
#include "system/device-names.h"

#include <errno.h>

#include "base/cleanup.h"

int device_name_find(const uint8_t hardware[DEVICE_HARDWARE_BYTES], char ret[DHCP_NAME_MAX + 1])
{
	static const char *const files[] = { "/var/lib/misc/dnsmasq.leases",
		"/var/lib/dnsmasq/dnsmasq.leases", "/tmp/dhcp.leases", "/etc/pihole/dhcp.leases" };
	int r = -ENOENT;

	for (size_t i = 0; i < ELEMENTSOF(files) && r < 0; i++) {
		_cleanup_fclose_ FILE *f = fopen(files[i], "re");

		if (f)
			r = dhcp_leases_find(f, hardware, ret);
	}
	return r;
}
