#pragma once
/* The kernel's side of the gate, played in memory: a test moves bytes and looks at what is shut. */
#include "system/gate.h"

#define GATE_FAKE_ITEMS 64

struct gate_fake {
	struct gate gate;
	struct gate_counter counters[GATE_FAKE_ITEMS];
	size_t n_counters;
	struct gate_setting settings[GATE_FAKE_ITEMS]; /* what is not open */
	size_t n_settings;
	struct {
		uid_t uid;
		uint32_t mark;
	} people[GATE_FAKE_ITEMS];
	size_t n_people;
	uid_t sealed[GATE_FAKE_ITEMS];
	size_t n_sealed, n_endpoints; /* endpoints: known servers */
	bool gateway;
	struct gate_device devices[GATE_FAKE_ITEMS];
	size_t n_devices;
	uint32_t unknown_mark;
	size_t n_sealed_marks;
	struct gate_try tries[GATE_FAKE_ITEMS];
	size_t n_tries;
	const char *damaged; /* what an examination finds; NULL: nothing */
	int error;           /* what every call fails with; 0: none does */
	int read_error;      /* the same, of reading the counters only */
	int map_error;       /* the same, of mapping leases only */
	unsigned restored, changes;
	unsigned n_mapped;    /* leases, as often as they were */
	unsigned mapped_open; /* maps that came while nothing was shut */
	unsigned opened;      /* settings that were not open, and then were */
	char reason[128];     /* of the last change */
};

/* The value is the test's own and outlives every manager that is given it, as the kernel's table
 * does. */
struct gate *gate_fake_init(struct gate_fake *f);
uint32_t gate_fake_mark(const struct gate_fake *f, uid_t uid);
/* Moves bytes as the kernel would; false: shut, nothing moved. */
bool gate_fake_move(struct gate_fake *f, const struct address *block, uint32_t mark, uint64_t down,
	uint64_t up);
enum gate_state gate_fake_state(
	const struct gate_fake *f, const struct address *block, uint32_t mark);
/* One encrypted look-up, as the kernel sees it; false: it was refused, and counted. */
bool gate_fake_try(struct gate_fake *f, uid_t uid, const struct endpoint *server);
/* What "nft flush ruleset" leaves. */
void gate_fake_flush(struct gate_fake *f);
