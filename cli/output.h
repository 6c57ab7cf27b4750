#pragma once
/* A file that others read while it is written: the whole new one or the whole old one. */
#include <stdio.h>
#include <sys/types.h>

struct output {
	FILE *file;
	char *path, *temporary; /* NULL: the standard output, a device or a pipe */
	mode_t mode;            /* 0600, or what is set before the commit */
};

/* path: NULL for the standard output. A negative errno. */
int output_open(const char *path, struct output *ret);
/* Puts it in its place; after a failure the old one is as it was. */
int output_commit(struct output *o);
/* Lets go of what was not committed. */
void output_done(struct output *o);
