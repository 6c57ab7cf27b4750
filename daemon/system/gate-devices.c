/* Text for nftables: which chain of a person each device's packets go to. */
#include "system/gate-devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "system/gate-script.h"
#include "system/nft-run.h"

#define TABLE "inet focusd"

static void add_device(struct script *s, const struct gate_device *d)
{
	const char *map = d->device.by_hardware                         ? "hardware"
			  : d->device.prefix.address.family == AF_INET6 ? "from6"
									: "from4";
	char text[DEVICE_TEXT_MAX];

	script_add(s, "add element " TABLE " %s { %s : goto person-%u }\n", map,
		device_format(&d->device, text), d->mark);
}

static void add_unknown(struct script *s, const struct gate_gateway *gateway, uint32_t mark_mask)
{
	if (gateway->unknown_mark == GATE_MARK_FREE)
		return;
	for (size_t i = 0; i < gateway->n_insides; i++)
		script_add(s, "add element " TABLE " inside { \"%s\" }\n", gateway->insides[i]);
	if (gateway->unknown_mark == GATE_MARK_SHUT)
		script_add(s,
			"add rule " TABLE " strangers ct mark set ct mark & 0x%08x | 0x%08x\n",
			~mark_mask, mark_mask);
	else
		script_add(
			s, "add rule " TABLE " strangers goto person-%u\n", gateway->unknown_mark);
}

static void add_sealed(struct script *s, const struct gate_gateway *gateway, uint32_t mark_mask)
{
	const int shift = __builtin_ctz(mark_mask);

	for (size_t i = 0; i < gateway->n_sealed; i++)
		script_add(s, "add element " TABLE " sealed-marks { 0x%08x }\n",
			gateway->sealed_marks[i] == GATE_MARK_SHUT
				? mark_mask
				: gateway->sealed_marks[i] << shift & mark_mask);
}

static int write_gateway(
	const struct gate_devices_place *place, const struct gate_gateway *gateway, char **ret)
{
	_cleanup_(script_done) struct script s;
	int r;

	r = script_begin(&s);
	if (r < 0)
		return r;
	script_add(&s, "%s", place->gateway_rules);
	script_add(&s, "flush map " TABLE " hardware\nflush map " TABLE " from4\n"
		       "flush map " TABLE " from6\nflush set " TABLE " inside\n"
		       "flush set " TABLE " sealed-marks\n");
	for (size_t i = 0; i < gateway->n_devices; i++)
		add_device(&s, &gateway->devices[i]);
	add_unknown(&s, gateway, place->mark_mask);
	add_sealed(&s, gateway, place->mark_mask);
	r = text_close(TAKE_PTR(s.f), &s.text);
	if (r >= 0)
		*ret = TAKE_PTR(s.text);
	return r;
}

/* What hooks into the kernel goes first, then what it jumped to. */
static const char removal[] =
	"flush chain " TABLE " devices-in\nflush chain " TABLE " devices-out\n"
	"flush chain " TABLE " seal-device\n"
	"flush chain " TABLE " whose\nflush chain " TABLE " strangers\n"
	"flush chain " TABLE " back4\nflush chain " TABLE " back6\n"
	"delete chain " TABLE " devices-in\ndelete chain " TABLE " devices-out\n"
	"delete chain " TABLE " door\ndelete chain " TABLE " whose\n"
	"delete chain " TABLE " seal-device\ndelete set " TABLE " sealed-marks\n"
	"delete chain " TABLE " strangers\ndelete chain " TABLE " turn-away\n"
	"delete chain " TABLE " back4\ndelete chain " TABLE " back6\n"
	"delete map " TABLE " hardware\ndelete map " TABLE " from4\n"
	"delete map " TABLE " from6\ndelete set " TABLE " inside\n";

/* Did a predecessor leave a gateway? */
static bool is_there(struct nft_run *nft)
{
	_cleanup_free_ char *json = NULL;

	return nft_run_list(nft, "list chain " TABLE " devices-in", true, &json) >= 0;
}

/* A value, or a line about the one chain that a gateway changes. */
static bool is_wanted(const char *line, size_t n)
{
	static const char define[] = "redefine ", chain[] = " focusd source";
	const char *found = memmem(line, n, chain, strlen(chain));

	if (n > strlen(define) && memcmp(line, define, strlen(define)) == 0)
		return true;
	return found && *line != '#' &&
	       (found + strlen(chain) == line + n || found[strlen(chain)] == ' ');
}

/* Of focusd.nft: its values, and the chain as it is without a gateway. All else stays untouched. */
static void add_wanted(struct script *s, const char *rules)
{
	while (*rules) {
		const size_t n = strcspn(rules, "\n");

		if (is_wanted(rules, n))
			script_add(s, "%.*s\n", (int)n, rules);
		rules += n + (rules[n] == '\n');
	}
}

static int run_behind(const struct gate_devices_place *place, const char *commands)
{
	_cleanup_(script_done) struct script s;
	int r;

	r = script_begin(&s);
	if (r < 0)
		return r;
	add_wanted(&s, place->rules);
	script_add(&s, "%s", commands);
	return script_run(place->nft, &s);
}

int gate_devices_set(
	const struct gate_devices_place *place, const struct gate_gateway *gateway, char **told)
{
	_cleanup_free_ char *text = NULL;
	bool same;
	int r;

	if (gateway && !place->gateway_rules)
		return -EOPNOTSUPP;
	if (gateway) {
		r = write_gateway(place, gateway, &text);
	} else {
		text = strdup("");
		r = text ? 0 : -ENOMEM;
	}
	if (r < 0)
		return r;
	same = *told && strcmp(*told, text) == 0;
	if (!same && !gateway && !*told)
		same = !is_there(place->nft);
	if (!same)
		r = run_behind(place, gateway ? text : removal);
	if (r < 0)
		return r;
	free(*told);
	*told = TAKE_PTR(text);
	return !same;
}
