/* Forks, binds, executes; knows nothing of DNS. The starter is the parent of every hook it started
 * and leaves with the keeper: its end of the socket pair closes. */
#include "system/hook-process.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "base/cleanup.h"
#include "names.h"

#define HOOK_SOCKETS_MAX  32 /* a UDP and a TCP socket for each `listen` */
#define HOOK_TCP_BACKLOG  128
#define START_TIMEOUT_SEC 10 /* binding and executing take milliseconds */

struct hook_process {
	int fd; /* our end of the socket pair */
	pid_t pid;
};

struct start_reply {
	int r;
	pid_t pid;
};

struct starter {
	int control, program;
	char *keeper_path;
	const struct endpoints *listens;
	int sockets[HOOK_SOCKETS_MAX];
	size_t n_sockets;
	int last; /* a pidfd of the hook that was started last; -1: none */
};

int hook_process_account(uid_t *ret_uid, gid_t *ret_gid)
{
	static const char *const names[] = { "focusd-dns", "nobody" };

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		const struct passwd *account = getpwnam(names[i]);

		if (account && account->pw_uid != 0) {
			*ret_uid = account->pw_uid;
			*ret_gid = account->pw_gid;
			return 0;
		}
	}
	return -ENOENT;
}

static int bind_one(const struct endpoint *e, int type)
{
	_cleanup_close_ int fd = socket(e->address.family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} a = { 0 };
	socklen_t size = e->address.family == AF_INET ? sizeof(a.in4) : sizeof(a.in6);
	const int on = 1;

	if (fd < 0)
		return -errno;
	a.any.sa_family = (sa_family_t)e->address.family;
	if (e->address.family == AF_INET) {
		a.in4.sin_port = htons(e->port);
		memcpy(&a.in4.sin_addr, e->address.bytes, sizeof(a.in4.sin_addr));
	} else {
		a.in6.sin6_port = htons(e->port);
		memcpy(&a.in6.sin6_addr, e->address.bytes, sizeof(a.in6.sin6_addr));
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
			return -errno;
	}
	if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (bind(fd, &a.any, size) < 0)
		return -errno;
	if (type == SOCK_STREAM && listen(fd, HOOK_TCP_BACKLOG) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static void starter_close(struct starter *s)
{
	for (size_t i = 0; i < s->n_sockets; i++)
		close(s->sockets[i]);
	s->n_sockets = 0;
}

/* A family that the kernel does not have is left out; anything else that fails fails the whole. */
static int starter_bind(struct starter *s)
{
	if (s->n_sockets > 0)
		return 0;
	for (size_t i = 0; i < s->listens->n; i++)
		for (int tcp = 0; tcp < 2; tcp++) {
			int fd = bind_one(&s->listens->items[i], tcp ? SOCK_STREAM : SOCK_DGRAM);

			if (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)
				continue;
			if (fd >= 0 && s->n_sockets == HOOK_SOCKETS_MAX) {
				close(fd);
				fd = -E2BIG;
			}
			if (fd < 0) {
				starter_close(s);
				return fd;
			}
			s->sockets[s->n_sockets++] = fd;
		}
	return s->n_sockets > 0 ? 0 : -EADDRNOTAVAIL;
}

/* In the child: lays the sockets at SD_LISTEN_FDS_START and becomes the hook. Reports errno through
 * the status pipe, which execution closes. */
static void __attribute__((noreturn)) starter_execute(const struct starter *s, int status)
{
	const int high = SD_LISTEN_FDS_START + HOOK_SOCKETS_MAX;
	char pid[16], count[16];
	char *const argv[] = { (char *)"focusd-dns", (char *)"--keeper", s->keeper_path, NULL };
	int program, r;

	program = fcntl(s->program, F_DUPFD_CLOEXEC, high);
	status = fcntl(status, F_DUPFD_CLOEXEC, high);
	if (program < 0 || status < 0)
		_exit(EXIT_FAILURE);
	for (size_t i = 0; i < s->n_sockets; i++) {
		int fd = fcntl(s->sockets[i], F_DUPFD_CLOEXEC, high);

		if (fd < 0 || dup2(fd, SD_LISTEN_FDS_START + (int)i) < 0)
			goto failed;
	}
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	snprintf(count, sizeof(count), "%zu", s->n_sockets);
	if (setenv("LISTEN_PID", pid, 1) < 0 || setenv("LISTEN_FDS", count, 1) < 0)
		goto failed;
	unsetenv("NOTIFY_SOCKET");
	setsid();
	fexecve(program, argv, environ);
failed:
	r = -errno;
	if (write(status, &r, sizeof(r)) < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_FAILURE);
}

/* One hook at a time: who asks for another has lost the one that was, be it alive or not. */
static void starter_end_last(struct starter *s)
{
	if (s->last < 0)
		return;
	pidfd_send_signal(s->last, SIGKILL, NULL, 0);
	close(TAKE_FD(s->last));
}

static int starter_start(struct starter *s, pid_t *ret_pid)
{
	int status[2], failure;
	pid_t pid;
	int r;

	r = starter_bind(s);
	if (r < 0)
		return r;
	if (pipe2(status, O_CLOEXEC) < 0)
		return -errno;
	starter_end_last(s);
	pid = fork();
	if (pid == 0)
		starter_execute(s, status[1]);
	r = pid < 0 ? -errno : 0;
	if (pid > 0)
		s->last = pidfd_open(pid, 0);
	close(status[1]);
	if (r == 0 && read(status[0], &failure, sizeof(failure)) == sizeof(failure))
		r = failure;
	close(status[0]);
	if (r == 0)
		*ret_pid = pid;
	return r;
}

static int starter_drop_privileges(void)
{
	uid_t uid;
	gid_t gid;
	int r;

	if (geteuid() != 0)
		return 0;
	r = hook_process_account(&uid, &gid);
	if (r < 0)
		return r;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

/* The keeper's lock and whatever else was open is not ours to hold. */
static void starter_close_others(const struct starter *s)
{
	const unsigned low = (unsigned)(s->control < s->program ? s->control : s->program);
	const unsigned high = (unsigned)(s->control < s->program ? s->program : s->control);

	close_range(3, low - 1, 0);
	close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

static void __attribute__((noreturn)) starter_run(struct starter *s)
{
	const int dropped = starter_drop_privileges();
	sigset_t none;
	char request;

	starter_close_others(s);
	signal(SIGCHLD, SIG_IGN); /* nobody waits for a hook; the keeper watches its connection */
	signal(SIGINT, SIG_IGN);  /* Ctrl-C is for the keeper; we end with it */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "focusd-starter");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0); /* the hook runs as the same account */
	while (read(s->control, &request, 1) == 1) {
		struct start_reply reply = { .r = dropped };

		if (reply.r == 0)
			reply.r = starter_start(s, &reply.pid);
		if (write(s->control, &reply, sizeof(reply)) != sizeof(reply))
			break;
	}
	_exit(EXIT_SUCCESS);
}

struct hook_process *hook_process_free(struct hook_process *p)
{
	if (!p)
		return NULL;
	close(p->fd);
	if (p->pid > 0)
		waitpid(p->pid, NULL, 0);
	free(p);
	return NULL;
}

DEFINE_CLEANUP(struct hook_process *, hook_process_free);

int hook_process_new(const char *program, const char *dir, const struct endpoints *listens,
	struct hook_process **ret)
{
	_cleanup_free_ struct hook_process *p = calloc(1, sizeof(*p));
	_cleanup_close_ int program_fd = open(program, O_PATH | O_CLOEXEC);
	_cleanup_free_ char *keeper_path = NULL;
	const struct timeval timeout = { .tv_sec = START_TIMEOUT_SEC };
	int pair[2];

	if (!p || asprintf(&keeper_path, "%s/%s", dir, FOCUSD_HOOK_SOCKET) < 0)
		return -ENOMEM;
	if (program_fd < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	p->pid = fork();
	if (p->pid < 0) {
		int r = -errno;

		close(pair[0]);
		close(pair[1]);
		return r;
	}
	if (p->pid == 0) {
		struct starter s = {
			.control = pair[1],
			.program = program_fd,
			.keeper_path = keeper_path,
			.listens = listens,
			.last = -1,
		};

		close(pair[0]);
		starter_run(&s);
	}
	close(pair[1]);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	p->fd = pair[0];
	*ret = TAKE_PTR(p);
	return 0;
}

int hook_process_start(struct hook_process *p, pid_t *ret_pid)
{
	struct start_reply reply;
	ssize_t n;

	if (send(p->fd, "s", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	n = read(p->fd, &reply, sizeof(reply));
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (n != sizeof(reply))
		return -EPIPE;
	if (reply.r < 0)
		return reply.r;
	*ret_pid = reply.pid;
	return 0;
}
