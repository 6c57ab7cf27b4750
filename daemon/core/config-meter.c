/* The keys that say how a site's traffic is read (core/meter-parameters.h): one function each,
 * named in the table of config-keys.c. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "core/config-setters.h"
#include "core/config-values.h"

#define BURST_SEC_MAX  60
#define BRIDGE_SEC_MAX 600
#define TAIL_SEC_MAX   60
#define SETTLE_SEC_MAX 60

int config_set_sitting(struct config_builder *b, const char *value)
{
	static const char *const words[] = { "both", "any" };
	const int i = value_choose(value, words, ELEMENTSOF(words));
	struct config_site_note *notes = b->site_notes.items;

	if (i < 0)
		return i;
	notes[b->site].any = i == 1;
	return 0;
}

/* SIZE within SPAN. */
static int read_amount(const char *value, uint64_t *ret_bytes, usec_t *ret_usec)
{
	uint64_t bytes;
	int64_t sec;
	int r;

	r = value_parse_burst(value, &bytes, &sec);
	if (r < 0)
		return r;
	if (sec > BURST_SEC_MAX)
		return -ERANGE;
	*ret_bytes = bytes;
	*ret_usec = (usec_t)sec * USEC_PER_SEC;
	return 0;
}

int config_set_burst(struct config_builder *b, const char *value)
{
	struct meter_parameters *m = &b->config->sites[b->site].meter;

	return read_amount(value, &m->burst_bytes, &m->burst_usec);
}

static int set_meter_span(const char *value, int64_t max_sec, usec_t *ret)
{
	int64_t sec;

	if (parse_span(value, &sec) < 0)
		return -EINVAL;
	if (sec > max_sec)
		return -ERANGE;
	*ret = (usec_t)sec * USEC_PER_SEC;
	return 0;
}

int config_set_bridge(struct config_builder *b, const char *value)
{
	return set_meter_span(value, BRIDGE_SEC_MAX, &b->config->sites[b->site].meter.bridge_usec);
}

int config_set_tail(struct config_builder *b, const char *value)
{
	return set_meter_span(value, TAIL_SEC_MAX, &b->config->sites[b->site].meter.tail_usec);
}

int config_set_settle(struct config_builder *b, const char *value)
{
	return set_meter_span(value, SETTLE_SEC_MAX, &b->config->sites[b->site].meter.settle_usec);
}

int config_set_beacon(struct config_builder *b, const char *value)
{
	struct meter_parameters *m = &b->config->sites[b->site].meter;

	if (strcmp(value, "none") != 0)
		return read_amount(value, &m->beacon_bytes, &m->beacon_usec);
	m->beacon_bytes = m->beacon_usec = 0;
	return 0;
}
