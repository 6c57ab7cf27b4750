/* focusd-dns: answers names for focusd. It has no privilege, opens no file, and reads its names
 * from memory that the keeper hands over. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "dns/listener.h"
#include "dns/sandbox.h"
#include "dns/server.h"
#include "names.h"

static const char usage[] =
	"focusd-dns [--keeper SOCKET]\n"
	"\n"
	"Answers look-ups for focusd; focusd or systemd starts it with its sockets.\n"
	"\n"
	"  --keeper SOCKET  where focusd listens (" FOCUSD_RUNTIME_DIR "/" FOCUSD_HOOK_SOCKET ")\n"
	"  --version        show the version\n"
	"  --help           show this\n";

/* 1: done, nothing to run. */
static int parse_options(int argc, char **argv, const char **ret_keeper)
{
	static const struct option options[] = {
		{ "keeper", required_argument, NULL, 'k' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (c) {
		case 'k':
			*ret_keeper = optarg;
			break;
		case 'v':
			puts("focusd-dns " FOCUSD_VERSION);
			return 1;
		case 'h':
			fputs(usage, stdout);
			return 1;
		default: /* getopt has said what is wrong */
			return -EINVAL;
		}
	if (optind < argc) {
		fprintf(stderr, "focusd-dns: %s: expected no argument\n", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static int set_up_loop(sd_event **ret)
{
	sd_event *event = NULL;
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	r = sd_event_default(&event);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_set_watchdog(event, true);
	if (r < 0) {
		sd_event_unref(event);
		return r;
	}
	*ret = event;
	return 0;
}

static void server_freep(struct server **s)
{
	server_free(*s);
}

/* Those of DNS are told from resolved's by what they are. */
static int take_sockets(struct server_sockets *ret)
{
	const int n = sd_listen_fds(true);

	ret->n_dns = 0;
	ret->resolved = -1;
	if (n < 0)
		return n;
	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0)
			ret->resolved = fd;
		else if (ret->n_dns == LISTENER_SOCKETS_MAX)
			return -E2BIG;
		else
			ret->dns[ret->n_dns++] = fd;
	}
	return ret->n_dns > 0 ? 0 : -EINVAL;
}

static int run(const char *keeper)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_(server_freep) struct server *server = NULL;
	struct server_sockets sockets;
	int r;

	r = take_sockets(&sockets);
	if (r == -E2BIG)
		log_error("More sockets were handed over than %d", LISTENER_SOCKETS_MAX);
	else if (r < 0)
		log_error("No sockets were handed over: focusd or systemd starts this program");
	if (r < 0)
		return r;
	r = set_up_loop(&event);
	if (r >= 0)
		r = server_new(event, &sockets, keeper, &server);
	if (r < 0)
		return log_error_errno(r, "Can't start");
	r = sandbox_enter();
	if (r == -EPERM)
		log_error("focusd-dns must not run as root, and needs seccomp");
	if (r < 0)
		return log_error_errno(r, "Can't enter the sandbox");
	sd_notify(false, "READY=1");
	r = sd_event_loop(event);
	return r < 0 ? log_error_errno(r, "Can't go on") : 0;
}

int main(int argc, char **argv)
{
	const char *keeper = FOCUSD_RUNTIME_DIR "/" FOCUSD_HOOK_SOCKET;
	int r;

	log_setup("focusd-dns");
	r = parse_options(argc, argv, &keeper);
	if (r < 0)
		return 2;
	if (r > 0)
		return EXIT_SUCCESS;
	return run(keeper) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
