/* fork(), a pipe and a clock. It asks nothing itself. */
#include "worker.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"

static bool become(const struct passwd *pw)
{
	return initgroups(pw->pw_name, pw->pw_gid) == 0 &&
	       setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == 0 &&
	       setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == 0;
}

static _Noreturn void work(const struct passwd *pw, int fd,
	void (*ask)(FILE *answer, const void *data), const void *data)
{
	FILE *answer = fdopen(fd, "w");

	if (!answer || (pw && !become(pw)))
		_exit(1);
	ask(answer, data);
	_exit(fclose(answer) == 0 ? 0 : 1);
}

/* Reads until the end or the deadline. */
static int read_answer(int fd, usec_t end_usec, char *text)
{
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const usec_t now = clock_monotonic_usec();
		char rest[256];
		ssize_t got;

		if (now >= end_usec)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)((end_usec - now) / USEC_PER_MSEC) + 1) <= 0)
			continue;
		got = n < WORKER_ANSWER_MAX - 1 ? read(fd, text + n, WORKER_ANSWER_MAX - 1 - n)
						: read(fd, rest, sizeof(rest));
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		if (got > 0 && n < WORKER_ANSWER_MAX - 1)
			n += (size_t)got;
	}
	text[n] = 0;
	return 0;
}

int worker_ask(uid_t uid, unsigned timeout_msec, void (*ask)(FILE *answer, const void *data),
	const void *data, char ret[WORKER_ANSWER_MAX])
{
	const usec_t end_usec = clock_monotonic_usec() + timeout_msec * USEC_PER_MSEC;
	const bool other = geteuid() == 0 && uid != 0;
	const struct passwd *pw = other ? getpwuid(uid) : NULL;
	int fds[2], status = 0, r;
	pid_t pid;

	if (other && !pw)
		return -ESRCH;
	fflush(NULL);
	if (pipe(fds) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		work(pw, fds[1], ask, data);
	}
	close(fds[1]);
	r = pid < 0 ? -errno : read_answer(fds[0], end_usec, ret);
	close(fds[0]);
	if (pid < 0)
		return r;
	if (r < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return r < 0 ? r : status == 0 ? 0 : -ECHILD;
}
