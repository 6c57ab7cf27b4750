/* Asks the keeper, which judges. */
#include "pass-button.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "client.h"
#include "declared.h"
#include "language.h"

#define SPAN_SEC     ((int64_t)5 * SEC_PER_MIN) /* or less, where less is allowed */
#define SPAN_SEC_MIN SEC_PER_MIN
#define REASON       "by the button of a notice"

/* 0: none may be had. */
static int64_t span_sec(struct client *c)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;
	int64_t left_sec, max_sec, sec = SPAN_SEC;
	uint32_t left;

	client_hurry(c);
	if (client_call(c, "Allowance", &reply, &error, "s", "") < 0 ||
		sd_bus_message_read(reply, "uxx", &left, &left_sec, &max_sec) < 0 || left == 0)
		return 0;
	if (sec > left_sec)
		sec = left_sec;
	if (sec > max_sec)
		sec = max_sec;
	return sec >= SPAN_SEC_MIN ? sec / SEC_PER_MIN * SEC_PER_MIN : 0;
}

bool pass_button_offer(struct client *c, char label[PRINT_TEXT_MAX])
{
	const int64_t sec = span_sec(c);
	char span[PRINT_TEXT_MAX];

	if (sec > 0)
		snprintf(label, PRINT_TEXT_MAX, _("A pass for %.32s"), print_span(sec, span));
	return sec > 0;
}

static void refuse(const char *subject, const char *why, struct notice *n)
{
	snprintf(n->summary, sizeof(n->summary), _("No pass for %s"), subject);
	snprintf(n->body, sizeof(n->body), "%.*s", NOTICE_TEXT_MAX - 1, why);
}

static void say_wait(const struct declared_reply *r, struct notice *n)
{
	const struct declared *d = &r->declared;
	const int64_t wait_usec = d->start_usec - (int64_t)clock_now().wall_usec;
	char wait[PRINT_TEXT_MAX], span[PRINT_TEXT_MAX];

	snprintf(n->summary, sizeof(n->summary), _("A breath: %s opens in %s"), d->target,
		print_span(wait_usec / (int64_t)USEC_PER_SEC + 1, wait));
	snprintf(n->body, sizeof(n->body),
		ngettext("For %s. After it %u more pass today.",
			"For %s. After it %u more passes today.", r->left),
		print_span(d->span_sec, span), r->left);
	n->expires_usec = d->start_usec;
}

static bool take(struct client *c, const char *subject, struct notice *n)
{
	struct declared_reply r = { 0 };
	struct client_error error;
	const int64_t sec = span_sec(c);
	bool waits = false;

	if (sec == 0) {
		refuse(subject, _("There is none left today."), n);
		return false;
	}
	if (client_call(c, "Declare", &r.message, &error, "ssxss", "pass", subject, sec, REASON,
		    "") < 0) {
		refuse(subject, error.text, n);
		return false;
	}
	if (declared_read_reply(&r) < 0)
		refuse(subject, _("focusd's answer can't be read."), n);
	else if (strcmp(r.declared.state, "waiting") == 0) {
		say_wait(&r, n);
		waits = true;
	} else {
		snprintf(n->summary, sizeof(n->summary), _("A pass for %s"), subject);
	}
	sd_bus_message_unref(r.message);
	return waits;
}

static void cancel(struct client *c, const char *subject, struct notice *n)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;

	if (client_call(c, "Cancel", &reply, &error, "ss", subject, "") < 0)
		refuse(subject, error.text, n);
	else
		refuse(subject, _("Well done: these minutes are yours."), n);
}

bool pass_button_press(
	struct client *c, const char *subject, const char *action, struct notice *ret)
{
	struct notice n = { 0 };
	bool waits = false;

	snprintf(n.subject, sizeof(n.subject), "%s", subject);
	if (strcmp(action, PASS_BUTTON_TAKE) == 0)
		waits = take(c, subject, &n);
	else
		cancel(c, subject, &n);
	*ret = n;
	return waits;
}
