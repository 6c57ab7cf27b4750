#pragma once
/* How a device on the network is told from others: by the hardware address of its packets, which
 * stays when its address changes, or by the address or network that it sends from. */
#include "base/address.h"

#define DEVICE_HARDWARE_BYTES 6
#define DEVICE_TEXT_MAX       (ADDRESS_TEXT_MAX + 4) /* an address, / and its bits */

struct device {
	bool by_hardware;
	uint8_t hardware[DEVICE_HARDWARE_BYTES];
	struct prefix prefix; /* unless by_hardware; all bits for one address */
};

/* aa:bb:cc:dd:ee:ff (or with -), ADDRESS or ADDRESS/BITS. -EINVAL for another form, for a group's
 * or no one's address, and for networks that are larger than anybody's own. */
int device_parse(const char *text, struct device *ret);
/* In the one form by which a device is known: lower case, the address alone where all bits count.
 */
const char *device_format(const struct device *d, char buffer[DEVICE_TEXT_MAX]);
/* Could one packet be from both? Those told by hardware and by address are kept apart: the hardware
 * goes first. */
bool device_overlaps(const struct device *a, const struct device *b);
/* The twelve digits of a hardware address. */
#define DEVICE_HARDWARE_TEXT_MAX sizeof("aa:bb:cc:dd:ee:ff")
const char *device_format_hardware(
	const uint8_t bytes[DEVICE_HARDWARE_BYTES], char buffer[DEVICE_HARDWARE_TEXT_MAX]);
/* Was it made up by the device itself, as phones do for each network? */
bool device_is_made_up(const uint8_t hardware[DEVICE_HARDWARE_BYTES]);
