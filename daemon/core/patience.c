#include "core/patience.h"

static usec_t wait_of(unsigned n)
{
	usec_t usec = USEC_PER_SEC;

	if (n <= PATIENCE_FREE)
		return 0;
	for (; n > PATIENCE_FREE && usec < PATIENCE_MAX_USEC; n--)
		usec *= 2;
	return usec < PATIENCE_MAX_USEC ? usec : PATIENCE_MAX_USEC;
}

/* Twice as long as we waited ourselves: whoever answers each of our writes does not end it so. */
static bool is_forgotten(const struct patience *p, usec_t now_usec)
{
	const usec_t calm = 2 * wait_of(p->n);

	return now_usec >= p->last_usec + (calm > PATIENCE_CALM ? calm : PATIENCE_CALM);
}

usec_t patience_wait(struct patience *p, usec_t now_usec)
{
	if (is_forgotten(p, now_usec))
		p->n = 0;
	if (wait_of(p->n) < PATIENCE_MAX_USEC)
		p->n++;
	p->last_usec = now_usec;
	return wait_of(p->n);
}

bool patience_is_lost(const struct patience *p, usec_t now_usec)
{
	return p->n > PATIENCE_FREE && !is_forgotten(p, now_usec);
}
