/* notify: says on the desktop what the keeper tells of one's own time. It runs for as long as the
 * session does. */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "desktop.h"
#include "keeper-link.h"
#include "keeper-words.h"
#include "language.h"
#include "notice-board.h"
#include "pass-button.h"
#include "verbs.h"

/* A group's sites are told one by one, and are one matter. */
#define GATHER_USEC (200 * USEC_PER_MSEC)
#define GROUPS_MAX  256

struct notify {
	sd_event *event;
	sd_event_source *gather;
	struct client *client;
	struct notice_board *board;
	struct desktop *desktop;
	struct keeper_link *link;
	size_t n_instead; /* said so far */
	bool told_refusal;
	char problem[NOTICE_TEXT_MAX]; /* that was shown */
};

DEFINE_CLEANUP(struct notice_board *, notice_board_free);

static void show(struct notify *n, const struct notice *notice, const struct desktop_button *button)
{
	const int r = desktop_show(n->desktop, notice, button);

	if (r < 0)
		log_warning_errno(r, "A notice can't be kept");
}

/* The next thing of one's own list; a keeper that does not answer costs the line. */
static void add_instead(struct notify *n, struct notice *notice)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;
	char **list = NULL;
	size_t length = 0;

	client_hurry(n->client);
	if (client_call(n->client, "Instead", &reply, &error, "s", "") < 0 ||
		sd_bus_message_read_strv(reply, &list) < 0)
		return;
	while (list && list[length])
		length++;
	if (length > 0)
		notice_add_instead(notice, list[n->n_instead++ % length]);
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

/* Who may do something about it: an account of the groups that administrators are in, by their
 * names on Debian, Fedora and Arch. */
static bool is_administrator(void)
{
	static const char *const names[] = { "sudo", "wheel" };
	gid_t groups[GROUPS_MAX];
	const int n = getgroups(GROUPS_MAX, groups);

	if (getuid() == 0)
		return true;
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		const struct group *g = getgrnam(names[i]);

		for (int k = 0; g && k < n; k++)
			if (groups[k] == g->gr_gid)
				return true;
	}
	return false;
}

static void tell_problem(struct notify *n, const struct status *status)
{
	struct notice notice = { .subject = "problem" };

	if (!status->problems || !status->problems[0]) {
		n->problem[0] = 0;
		return;
	}
	if (!is_administrator() ||
		strncmp(n->problem, status->problems[0], sizeof(n->problem) - 1) == 0)
		return;
	snprintf(n->problem, sizeof(n->problem), "%s", status->problems[0]);
	snprintf(notice.summary, sizeof(notice.summary), _("focusd needs a look"));
	keeper_words(status->problems[0], notice.body, sizeof(notice.body));
	show(n, &notice, NULL);
}

/* Nothing tells of problems by itself, and they tend to come along with something else. */
static void look_for_problems(struct notify *n)
{
	_cleanup_(status_done) struct status status = { 0 };
	struct client_error error;

	if (is_administrator() && status_get(n->client, "", &status, &error) >= 0)
		tell_problem(n, &status);
}

/* With a button, where a pass helps and may be had. */
static void show_offering(struct notify *n, const struct notice *notice)
{
	char label[PRINT_TEXT_MAX];
	const struct desktop_button button = { PASS_BUTTON_TAKE, label };
	const bool offered = notice->may_pass && pass_button_offer(n->client, label);

	show(n, notice, offered ? &button : NULL);
}

static int on_gathered(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct notify *n = userdata;
	struct notice notice;

	n->gather = sd_event_source_disable_unref(n->gather);
	while (notice_board_next(n->board, (int64_t)clock_now().wall_usec, &notice)) {
		if (notice.ended)
			add_instead(n, &notice);
		show_offering(n, &notice);
	}
	look_for_problems(n);
	return 0;
}

static void gather(struct notify *n, int r)
{
	if (r >= 0 && !n->gather)
		r = sd_event_add_time_relative(
			n->event, &n->gather, CLOCK_BOOTTIME, GATHER_USEC, 0, on_gathered, n);
	if (r < 0)
		log_warning_errno(r, "Something of the keeper's is not told");
}

static void on_heard(const struct notice_signal *signal, void *userdata)
{
	struct notify *n = userdata;

	gather(n, notice_board_hear(n->board, signal));
}

static void on_joined(const struct status *status, const struct status_person *own, void *userdata)
{
	struct notify *n = userdata;

	gather(n, notice_board_learn(n->board, own));
	tell_problem(n, status);
}

/* Programs ask again and again; once a session is enough. */
static void on_refused(const char *server, void *userdata)
{
	struct notify *n = userdata;
	struct notice notice = { .subject = "encrypted-dns", .quiet = true };

	if (n->told_refusal)
		return;
	n->told_refusal = true;
	snprintf(
		notice.summary, sizeof(notice.summary), _("A program looked names up past focusd"));
	snprintf(notice.body, sizeof(notice.body),
		_("That was refused (%s), so that your limits hold. If something does not work, "
		  "focusctl doctor tells the cure."),
		server);
	show(n, &notice, NULL);
}

static void on_pressed(const char *subject, const char *action, void *userdata)
{
	const struct desktop_button cancel = { PASS_BUTTON_CANCEL, _("Never mind") };
	struct notify *n = userdata;
	struct notice notice;
	const bool waits = pass_button_press(n->client, subject, action, &notice);

	show(n, &notice, waits ? &cancel : NULL);
}

static int start(struct notify *n)
{
	const struct keeper_link_events events = {
		.joined = on_joined, .heard = on_heard, .refused = on_refused, .userdata = n
	};
	int r;

	r = desktop_new(n->event, on_pressed, n, &n->desktop);
	return r < 0 ? r : keeper_link_new(n->event, n->client, &events, &n->link);
}

/* SIGTERM and SIGINT end the loop, and nothing is left half done. */
static int watch_signals(sd_event *event)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	return r < 0 ? r : sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
}

enum exit_code verb_notify(const struct invocation *i)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_(notice_board_freep) struct notice_board *board = notice_board_new();
	struct notify n = { .client = i->client, .board = board };
	int r;

	log_setup("focusctl");
	r = board ? sd_event_default(&event) : -ENOMEM;
	n.event = event;
	if (r >= 0)
		r = watch_signals(event);
	if (r >= 0)
		r = start(&n);
	if (r >= 0)
		r = sd_event_loop(event);
	n.gather = sd_event_source_disable_unref(n.gather);
	keeper_link_free(n.link);
	desktop_free(n.desktop);
	if (r < 0)
		log_error_errno(r, "Can't show notices");
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}
