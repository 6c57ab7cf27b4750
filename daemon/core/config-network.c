/* [network]: focusd on the machine between others and the internet, and whose devices they are. One
 * function a key, named in the table of config-keys.c. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-setters.h"
#include "core/config-values.h"
#include "core/device.h"

int config_set_gateway(struct config_builder *b, const char *value)
{
	static const char *const words[] = { "no", "yes" };
	const int i = value_choose(value, words, ELEMENTSOF(words));

	if (i >= 0)
		b->config->network.gateway = i == 1;
	return i < 0 ? i : 0;
}

static bool is_person_name(const char *name)
{
	const size_t n = strlen(name);

	return n > 0 && n <= CONFIG_PERSON_NAME_MAX && !strpbrk(name, " \t");
}

/* Whether there is such a person is known at the end only. */
int config_set_unknown_devices(struct config_builder *b, const char *value)
{
	static const char *const words[] = {
		[UNKNOWN_FREE] = "free", [UNKNOWN_BLOCK] = "block-metered"
	};
	static const char person[] = "person ";
	struct config *c = b->config;
	const int i = value_choose(value, words, ELEMENTSOF(words));

	if (i < 0 && (strncmp(value, person, strlen(person)) != 0 ||
			     !is_person_name(value + strlen(person))))
		return -EINVAL;
	b->unknown_place = b->place;
	c->network.unknown_devices = i < 0 ? UNKNOWN_PERSON : (enum unknown_devices)i;
	strcpy(c->network.unknown_person, i < 0 ? value + strlen(person) : "");
	return 0;
}

/* What the kernel takes for a name of an interface, less what nft would have to escape. */
static bool is_interface(const char *name)
{
	const size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-_.@", name[i]))
			return false;
	return n > 0 && n < CONFIG_INTERFACE_SIZE && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

int config_set_inside(struct config_builder *b, const char *value)
{
	struct config *c = b->config;

	if (!*value) {
		c->network.n_insides = 0;
		return 0;
	}
	if (!is_interface(value))
		return -EINVAL;
	for (size_t i = 0; i < c->network.n_insides; i++)
		if (strcmp(c->network.insides[i], value) == 0)
			return 0;
	if (c->network.n_insides == CONFIG_INSIDES_MAX)
		return config_fail(b, b->place, "more than %d interfaces", CONFIG_INSIDES_MAX);
	strcpy(c->network.insides[c->network.n_insides++], value);
	return 0;
}

int config_set_gateway_port(struct config_builder *b, const char *value)
{
	uint64_t port;

	if (parse_uint64(value, UINT16_MAX, &port) < 0 || port < 1024)
		return -EINVAL;
	b->config->network.port = (uint16_t)port;
	return 0;
}

/* Kept as text in its one form: that is what it is compared by. */
int config_set_person_device(struct config_builder *b, const char *value)
{
	struct strings *devices = &b->config->persons[b->person].devices;
	char text[DEVICE_TEXT_MAX];
	struct device device;

	if (!*value) {
		strings_done(devices);
		return 0;
	}
	if (device_parse(value, &device) < 0)
		return -EINVAL;
	device_format(&device, text);
	if (strings_contain(devices, text))
		return 0;
	if (devices->n == CONFIG_DEVICES_MAX)
		return config_fail(b, b->place, "more than %d devices", CONFIG_DEVICES_MAX);
	return strings_add(devices, text);
}

bool config_has_devices(const struct config *c, size_t person)
{
	return c->network.gateway &&
	       (c->persons[person].devices.n > 0 ||
		       (c->network.unknown_devices == UNKNOWN_PERSON &&
			       strcmp(c->persons[person].name, c->network.unknown_person) == 0));
}

int config_find_device(const struct config *c, const struct device *device)
{
	for (size_t p = 0; p < c->n_persons; p++)
		for (size_t i = 0; i < c->persons[p].devices.n; i++) {
			struct device other;

			if (device_parse(c->persons[p].devices.items[i], &other) >= 0 &&
				device_overlaps(device, &other))
				return (int)p;
		}
	return -ENOENT;
}

/* A device in two persons' sections could not be counted. */
static int finish_devices(struct config_builder *b)
{
	const struct config_place *places = b->person_notes.items;
	const struct config *c = b->config;

	for (size_t p = 0; p < c->n_persons; p++)
		for (size_t i = 0; i < c->persons[p].devices.n; i++) {
			const char *text = c->persons[p].devices.items[i];
			struct device device;
			int owner;

			if (device_parse(text, &device) < 0)
				return -EINVAL;
			owner = config_find_device(c, &device);
			if (owner >= 0 && (size_t)owner < p)
				return b->held ? 0
					       : config_fail(b, places[p],
							 "device %s belongs to person %s already; "
							 "expected one "
							 "person for a device",
							 text, c->persons[owner].name);
		}
	return 0;
}

int config_finish_network(struct config_builder *b)
{
	const struct config *c = b->config;
	const int r = finish_devices(b);

	if (r < 0 || b->held || c->network.unknown_devices == UNKNOWN_FREE)
		return r;
	/* or the whole internet would be unknown devices */
	if (c->network.n_insides == 0)
		return config_fail(b, b->unknown_place,
			"unknown-devices: expected inside = INTERFACE too, where they are");
	if (c->network.unknown_devices == UNKNOWN_PERSON &&
		config_find_person(c, c->network.unknown_person) < 0)
		return config_fail(b, b->unknown_place,
			"unknown-devices = person %s: expected the name of a [person] section",
			c->network.unknown_person);
	return 0;
}
