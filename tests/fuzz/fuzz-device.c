/* Any bytes as the lease file of a DHCP server, in which devices call themselves what they like,
 * and as the names of devices and brokers: refused, or the same again when it is written and read.
 */
#include "base/cleanup.h"
#include "core/broker.h"
#include "core/dhcp-leases.h"
#include "fuzz.h"
#include <stdio.h>

static void check_device(const char *text)
{
	char buffer[DEVICE_TEXT_MAX], again[DEVICE_TEXT_MAX];
	struct device d, e;

	if (device_parse(text, &d) < 0)
		return;
	device_format(&d, buffer);
	must(device_parse(buffer, &e) == 0 && strcmp(device_format(&e, again), buffer) == 0);
	must(device_overlaps(&d, &e));
}

static void check_broker(const char *text)
{
	struct broker b;

	if (broker_parse(text, &b) == 0)
		must(b.port > 0 && *b.host && strlen(b.host) <= DOMAIN_TEXT_MAX);
}

static void check_leases(uint8_t *bytes, size_t n)
{
	static const uint8_t hardware[DEVICE_HARDWARE_BYTES] = { 2, 0, 0, 0, 0, 1 };
	char name[DHCP_NAME_MAX + 1];
	_cleanup_fclose_ FILE *f = fmemopen(bytes, n, "r");

	must(f != NULL);
	if (dhcp_leases_find(f, hardware, name) == 0)
		must(*name && strlen(name) <= DHCP_NAME_MAX && !strpbrk(name, " \n\t\033%<&\"'"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_free_ uint8_t *bytes = fuzz_bytes(data, n);
	_cleanup_free_ char *text = fuzz_text(data, n);

	check_device(text);
	check_broker(text);
	if (n > 0)
		check_leases(bytes, n);
	return 0;
}
