#include "dns/dice.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"

uint16_t dice_roll(struct dice *d)
{
	if (d->n == 0) {
		/* never short for up to 256 bytes (getrandom(2)) */
		if (getrandom(d->rolled, sizeof(d->rolled), 0) != sizeof(d->rolled))
			abort();
		d->n = ELEMENTSOF(d->rolled);
	}
	return d->rolled[--d->n];
}

void dice_fill(struct dice *d, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		const uint16_t roll = dice_roll(d);

		memcpy(bytes + i, &roll, n - i < 2 ? n - i : 2);
	}
}
