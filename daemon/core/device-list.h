#pragma once
/* Whose device is whose, as the kernel wants it: no two entries that one packet could be from. */
#include "core/config.h"
#include "core/device.h"

struct device_owner {
	struct device device;
	size_t person; /* index of config->persons */
};

/* In the order of the configuration. Where two overlap, the larger network of one person takes in
 * the smaller; of two persons the earlier has it (only what is held against loosening can say so).
 * *ret is the caller's. -ENOMEM. */
int device_list(const struct config *c, struct device_owner **ret, size_t *ret_n);
