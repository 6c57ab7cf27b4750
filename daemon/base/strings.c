/* Owned string lists, for configuration values and lines shown to people. Order is kept. */
#include "base/strings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes ownership of text, also on failure. */
static int strings_take(struct strings *list, char *text)
{
	char **items;

	if (!text)
		return -ENOMEM;
	items = reallocarray(list->items, list->n + 1, sizeof(*items));
	if (!items) {
		free(text);
		return -ENOMEM;
	}
	list->items = items;
	list->items[list->n++] = text;
	return 0;
}

int strings_add(struct strings *list, const char *text)
{
	return strings_take(list, strdup(text));
}

int strings_addf(struct strings *list, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return strings_take(list, text);
}

bool strings_contain(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

void strings_done(struct strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strings){ 0 };
}
