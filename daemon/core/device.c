/* Text forms of devices. It knows no person and asks no kernel. */
#include "core/device.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Larger ones are nobody's own: a slip would take everybody's look-ups. */
#define PREFIX4_BITS_MIN 8
#define PREFIX6_BITS_MIN 32

#define GROUP_BIT        0x01 /* of the first byte; IEEE 802 */
#define LOCAL_BIT        0x02

static int hex_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

static int parse_hardware(const char *text, uint8_t ret[DEVICE_HARDWARE_BYTES])
{
	static const uint8_t nobody[DEVICE_HARDWARE_BYTES] = { 0 };
	uint8_t bytes[DEVICE_HARDWARE_BYTES];
	const char separator = text[0] && text[1] ? text[2] : 0;

	if ((separator != ':' && separator != '-') || strlen(text) != DEVICE_HARDWARE_TEXT_MAX - 1)
		return -EINVAL;
	for (size_t i = 0; i < DEVICE_HARDWARE_BYTES; i++) {
		const char *at = text + 3 * i;
		const int high = hex_value(at[0]), low = hex_value(at[1]);

		if (high < 0 || low < 0 || (i < DEVICE_HARDWARE_BYTES - 1 && at[2] != separator))
			return -EINVAL;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	if ((bytes[0] & GROUP_BIT) || memcmp(bytes, nobody, sizeof(bytes)) == 0)
		return -EINVAL;
	memcpy(ret, bytes, sizeof(bytes));
	return 0;
}

static bool is_group_address(const struct address *a)
{
	return a->family == AF_INET ? a->bytes[0] >= 224 : a->bytes[0] == 0xff;
}

static int parse_prefix(const char *text, struct prefix *ret)
{
	struct prefix p;
	int r;

	if (strchr(text, '/')) {
		r = prefix_parse(text, &p);
	} else {
		r = address_parse(text, &p.address);
		if (r >= 0)
			p.bits = (unsigned)address_size(p.address.family) * 8;
	}
	if (r < 0)
		return r;
	if (p.bits < (p.address.family == AF_INET ? PREFIX4_BITS_MIN : PREFIX6_BITS_MIN) ||
		address_is_local(&p.address) || is_group_address(&p.address))
		return -EINVAL;
	*ret = p;
	return 0;
}

int device_parse(const char *text, struct device *ret)
{
	struct device d = { .by_hardware = true };

	if (parse_hardware(text, d.hardware) < 0) {
		d = (struct device){ .by_hardware = false };
		if (parse_prefix(text, &d.prefix) < 0)
			return -EINVAL;
	}
	*ret = d;
	return 0;
}

const char *device_format_hardware(
	const uint8_t bytes[DEVICE_HARDWARE_BYTES], char buffer[DEVICE_HARDWARE_TEXT_MAX])
{
	snprintf(buffer, DEVICE_HARDWARE_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0],
		bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
	return buffer;
}

const char *device_format(const struct device *d, char buffer[DEVICE_TEXT_MAX])
{
	char address[ADDRESS_TEXT_MAX];

	if (d->by_hardware)
		return device_format_hardware(d->hardware, buffer);
	address_format(&d->prefix.address, address);
	if (d->prefix.bits == address_size(d->prefix.address.family) * 8)
		snprintf(buffer, DEVICE_TEXT_MAX, "%s", address);
	else
		snprintf(buffer, DEVICE_TEXT_MAX, "%s/%u", address, d->prefix.bits);
	return buffer;
}

bool device_overlaps(const struct device *a, const struct device *b)
{
	if (a->by_hardware != b->by_hardware)
		return false;
	if (a->by_hardware)
		return memcmp(a->hardware, b->hardware, sizeof(a->hardware)) == 0;
	return a->prefix.address.family == b->prefix.address.family &&
	       prefix_overlaps(&a->prefix, &b->prefix);
}

bool device_is_made_up(const uint8_t hardware[DEVICE_HARDWARE_BYTES])
{
	return hardware[0] & LOCAL_BIT;
}
