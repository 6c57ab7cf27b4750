/* Text that grows in memory, then one run. It knows no rule. */
#include "system/gate-script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "system/nft-run.h"

int script_begin(struct script *s)
{
	*s = (struct script){ 0 };
	s->f = text_open(&s->text, &s->size);
	return s->f ? 0 : -ENOMEM;
}

void script_done(struct script *s)
{
	if (s->f)
		fclose(s->f);
	free(s->text);
}

int script_run(struct nft_run *nft, struct script *s)
{
	_cleanup_free_ char *error = NULL;
	int r;

	if (s->n == 0)
		return 0;
	r = text_close(TAKE_PTR(s->f), &s->text);
	if (r >= 0)
		r = nft_run(nft, s->text, NULL, &error);
	if (r < 0)
		log_debug("nftables: %s", error ? error : strerror(-r));
	return r;
}
