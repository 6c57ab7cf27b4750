#pragma once
/* The desktop's notices: org.freedesktop.Notifications on the session bus, whoever shows them. One
 * notification for each subject, replaced and never piled; what nobody took is shown when somebody
 * comes. It chooses no words. */
#include <systemd/sd-event.h>

#include "notice.h"

struct desktop;

struct desktop_button {
	const char *action; /* a word of the caller's, a constant */
	const char *label;
};
/* Somebody pressed the button of the notice on that subject. */
typedef void (*desktop_pressed_fn)(const char *subject, const char *action, void *userdata);

/* Finds the session bus, now or later, and again when it is lost. */
int desktop_new(sd_event *event, desktop_pressed_fn pressed, void *userdata, struct desktop **ret);
struct desktop *desktop_free(struct desktop *d);

/* Shows it, in place of what is shown on its subject. button: NULL for none.
 * -ENOMEM, also for too many subjects. */
int desktop_show(struct desktop *d, const struct notice *n, const struct desktop_button *button);
