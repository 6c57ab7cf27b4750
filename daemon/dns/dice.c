#include "dns/dice.h"

#include <stdlib.h>
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
