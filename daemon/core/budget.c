#include "core/budget.h"

#include <stddef.h>

#define DAY_USEC (SEC_PER_DAY * USEC_PER_SEC)

static struct budget_account *find(struct budget *b, uid_t uid)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->items[i].uid == uid)
			return &b->items[i];
	return NULL;
}

static struct budget_account *add(struct budget *b)
{
	struct budget_account *first = &b->items[0];

	if (b->n < BUDGET_ACCOUNTS)
		return &b->items[b->n++];
	for (size_t i = 1; i < b->n; i++)
		if (b->items[i].since_usec < first->since_usec)
			first = &b->items[i];
	return first;
}

bool budget_take(struct budget *b, uid_t uid, usec_t now_usec)
{
	struct budget_account *a = find(b, uid);

	if (!a || now_usec >= a->since_usec + DAY_USEC) {
		if (!a)
			a = add(b);
		*a = (struct budget_account){ .uid = uid, .since_usec = now_usec };
	}
	if (a->n >= BUDGET_A_DAY)
		return false;
	a->n++;
	return true;
}
