/* focusd-share: options, then the two ends, then the loop. */
#include <errno.h>
#include <getopt.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "names.h"
#include "share/payload.h"
#include "share/share.h"

static const char usage[] =
	"focusd-share [OPTION …]\n"
	"\n"
	"Carries what a household's devices used between focusd and a message broker.\n"
	"\n"
	"  --bus ADDRESS   focusd's private socket (unix:path=" FOCUSD_RUNTIME_DIR
	"/" FOCUSD_BUS_SOCKET ")\n"
	"  --version       show the version\n"
	"  --help          show this\n";

static void share_freep(struct share **s)
{
	share_free(*s);
}

static int run(const char *address)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_(share_freep) struct share *share = NULL;
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	r = sd_event_default(&event);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_set_watchdog(event, true);
	if (r >= 0)
		r = share_new(event, address, &share);
	if (r < 0)
		return log_error_errno(r, "Can't start");
	sd_notify(false, "READY=1");
	r = sd_event_loop(event);
	sd_notify(false, "STOPPING=1");
	return r < 0 ? log_error_errno(r, "Can't go on") : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "bus", required_argument, NULL, 'b' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *address = "unix:path=" FOCUSD_RUNTIME_DIR "/" FOCUSD_BUS_SOCKET;
	int c, r;

	log_setup("focusd-share");
	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (c) {
		case 'b':
			address = optarg;
			break;
		case 'v':
			puts("focusd-share " FOCUSD_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default: /* getopt has said what is wrong */
			return 2;
		}
	if (optind < argc) {
		fprintf(stderr, "focusd-share: %s: expected no argument\n", argv[optind]);
		return 2;
	}
	payload_set_up();
	mosquitto_lib_init();
	r = run(address);
	mosquitto_lib_cleanup();
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
