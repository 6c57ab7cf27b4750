#pragma once
/* What devices call themselves, from the lease file of a DHCP server (dnsmasq's form, which others
 * share): EXPIRY HARDWARE ADDRESS NAME CLIENT-ID, a line each. */
#include <stdio.h>

#include "core/device.h"

#define DHCP_NAME_MAX  63   /* a label of DNS */
#define DHCP_LINES_MAX 4096 /* more is nobody's home */

/* The name beside that hardware address: its last line's. -ENOENT: none, or not of letters, digits,
 * - and _ (it is the device's own word). The file is read from where it stands. */
int dhcp_leases_find(
	FILE *f, const uint8_t hardware[DEVICE_HARDWARE_BYTES], char ret_name[DHCP_NAME_MAX + 1]);
