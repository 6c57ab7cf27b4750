#pragma once
/* Tells when a file that others own may read otherwise. It does not read it. */

struct sd_event;
struct file_watch;

/* Calls changed (at most every 100 ms) when the file may read otherwise: written, renamed over,
 * removed or made, its symlink moved, mounted over. path need not exist, its folder must. */
int file_watch_new(struct sd_event *event, const char *path, void (*changed)(void *userdata),
	void *userdata, struct file_watch **ret);
struct file_watch *file_watch_free(struct file_watch *w);
