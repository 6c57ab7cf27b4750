#pragma once
/* The keeper speaks English on the bus; what people meet of it, its refusals and problems, is said
 * in their language here. */
#include <stddef.h>

/* The sentence, translated, with what stood in it; or as it is, where it is none that is known. */
const char *keeper_words(const char *sentence, char *buffer, size_t size);
