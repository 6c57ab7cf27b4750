#pragma once
/* Names by which programs ask whether they may go round the system's resolver. */
#include "core/dns-message.h"

struct bypass_name {
	const char *name;
	enum dns_rcode rcode; /* the answer that keeps them here */
};

/* All of them. */
const struct bypass_name *bypass_names(size_t *ret_n);
/* NULL: the name (normalised) is none of them. */
const struct bypass_name *bypass_find(const char *name);
/* Is the name one of them, or below one? */
bool bypass_covers(const char *name);
