/* A short list, oldest first. */
#include "share/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void drop(struct problems *p, size_t at)
{
	memmove(&p->items[at], &p->items[at + 1], (p->n - at - 1) * sizeof(p->items[0]));
	p->n--;
}

static struct problem *find(struct problems *p, const char *key)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i].key, key) == 0)
			return &p->items[i];
	return NULL;
}

bool problems_set(
	struct problems *p, const char *key, bool stays, usec_t now_usec, const char *format, ...)
{
	struct problem *found = find(p, key);
	char text[PROBLEM_TEXT_MAX];
	va_list arguments;
	bool news;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (!found) {
		if (p->n == PROBLEMS_MAX)
			drop(p, 0);
		found = &p->items[p->n++];
		*found = (struct problem){ 0 };
		snprintf(found->key, sizeof(found->key), "%s", key);
	}
	news = strcmp(found->text, text) != 0;
	strcpy(found->text, text);
	found->told_usec = now_usec;
	found->stays = stays;
	return news;
}

bool problems_clear(struct problems *p, const char *key)
{
	const struct problem *found = find(p, key);

	if (found)
		drop(p, (size_t)(found - p->items));
	return found != NULL;
}

void problems_age(struct problems *p, usec_t now_usec)
{
	for (size_t i = p->n; i > 0; i--)
		if (!p->items[i - 1].stays && now_usec > p->items[i - 1].told_usec + PROBLEM_USEC)
			drop(p, i - 1);
}

void problems_list(struct problems *p, char *ret[PROBLEMS_MAX + 1])
{
	for (size_t i = 0; i < p->n; i++)
		ret[i] = p->items[i].text;
	ret[p->n] = NULL;
}
