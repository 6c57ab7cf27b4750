#pragma once
/* The text of the gate's rules. */
#include "system/gate.h"

/* The file (one of options') with our ranges, mark, port and log group in it; *ret is the caller's.
 */
int gate_rules_read(const struct gate_options *options, const char *path, char **ret);
