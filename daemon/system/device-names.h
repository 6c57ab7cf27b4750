#pragma once
/* What devices call themselves: asks the DHCP server of this machine, by the file that it keeps. */
#include "core/dhcp-leases.h"

/* -ENOENT: no file that is known says. */
int device_name_find(const uint8_t hardware[DEVICE_HARDWARE_BYTES], char ret[DHCP_NAME_MAX + 1]);
