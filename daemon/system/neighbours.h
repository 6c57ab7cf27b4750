#pragma once
/* Who is on the links of this machine, as the kernel's neighbour table has it: hardware, address,
 * and how long ago it was heard of. */
#include "core/device.h"
#include "core/network-keys.h"

struct nlmsghdr;

struct neighbour {
	uint8_t hardware[DEVICE_HARDWARE_BYTES];
	struct address address;
	unsigned ifindex;
	uint64_t ago_usec; /* since it was last confirmed to be there */
};

#define NEIGHBOURS_MAX 4096 /* a home has dozens; a table can be filled by anybody on the link */

/* On these interfaces, or (n_insides 0) on all. *ret is the caller's. 0 or a negative errno. */
int neighbours_read(const char (*insides)[CONFIG_INTERFACE_SIZE], size_t n_insides,
	struct neighbour **ret, size_t *ret_n);
/* One message of the table. 0, or -EINVAL for what is no device: no hardware address of Ethernet's
 * form, unanswered, a group's. */
int neighbour_parse(const struct nlmsghdr *nlh, struct neighbour *ret);
