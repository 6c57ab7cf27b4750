#pragma once
/* The desktop's notices: org.freedesktop.Notifications on the session bus, whoever shows them. One
 * notification for each subject, replaced and never piled; what nobody took is shown when somebody
 * comes. It chooses no words. */
#include <systemd/sd-event.h>

#include "notice.h"

struct desktop;

/* Somebody pressed the button of the notice on that subject. */
typedef void (*desktop_pressed_fn)(const char *subject, void *userdata);

/* Finds the session bus, now or later, and again when it is lost. */
int desktop_new(sd_event *event, desktop_pressed_fn pressed, void *userdata, struct desktop **ret);
struct desktop *desktop_free(struct desktop *d);

/* Shows it, in place of what is shown on its subject. button: its label; NULL: it has none.
 * -ENOMEM, also for too many subjects. */
int desktop_show(struct desktop *d, const struct notice *n, const char *button);
