/* The sets of conf/focusd.nft that say whose encrypted look-ups are refused, and who tried. */
#include "system/gate-seal.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "system/gate-listing.h"
#include "system/gate-script.h"
#include "system/nft-run.h"

#define TABLE "inet focusd"

int gate_seal_set(struct nft_run *nft, const struct gate_seal *seal, char **told)
{
	_cleanup_(script_done) struct script s;
	char address[ADDRESS_TEXT_MAX];
	int r;

	r = script_begin(&s);
	if (r < 0)
		return r;
	script_add(&s, "flush set " TABLE " sealed\nflush set " TABLE " doh4\n"
		       "flush set " TABLE " doh6\n");
	for (size_t i = 0; i < seal->n_uids; i++)
		script_add(&s, "add element " TABLE " sealed { %u }\n", seal->uids[i]);
	for (size_t i = 0; i < seal->n_endpoints; i++)
		script_add(&s, "add element " TABLE " doh%c { %s . %u }\n",
			seal->endpoints[i].address.family == AF_INET6 ? '6' : '4',
			address_format(&seal->endpoints[i].address, address),
			seal->endpoints[i].port);
	fflush(s.f);
	if (*told && strcmp(s.text, *told) == 0)
		return 0;
	r = script_run(nft, &s);
	if (r < 0)
		return r;
	free(*told);
	*told = TAKE_PTR(s.text);
	malloc_trim(0); /* hundreds of elements leave libnftables' heap in pieces */
	return 0;
}

int gate_seal_read(struct nft_run *nft, struct gate_try **ret, size_t *ret_n)
{
	static const char *const commands[] = { "list set " TABLE " tried4",
		"list set " TABLE " tried6", "list set " TABLE " tried-others" };
	struct gate_tries tries = { 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(commands); i++) {
		_cleanup_free_ char *json = NULL;

		r = nft_run_list(nft, commands[i], false, &json);
		if (r >= 0)
			r = gate_listing_tries(json, &tries);
	}
	if (r < 0) {
		free(tries.items);
		return r;
	}
	*ret = tries.items;
	*ret_n = tries.n;
	return 0;
}
