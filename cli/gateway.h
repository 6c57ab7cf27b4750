#pragma once
/* What status says of a machine that meters other ones' devices. */
#include <jansson.h>

#include "verbs.h"

/* A line, or nothing where it is no gateway. */
void gateway_print(const struct invocation *i);
/* An object, or NULL. */
json_t *gateway_json(const struct invocation *i);
