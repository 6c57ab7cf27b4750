#pragma once
/* What there is to know about each rule key beside how it is read: how it is written, and which of
 * two values is the stricter. A key of the language without a row here fails a test. */
#include <stdio.h>

#include "core/config.h"

struct rule_row {
	unsigned key; /* enum rule_key */
	const char *name;
	/* The lines that say this key's value again, an empty value where there is none. */
	void (*write)(FILE *f, const struct rule_keys *rules);
	/* Makes the key as strict as both; NULL: it restricts nothing. The value stays letter by
	 * letter where it is strict enough already. */
	void (*tighten)(struct rule_keys *rules, const struct rule_keys *by);
};

const struct rule_row *rule_rows(size_t *ret_n);
