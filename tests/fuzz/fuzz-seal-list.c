/* Any bytes as a list of servers: read whole, or refused with a sentence. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/seal-list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1), *error = NULL;
	struct seal_list l = { 0 };
	int r;

	memcpy(text, data, n);
	text[n] = 0;
	r = seal_list_add(&l, "list", text, &error);
	if (r < 0 ? !error : error || l.n > SEAL_ENDPOINTS_MAX || l.names.n > SEAL_NAMES_MAX)
		abort();
	for (size_t i = 0; i < l.n; i++)
		if (!seal_list_name(&l, &l.endpoints[i].endpoint))
			abort();
	seal_list_done(&l);
	free(error);
	free(text);
	return 0;
}
