/* version: ours, and the daemon's when it runs. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "language.h"
#include "verbs.h"

enum exit_code verb_version(const struct invocation *i)
{
	_cleanup_free_ char *version = NULL;
	struct client_error error;

	puts("focusctl " FOCUSD_VERSION);
	if (client_version(i->client, &version, &error) < 0)
		puts(_("focusd is not running"));
	else
		printf("focusd %s\n", version);
	return EXIT_DONE;
}
