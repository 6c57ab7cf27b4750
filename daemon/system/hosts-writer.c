/* posix_spawn(3) of our own binary, whatever has become of its path. */
#include "system/hosts-writer.h"

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

#define PROGRAM "/proc/self/exe"

static int spawn(const struct hosts_writer_task *task, bool strip, pid_t *ret)
{
	char *const argv[] = { (char *)"focusd", (char *)"--runtime", (char *)task->runtime_dir,
		(char *)"--hosts-file", (char *)task->hosts_file,
		(char *)(strip ? "--hosts-strip" : "--hosts-write"), NULL };
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	r = posix_spawnattr_init(&attr);
	if (r != 0)
		return -r;
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attr, &none); /* ours are blocked, for the loop */
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	r = posix_spawn(ret, PROGRAM, NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	return -r;
}

int hosts_writer_start(struct sd_event *event, const struct hosts_writer_task *task,
	int (*done)(struct sd_event_source *child, const siginfo_t *info, void *userdata),
	void *userdata, struct sd_event_source **ret_child)
{
	pid_t pid;
	int r;

	r = spawn(task, false, &pid);
	return r < 0 ? r : sd_event_add_child(event, ret_child, pid, WEXITED, done, userdata);
}

/* 1 when the process has ended, 0 when it has not. */
static int wait_for_end(int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	int r;

	do
		r = poll(&ended, 1, HOSTS_STRIP_SEC * 1000);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

void hosts_writer_wait(struct sd_event_source *child)
{
	const int fd = sd_event_source_get_child_pidfd(child);

	if (fd >= 0)
		wait_for_end(fd);
}

int hosts_writer_strip(const struct hosts_writer_task *task)
{
	_cleanup_close_ int fd = -1;
	int status, r;
	pid_t pid;

	r = spawn(task, true, &pid);
	if (r < 0)
		return r;
	fd = pidfd_open(pid, 0);
	if (fd < 0)
		return -errno;
	r = wait_for_end(fd);
	if (r <= 0)
		return r < 0 ? r : -ETIMEDOUT;
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}
