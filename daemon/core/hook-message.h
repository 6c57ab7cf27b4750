#pragma once
/* What keeper and hook say to each other over the SOCK_SEQPACKET socket RUNTIME/hook, one packet a
 * message. Both ends are of the same build, yet either may be compromised or of an older version:
 * every field is checked, a malformed packet is an error and ends the connection.
 *
 * From the hook to the keeper:
 *   - HELLO: version, the ports it listens on (getsockname), which build it is, and
 *     whether systemd-resolved can ask it.
 *   - GATEWAY: the ports where it answers other machines' devices; before HELLO, where there are
 *     any.
 *   - ASK: a metered name's real addresses; give it leases. With them what the hook knows
 *     of others that have them (core/alone.h).
 *   - UPSTREAM: which servers have fallen silent; at a change, and after SETUP once it is known.
 *
 * From the keeper to the hook:
 *   - SETUP: a sealed memfd beside it (SCM_RIGHTS), the struct of core/hook-table.h.
 *   - LEASES: a name's leases; pushed for every known name after SETUP, and as the reply to ASK.
 *   - RESOLVE: find out where this name leads, unless that is known, and ASK.
 *   - REFRESH: the network is another one; what is known is asked for again.
 *   - QUIT: a clean stop.
 */
#include "base/address.h"
#include "core/domain.h"
#include "core/lease.h"

#define HOOK_VERSION     2
#define HOOK_MESSAGE_MAX 512 /* bytes */
#define HOOK_BUILD_MAX   31  /* bytes of a program's version */

enum hook_message_type {
	HOOK_HELLO = 1,
	HOOK_SETUP,
	HOOK_LEASES,
	HOOK_ASK,
	HOOK_QUIT,
	HOOK_RESOLVE,
	HOOK_REFRESH,
	HOOK_GATEWAY,
	HOOK_UPSTREAM
};

/* Bits of UPSTREAM: nobody of that list answers. */
enum hook_silence { HOOK_SILENT_UPSTREAMS = 1, HOOK_SILENT_UPLINKS = 2 };

enum hook_verdict {
	HOOK_LEASED,    /* answer with these addresses */
	HOOK_UNMETERED, /* range full or no longer metered: answer with the real ones */
	HOOK_FAILED,    /* answer SERVFAIL */
};

struct hook_message {
	enum hook_message_type type;
	uint32_t version;               /* HELLO */
	uint16_t port4, port6;          /* HELLO, GATEWAY; 0: not in that family */
	bool resolved;                  /* HELLO: systemd-resolved can ask it */
	char build[HOOK_BUILD_MAX + 1]; /* HELLO; "" where it does not say */
	uint8_t silent;                 /* UPSTREAM: enum hook_silence */
	enum hook_verdict verdict;      /* LEASES */
	char name[DOMAIN_TEXT_MAX + 1]; /* LEASES, ASK, RESOLVE */
	int family;                     /* LEASES, ASK, RESOLVE */
	size_t n_addresses; /* LEASES: the leases; ASK: the real ones, at most LEASE_SLOTS_MAX */
	struct address addresses[LEASE_SLOTS_MAX];
	uint8_t own;         /* ASK; bit per address: a metered name's, and seen under no other */
	uint64_t since_usec; /* ASK; boot time from which on others were watched for */
	uint32_t n_passed;   /* ASK; how many answers of others are remembered */
};

/* Returns the packet's length, or -EINVAL for values that do not fit. */
int hook_message_encode(const struct hook_message *m, uint8_t packet[HOOK_MESSAGE_MAX]);
/* -EBADMSG for anything but exactly one well-formed message. */
int hook_message_decode(const uint8_t *packet, size_t n, struct hook_message *ret);
