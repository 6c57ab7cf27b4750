#pragma once
/* The text of the gate's rules. */
#include "system/gate.h"

/* options->rules_file with our ranges, mark and log group in it; *ret is the caller's. */
int gate_rules_read(const struct gate_options *options, char **ret);
