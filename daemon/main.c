/* focusd: the keeper. Options, then build, tell that all is ready, loop, and give everything back.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "bus.h"
#include "manager.h"
#include "names.h"
#include "release.h"
#include "system/config-files.h"
#include "system/hook-process.h"
#include "system/hosts.h"
#include "system/list-files.h"
#include "system/privilege.h"

#define BOOT_ID_FILE  "/proc/sys/kernel/random/boot_id"
#define RESOLV_CONF   "/etc/resolv.conf"
#define ENDPOINTS_MAX 16 /* listen = lines; the configuration allows fewer */
#define NO_STATE      "%s: expected a state folder that focusd may write to"
#define LOCK_TRIES    20 /* of 100 ms: a predecessor that was killed is gone by then */

static const char usage[] =
	"focusd [OPTION …]\n"
	"\n"
	"Meters the time that people spend on feed sites and enforces their limits.\n"
	"\n"
	"  --config FILE   the configuration (" FOCUSD_CONFIG_FILE ")\n"
	"  --state DIR     where the ledger lives (" FOCUSD_STATE_DIR ")\n"
	"  --runtime DIR   where the sockets live (" FOCUSD_RUNTIME_DIR ")\n"
	"  --check         read the configuration, say what is wrong, and exit\n"
	"  --release       undo every hook that a focusd left behind, and exit\n"
	"  --if-stopping   with --release, after a service's end: only if the service is to stop\n"
	"  --version       show the version\n"
	"  --help          show this\n";

enum mode { MODE_RUN, MODE_CHECK, MODE_RELEASE, MODE_HOSTS_WRITE, MODE_HOSTS_STRIP, MODE_DONE };

struct options {
	const char *config, *state, *runtime, *hosts;
	enum mode mode;
	bool if_stopping;
};

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "state", required_argument, NULL, 's' },
		{ "runtime", required_argument, NULL, 'r' },
		{ "check", no_argument, NULL, 'k' },
		{ "release", no_argument, NULL, 'l' },
		{ "if-stopping", no_argument, NULL, 'i' },
		/* not for people: focusd(8) tells of them, --help does not */
		{ "hosts-file", required_argument, NULL, 'f' },
		{ "hosts-write", no_argument, NULL, 'w' },
		{ "hosts-strip", no_argument, NULL, 'x' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->state = optarg;
			break;
		case 'r':
			o->runtime = optarg;
			break;
		case 'k':
			o->mode = MODE_CHECK;
			break;
		case 'l':
			o->mode = MODE_RELEASE;
			break;
		case 'i':
			o->if_stopping = true;
			break;
		case 'f':
			o->hosts = optarg;
			break;
		case 'w':
			o->mode = MODE_HOSTS_WRITE;
			break;
		case 'x':
			o->mode = MODE_HOSTS_STRIP;
			break;
		case 'v':
			puts("focusd " FOCUSD_VERSION);
			o->mode = MODE_DONE;
			return 0;
		case 'h':
			fputs(usage, stdout);
			o->mode = MODE_DONE;
			return 0;
		default: /* getopt has said what is wrong */
			return -EINVAL;
		}
	if (o->if_stopping && o->mode != MODE_RELEASE) {
		fputs("focusd: --if-stopping: expected --release with it\n", stderr);
		return -EINVAL;
	}
	if (optind < argc) {
		fprintf(stderr, "focusd: %s: expected no argument\n", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

/* Where our own files are: installed, or in the tree the binary was built from. */
struct places {
	char hook[PATH_MAX], sites[PATH_MAX], rules[PATH_MAX], gateway[PATH_MAX], seal[PATH_MAX];
};

static bool find_source(const char *dir, struct places *p)
{
	char at[PATH_MAX];

	snprintf(at, sizeof(at), "%s", dir);
	while (strlen(at) > 1) {
		if (snprintf(p->rules, sizeof(p->rules), "%s/conf/focusd.nft", at) <
				(int)sizeof(p->rules) &&
			access(p->rules, R_OK) == 0)
			return snprintf(p->gateway, sizeof(p->gateway),
				       "%s/conf/focusd-gateway.nft",
				       at) < (int)sizeof(p->gateway) &&
			       snprintf(p->sites, sizeof(p->sites), "%s/conf/sites", at) <
				       (int)sizeof(p->sites) &&
			       snprintf(p->seal, sizeof(p->seal), "%s/conf/" FOCUSD_SEAL_NAME, at) <
				       (int)sizeof(p->seal);
		dirname(at);
	}
	return false;
}

static void find_places(struct places *p)
{
	char exe[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n > 0) {
		exe[n] = 0;
		dirname(exe);
		if (snprintf(p->hook, sizeof(p->hook), "%s/focusd-dns", exe) <
				(int)sizeof(p->hook) &&
			access(p->hook, X_OK) == 0 && find_source(exe, p))
			return;
	}
	strcpy(p->hook, FOCUSD_LIBEXECDIR "/focusd-dns");
	strcpy(p->sites, FOCUSD_DATADIR "/sites");
	strcpy(p->rules, FOCUSD_DATADIR "/focusd.nft");
	strcpy(p->gateway, FOCUSD_DATADIR "/focusd-gateway.nft");
	strcpy(p->seal, FOCUSD_DATADIR "/" FOCUSD_SEAL_NAME);
}

/* What is left out of lists is told; it is no mistake of the configuration. */
static int check_lists(const struct config *c)
{
	_cleanup_(strings_done) struct strings problems = { 0 };
	struct listed *listed = NULL;
	const int r = list_files_load(c, &listed, &problems);

	for (size_t i = 0; i < problems.n; i++)
		fprintf(stderr, "%s\n", problems.items[i]);
	if (r >= 0 && listed->n_names > 0)
		printf("%zu names are listed\n", listed->n_names);
	listed_free(listed);
	return r;
}

static int check(const struct options *o)
{
	_cleanup_free_ char *error = NULL;
	struct seal_list seal = { 0 };
	struct config *c = NULL;
	struct places places;
	int r;

	find_places(&places);
	r = config_files_load(o->config, places.sites, &c, &error);
	if (r >= 0)
		r = config_files_load_seal(places.seal, o->config, &seal, &error);
	if (r >= 0)
		r = check_lists(c);
	seal_list_done(&seal);
	if (r < 0) {
		config_free(c);
		fprintf(stderr, "%s\n", error ? error : strerror(-r));
		return r;
	}
	printf("%s is good: sites %zu, groups %zu, persons %zu; %s\n", o->config, c->n_sites,
		c->n_groups, c->n_persons,
		config_enforces(c) ? "limits are enforced" : "nothing is limited");
	config_free(c);
	return 0;
}

/* The writer of the hosts file: root, but without any capability (focusd-hosts.service), or the
 * child of a keeper that is root. */
static int update_hosts(const struct options *o, bool strip)
{
	_cleanup_free_ char *wanted = NULL;
	int r;

	if (asprintf(&wanted, "%s/" FOCUSD_HOSTS_WANTED, o->runtime) < 0) {
		wanted = NULL;
		return -ENOMEM;
	}
	r = hosts_update(o->hosts, strip ? NULL : wanted);
	if (r == -EBADMSG || r == -E2BIG)
		log_error("%s: expected lines of an address and a name, as focusd writes them",
			wanted);
	else if (r < 0)
		log_error_errno(
			r, "%s: can't %s focusd's lines", o->hosts, strip ? "take out" : "write");
	return r;
}

/* One keeper on one state folder. The descriptor is the lock. Without a folder that is its own it
 * does not begin: it would count what it can't keep, and renew every quota at its end. What a disk
 * refuses for a while is the ledger's business. */
static int lock_state(const char *dir)
{
	_cleanup_close_ int fd = -1;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return log_error_errno(-errno, NO_STATE, dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0 && errno != EROFS))
		return log_error_errno(-errno, NO_STATE, dir);
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i == LOCK_TRIES) {
			log_error("%s: another focusd is at work on this folder", dir);
			return -EBUSY;
		}
		usleep(100000);
	}
	return TAKE_FD(fd);
}

static void read_boot_id(char *ret, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen(BOOT_ID_FILE, "re");

	/* In a sandbox that hides it, counters of a boot before this one are told by being larger.
	 */
	if (!f || !fgets(ret, (int)size, f))
		snprintf(ret, size, "unknown");
	ret[strcspn(ret, "\n")] = 0;
}

struct keeper {
	struct options options;
	struct places places;
	char boot_id[64];
	sd_event *event;
	struct manager *manager;
	struct bus *bus;
	bool ready;
	char line[MANAGER_LINE_MAX]; /* the last STATUS= */
};

static void keeper_done(struct keeper *k)
{
	bus_free(k->bus);
	manager_free(k->manager);
	sd_event_unref(k->event);
}

/* After whatever happened: systemctl status shows what holds now. */
static int tell_status(sd_event_source *source, void *userdata)
{
	struct keeper *k = userdata;
	char line[MANAGER_LINE_MAX];

	if (!k->ready)
		return 0;
	manager_tell_trouble(k->manager, clock_now());
	if (strcmp(manager_status_line(k->manager, line), k->line) == 0)
		return 0;
	strcpy(k->line, line);
	sd_notifyf(false, "STATUS=%s", line);
	return 0;
}

static void on_ready(void *userdata)
{
	struct keeper *k = userdata;
	const int r = bus_new(k->event, k->manager, k->options.runtime, &k->bus);

	if (r < 0) {
		log_error_errno(r, "Can't open the bus socket");
		sd_event_exit(k->event, r);
		return;
	}
	log_info("%s", manager_status_line(k->manager, k->line));
	sd_notifyf(false, "READY=1\nSTATUS=%s", k->line);
	k->ready = true;
	malloc_trim(0); /* a start takes a fifth more than what runs then */
}

static int on_sighup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct keeper *k = userdata;
	_cleanup_free_ char *error = NULL;

	/* Type=notify-reload tells this reload from an older one by the time */
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_monotonic_usec());
	manager_reload(k->manager, clock_now(), &error);
	sd_notify(false, "READY=1");
	return 0;
}

static int set_up_loop(struct keeper *k)
{
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD); /* the writer of the hosts file */
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	r = sd_event_default(&k->event);
	if (r >= 0)
		r = sd_event_add_signal(k->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(k->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(k->event, NULL, SIGHUP, on_sighup, k);
	if (r >= 0)
		r = sd_event_add_post(k->event, NULL, tell_status, k);
	if (r >= 0)
		r = sd_event_set_watchdog(k->event, true);
	return r;
}

/* As a unit with an account of its own the hook is another unit's; root starts one anywhere. */
static bool is_service(void)
{
	const char *pid = getenv("SYSTEMD_EXEC_PID");

	return pid && strtol(pid, NULL, 10) == getpid() && geteuid() != 0;
}

/* The redirect. A name of its own for the table: a dying predecessor, or the service manager, may
 * still hold the last one. */
static int take_attach(struct keeper *k, char **ret_error)
{
	struct fd_store *store = NULL;
	struct attach *attach;
	char table[64];
	int r;

	if (is_service()) {
		r = fd_store_new(&store);
		if (r < 0)
			return r;
		manager_take_fd_store(k->manager, store);
		snprintf(table, sizeof(table), "%s", fd_store_name(store));
	} else
		snprintf(table, sizeof(table), "focusd-redirect-%d", (int)getpid());
	r = attach_new(table, &attach, ret_error);
	if (r >= 0)
		manager_take_attach(k->manager, attach);
	return r;
}

/* What the kernel does for us: translation and gate, and the redirect. */
static int take_kernel(struct keeper *k, char **ret_error)
{
	const struct config *c = manager_config(k->manager);
	const struct gate_options options = { c->lease4, c->lease6, c->mark_mask, c->log_group,
		k->places.rules, c->network.gateway ? k->places.gateway : NULL, c->network.port };
	const struct gate_events events = manager_gate_events(k->manager);
	struct gate *gate;
	int r;

	r = gate_nft_new(&options, k->event, &events, &gate, ret_error);
	if (r < 0)
		return r;
	manager_take_gate(k->manager, gate);
	return take_attach(k, ret_error);
}

/* A gateway's hook is asked on every address of the machine too, on a port of its own. */
static int start_hook_starter(struct keeper *k)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct config *c = manager_config(k->manager);
	struct endpoint items[ENDPOINTS_MAX + ELEMENTSOF(families)] = { 0 };
	struct endpoints listens = { items, c->listens.n };
	struct hook_process *hook = NULL;
	int r;

	if (listens.n > ENDPOINTS_MAX)
		return -E2BIG;
	memcpy(items, c->listens.items, listens.n * sizeof(*items));
	for (size_t i = 0; c->network.gateway && i < ELEMENTSOF(families); i++)
		items[listens.n++] =
			(struct endpoint){ .address.family = families[i], .port = c->network.port };
	r = hook_process_new(k->places.hook, k->options.runtime, &listens, &hook);
	if (r >= 0)
		manager_take_hook_process(k->manager, hook);
	return r;
}

static int build(struct keeper *k, char **ret_error)
{
	const struct manager_options options = {
		.config_file = k->options.config,
		.sites_dir = k->places.sites,
		.seal_file = k->places.seal,
		.state_dir = k->options.state,
		.runtime_dir = k->options.runtime,
		.resolv_conf = RESOLV_CONF,
		.hosts_file = k->options.hosts,
		.hosts_child = !is_service(),
		.boot_id = k->boot_id,
	};
	char socket_path[PATH_MAX];
	bool adopt;
	int r;

	snprintf(socket_path, sizeof(socket_path), "%s/" FOCUSD_HOOK_SOCKET, k->options.runtime);
	adopt = access(socket_path, F_OK) == 0; /* a predecessor's hook may still run */
	r = set_up_loop(k);
	if (r >= 0)
		r = manager_new(&options, k->event, &k->manager, ret_error);
	if (r < 0)
		return r;
	if (!is_service()) {
		/* before privileges go: the starter needs them to become another account */
		r = start_hook_starter(k);
		if (r < 0)
			return r;
	}
	r = privilege_keep_net_admin();
	if (r >= 0)
		r = take_kernel(k, ret_error);
	if (r >= 0)
		r = manager_start(k->manager, clock_now(), ret_error);
	if (r >= 0)
		r = manager_start_hook(k->manager, adopt, on_ready, k);
	return r;
}

/* libnftables takes 2 MB for each command and gives them back. Left alone, glibc takes the first
 * time for a habit and serves what is as large from the heap ever after, which keeps the holes. A
 * new lease's other needs (0.6 MB) stay at hand: to fetch them from the kernel each time would
 * double what it costs. */
static void keep_heap_small(void)
{
	mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

static int run(const struct options *o)
{
	_cleanup_(keeper_done) struct keeper k = { .options = *o };
	_cleanup_free_ char *error = NULL;
	_cleanup_close_ int lock = -1;
	int r;

	keep_heap_small();
	if (mkdir(o->runtime, 0755) < 0 && errno != EEXIST)
		return log_error_errno(-errno, "%s: can't make the runtime folder", o->runtime);
	lock = lock_state(o->state);
	if (lock < 0)
		return lock;
	find_places(&k.places);
	read_boot_id(k.boot_id, sizeof(k.boot_id));
	r = build(&k, &error);
	if (r < 0) {
		log_error("Can't start: %s", error ? error : strerror(-r));
		return r;
	}
	r = sd_event_loop(k.event);
	if (r < 0)
		log_error_errno(r, "Can't go on");
	sd_notify(false, "STOPPING=1");
	manager_stop(k.manager, clock_now());
	if (!is_service()) { /* there ExecStopPost= does it, and knows whether it is a stop */
		release_hosts(o->runtime, o->hosts);
		release_kernel();
	}
	return r;
}

int main(int argc, char **argv)
{
	const char *state = getenv("STATE_DIRECTORY"), *runtime = getenv("RUNTIME_DIRECTORY");
	struct options o = {
		.config = FOCUSD_CONFIG_FILE,
		.state = state ? state : FOCUSD_STATE_DIR,
		.runtime = runtime ? runtime : FOCUSD_RUNTIME_DIR,
		.hosts = FOCUSD_HOSTS_FILE,
	};
	int r = 0;

	log_setup("focusd");
	if (parse_options(argc, argv, &o) < 0)
		return 2;
	switch (o.mode) {
	case MODE_RUN:
		r = run(&o);
		break;
	case MODE_CHECK:
		r = check(&o);
		break;
	case MODE_RELEASE:
		r = o.if_stopping ? release_if_stopping(o.state, o.runtime, o.hosts)
				  : release_all(o.state, o.runtime, o.hosts);
		break;
	case MODE_HOSTS_WRITE:
		r = update_hosts(&o, false);
		break;
	case MODE_HOSTS_STRIP:
		r = update_hosts(&o, true);
		break;
	case MODE_DONE:
		break;
	}
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
