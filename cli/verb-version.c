/* version: ours, and the daemon's when it runs. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "verbs.h"

static void client_freep(struct client **c)
{
	client_free(*c);
}

enum exit_code verb_version(const struct invocation *i)
{
	_cleanup_(client_freep) struct client *client = NULL;
	_cleanup_free_ char *version = NULL;
	struct client_error error;

	puts("focusctl " FOCUSD_VERSION);
	if (client_open(i->bus, &client, &error) < 0 ||
		client_version(client, &version, &error) < 0)
		puts("focusd is not running");
	else
		printf("focusd %s\n", version);
	return EXIT_DONE;
}
