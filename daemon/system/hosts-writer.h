#pragma once
/* The writer of the hosts file as a child of a keeper that is root: focusd --hosts-write. It may
 * wait for a lock or a slow disk; the keeper does not. (As a service the keeper has no child:
 * focusd-hosts.service is the writer.) */
#include <signal.h>

struct sd_event;
struct sd_event_source;

struct hosts_writer_task {
	const char *runtime_dir, *hosts_file;
};

#define HOSTS_STRIP_SEC 5

/* Starts it; done is called once with 0, or -EIO when it failed (it has said why). Freeing
 * *ret_child before that leaves it alone. Needs SIGCHLD blocked. */
int hosts_writer_start(struct sd_event *event, const struct hosts_writer_task *task,
	int (*done)(struct sd_event_source *child, const siginfo_t *info, void *userdata),
	void *userdata, struct sd_event_source **ret_child);
/* Waits for it, HOSTS_STRIP_SEC at most. */
void hosts_writer_wait(struct sd_event_source *child);
/* Takes our lines out and waits for it, HOSTS_STRIP_SEC at most: -ETIMEDOUT. -EIO: it failed. */
int hosts_writer_strip(const struct hosts_writer_task *task);
