/* Reads libnftables' JSON (libnftables-json(5)). It asks nothing and keeps nothing. */
#include "system/gate-listing.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"

#define _cleanup_json_ _cleanup_(json_decrefp)

static json_t *load(const char *text, json_t **ret_objects)
{
	json_t *root = json_loads(text, 0, NULL);

	*ret_objects = json_object_get(root, "nftables");
	return root;
}

/* The elements of the one set or map in a listing; NULL: it is empty. */
static int find_elements(const char *text, const char *kind, json_t **ret_root, json_t **ret)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *objects, *object, *set = NULL;
	size_t i;

	root = load(text, &objects);
	if (!json_is_array(objects))
		return -EBADMSG;
	json_array_foreach(objects, i, object) if (json_object_get(object, kind)) set =
		json_object_get(object, kind);
	if (!set)
		return -EBADMSG;
	*ret = json_object_get(set, "elem");
	*ret_root = TAKE_PTR(root);
	return 0;
}

static int parse_address(const json_t *j, struct address *ret)
{
	return json_is_string(j) && address_parse(json_string_value(j), ret) >= 0 ? 0 : -EBADMSG;
}

static struct gate_counter *counter_for(
	struct gate_counters *counters, const struct address *block, uint32_t mark)
{
	struct gate_counter *items;

	for (size_t i = 0; i < counters->n; i++)
		if (counters->items[i].mark == mark &&
			address_equal(&counters->items[i].block, block))
			return &counters->items[i];
	if (counters->n == counters->room) {
		const size_t room = counters->room ? counters->room * 2 : 32;

		items = reallocarray(counters->items, room, sizeof(*items));
		if (!items)
			return NULL;
		counters->items = items;
		counters->room = room;
	}
	counters->items[counters->n] = (struct gate_counter){ .block = *block, .mark = mark };
	return &counters->items[counters->n++];
}

/* {"elem": {"val": {"concat": ["198.19.128.0", 16777216]}, "counter": {"bytes": 1}}} */
static int read_counter(
	const json_t *element, bool up, unsigned mark_shift, struct gate_counters *counters)
{
	const json_t *inner = json_object_get(element, "elem");
	const json_t *pair = json_object_get(json_object_get(inner, "val"), "concat");
	const json_t *bytes = json_object_get(json_object_get(inner, "counter"), "bytes");
	const json_t *mark = json_array_get(pair, 1);
	struct gate_counter *counter;
	struct address block;

	if (!json_is_integer(bytes) || !json_is_integer(mark) ||
		parse_address(json_array_get(pair, 0), &block) < 0)
		return -EBADMSG;
	counter = counter_for(counters, &block, (uint32_t)json_integer_value(mark) >> mark_shift);
	if (!counter)
		return -ENOMEM;
	if (up)
		counter->up_bytes = (uint64_t)json_integer_value(bytes);
	else
		counter->down_bytes = (uint64_t)json_integer_value(bytes);
	return 0;
}

int gate_listing_counters(
	const char *json, bool up, unsigned mark_shift, struct gate_counters *counters)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *elements, *element;
	size_t i;
	int r;

	r = find_elements(json, "set", &root, &elements);
	if (r < 0)
		return r;
	json_array_foreach(elements, i, element)
	{
		r = read_counter(element, up, mark_shift, counters);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_try(struct gate_tries *tries, const struct gate_try *try)
{
	if (tries->n == tries->room) {
		const size_t room = tries->room ? tries->room * 2 : 16;
		struct gate_try *items = reallocarray(tries->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		tries->items = items;
		tries->room = room;
	}
	tries->items[tries->n++] = *try;
	return 0;
}

/* {"elem": {"val": {"concat": [2001, "192.0.2.1", 443]}, "counter": {"packets": 1}}}, or the
 * account alone as the value. */
static int read_try(const json_t *element, struct gate_try *ret)
{
	const json_t *inner = json_object_get(element, "elem");
	const json_t *value = json_object_get(inner, "val");
	const json_t *packets = json_object_get(json_object_get(inner, "counter"), "packets");
	const json_t *key = json_object_get(value, "concat");
	const json_t *uid = key ? json_array_get(key, 0) : value;
	const json_t *port = json_array_get(key, 2);
	struct gate_try try = { .server.address.family = AF_UNSPEC };

	if (!json_is_integer(packets) || !json_is_integer(uid))
		return -EBADMSG;
	if (key && (!json_is_integer(port) ||
			   parse_address(json_array_get(key, 1), &try.server.address) < 0))
		return -EBADMSG;
	try.uid = (uid_t)json_integer_value(uid);
	try.server.port = (uint16_t)json_integer_value(port);
	try.packets = (uint64_t)json_integer_value(packets);
	*ret = try;
	return 0;
}

int gate_listing_tries(const char *json, struct gate_tries *tries)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *elements, *element;
	size_t i;
	int r;

	r = find_elements(json, "set", &root, &elements);
	if (r < 0)
		return r;
	json_array_foreach(elements, i, element)
	{
		struct gate_try try;

		r = read_try(element, &try);
		if (r >= 0)
			r = add_try(tries, &try);
		if (r < 0)
			return r;
	}
	return 0;
}

int gate_listing_map(const char *json,
	int (*found)(const struct gate_mapping *mapping, void *userdata), void *userdata)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *elements, *element;
	size_t i;
	int r;

	r = find_elements(json, "map", &root, &elements);
	if (r < 0)
		return r;
	json_array_foreach(elements, i, element)
	{
		struct gate_mapping mapping;

		if (parse_address(json_array_get(element, 0), &mapping.lease) < 0 ||
			parse_address(json_array_get(element, 1), &mapping.real) < 0)
			return -EBADMSG;
		r = found(&mapping, userdata);
		if (r < 0)
			return r;
	}
	return 0;
}

int gate_listing_limits(
	const char *json, int (*found)(const char *name, void *userdata), void *userdata)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *objects, *object;
	size_t i;
	int r = 0;

	root = load(json, &objects);
	if (!json_is_array(objects))
		return -EBADMSG;
	json_array_foreach(objects, i, object)
	{
		const char *name = json_string_value(
			json_object_get(json_object_get(object, "limit"), "name"));

		if (name && r >= 0)
			r = found(name, userdata);
	}
	return r;
}

int gate_listing_size(const char *json, size_t *ret)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *objects, *object;
	size_t i, n = 0;

	root = load(json, &objects);
	if (!json_is_array(objects))
		return -EBADMSG;
	json_array_foreach(objects, i, object) n += json_object_get(object, "limit") == NULL;
	*ret = n;
	return 0;
}

int gate_listing_count(const char *json, const char *kind, size_t *n)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *elements;
	int r;

	r = find_elements(json, kind, &root, &elements);
	if (r < 0)
		return r;
	*n += json_array_size(elements);
	return 0;
}

static bool is_of_a_person(const json_t *rule_or_chain, const char *key)
{
	const char *name = json_string_value(json_object_get(rule_or_chain, key));

	return name && strncmp(name, "person-", 7) == 0;
}

static uint64_t add_to_print(uint64_t print, const char *text)
{
	for (; *text; text++)
		print = (print ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return print;
}

int gate_listing_print(const char *json, uint64_t *ret)
{
	_cleanup_json_ json_t *root = NULL;
	uint64_t print = UINT64_C(0xcbf29ce484222325);
	json_t *objects, *object;
	size_t i;

	root = load(json, &objects);
	if (!json_is_array(objects))
		return -EBADMSG;
	json_array_foreach(objects, i, object)
	{
		json_t *rule = json_object_get(object, "rule");
		json_t *chain = json_object_get(object, "chain");
		json_t *item = rule ? rule : chain;
		_cleanup_free_ char *text = NULL;

		if (!item || is_of_a_person(item, rule ? "chain" : "name"))
			continue;
		json_object_del(item, "handle"); /* another one after every load */
		text = json_dumps(item, JSON_COMPACT | JSON_SORT_KEYS);
		if (!text)
			return -ENOMEM;
		print = add_to_print(print, text);
	}
	*ret = print;
	return 0;
}
