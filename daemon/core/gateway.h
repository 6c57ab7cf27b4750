#pragma once
/* Whose devices are whose, where this machine routes for others, as the gate is told. */
#include "core/device.h"
#include "core/network-keys.h"

/* No two overlap. */
struct gate_device {
	struct device device;
	uint32_t mark; /* a person's, unshifted */
};

#define GATE_MARK_FREE 0          /* of unknown devices: they are left alone */
#define GATE_MARK_SHUT UINT32_MAX /* all that is metered is shut for them */

struct gate_gateway {
	const struct gate_device *devices;
	size_t n_devices;
	uint32_t unknown_mark;                        /* a person's, or one of the two above */
	const char (*insides)[CONFIG_INTERFACE_SIZE]; /* interfaces where unknown ones are */
	size_t n_insides;
	const uint32_t *sealed_marks; /* whose encrypted look-ups are refused; GATE_MARK_SHUT too */
	size_t n_sealed;
};
