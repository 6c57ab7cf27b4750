#pragma once
/* Host names as text: lower case, no final dot, letters, digits, hyphens and underscores (real
 * hosts have them). RFC 1035 section 2.3.4 gives the lengths. */
#include <stdbool.h>
#include <stddef.h>

#define DOMAIN_TEXT_MAX  253
#define DOMAIN_LABEL_MAX 63

/* Checks and normalises; -EINVAL for anything that is no host name of at least one label. */
int domain_normalize(const char *text, char ret[DOMAIN_TEXT_MAX + 1]);
/* Is name the suffix itself or below it, label by label? Both normalised. */
bool domain_is_under(const char *name, const char *suffix);
/* The name without its first label, or NULL at the last one. */
const char *domain_parent(const char *name);
