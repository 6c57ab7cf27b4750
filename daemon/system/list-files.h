#pragma once
/* Reads the files of domains-file. What a line means is core/name-list.h's business. */
#include "core/config.h"
#include "core/listed.h"

/* The names of all sites' lists. A file that can't be read, and lines that are none of a list, are
 * left out and told in a sentence that names file, line, value and what was expected: they are
 * published by others, and must not stop us. */
int list_files_load(const struct config *config, struct listed **ret, struct strings *problems);
