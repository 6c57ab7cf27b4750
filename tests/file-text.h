#pragma once
/* A file of the source folder as text, for the tests that read what we ship. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NULL where it can't be read; the caller's to free. */
static inline char *file_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t n = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &n, 0, f) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(f);
	return text;
}
