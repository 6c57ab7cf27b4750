#pragma once
/* A growing list of owned strings. */
#include <stdbool.h>
#include <stddef.h>

struct strings {
	char **items;
	size_t n;
};

/* Copies text to the end of the list. -ENOMEM. */
int strings_add(struct strings *list, const char *text);
/* The same from a format. */
int strings_addf(struct strings *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool strings_contain(const struct strings *list, const char *text);
/* Frees all items; the list is empty and may be used again. */
void strings_done(struct strings *list);
