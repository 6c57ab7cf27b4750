#pragma once
/* Random numbers of the kernel, fetched by the handful: ids, ports and letters that nobody
 * guesses. */
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint16_t rolled[128];
	size_t n;
};

uint16_t dice_roll(struct dice *d);
void dice_fill(struct dice *d, uint8_t *bytes, size_t n);
