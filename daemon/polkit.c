/* org.freedesktop.PolicyKit1.Authority.CheckAuthorization, asynchronously. The policy names us as
 * the owner of its actions (org.freedesktop.policykit.owner): polkit answers nobody else but root.
 */
#include "polkit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#define QUESTIONS_MAX       256 /* open at once, over all callers */
#define QUESTIONS_EACH      4   /* of one account: each may stay open for two minutes */
#define TIMEOUT_USEC        (5 * USEC_PER_SEC)
#define TIMEOUT_PERSON_USEC (120 * USEC_PER_SEC) /* somebody types a password */
#define ALLOW_INTERACTION   UINT32_C(1)

struct question {
	struct polkit *owner;
	struct question *next;
	sd_bus_slot *slot;
	sd_bus_message *message;
	uid_t uid;
	const char *action; /* of names.h */
	sd_bus_message_handler_t again;
	void *userdata;
	sd_bus_error refusal;
};

struct polkit {
	sd_bus *bus;
	struct question *questions;
	size_t n_questions;
	const struct question *granted; /* whose handler runs again just now */
};

static void question_free(struct question *q)
{
	sd_bus_slot_unref(q->slot);
	sd_bus_message_unref(q->message);
	sd_bus_error_free(&q->refusal);
	free(q);
}

static void unlink_question(struct polkit *p, const struct question *q)
{
	struct question **at = &p->questions;

	while (*at && *at != q)
		at = &(*at)->next;
	if (*at) {
		*at = q->next;
		p->n_questions--;
	}
}

int polkit_new(sd_bus *bus, struct polkit **ret)
{
	struct polkit *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->bus = bus;
	*ret = p;
	return 0;
}

struct polkit *polkit_free(struct polkit *p)
{
	while (p && p->questions) {
		struct question *q = p->questions;

		unlink_question(p, q);
		question_free(q);
	}
	free(p);
	return NULL;
}

static bool says_yes(sd_bus_message *answer)
{
	int authorised = 0, challenge;
	int r;

	if (sd_bus_message_is_method_error(answer, NULL)) {
		log_debug("polkit: %s", sd_bus_message_get_error(answer)->message);
		return false;
	}
	r = sd_bus_message_enter_container(answer, 'r', "bba{ss}");
	if (r >= 0)
		r = sd_bus_message_read(answer, "bb", &authorised, &challenge);
	return r >= 0 && authorised;
}

static void run_again(struct polkit *p, struct question *q)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	p->granted = q;
	r = sd_bus_message_rewind(q->message, true);
	if (r >= 0)
		r = q->again(q->message, q->userdata, &error);
	p->granted = NULL;
	if (r < 0 || sd_bus_error_is_set(&error))
		sd_bus_reply_method_errno(q->message, r, &error);
}

static int on_answer(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
	struct question *q = userdata;
	struct polkit *p = q->owner;

	unlink_question(p, q);
	if (says_yes(answer))
		run_again(p, q);
	else
		sd_bus_reply_method_error(q->message, &q->refusal);
	question_free(q);
	return 0;
}

static int send_question(struct polkit *p, struct question *q)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	const bool interactive = sd_bus_message_get_allow_interactive_authorization(q->message) > 0;
	int r;

	r = sd_bus_message_new_method_call(p->bus, &call, "org.freedesktop.PolicyKit1",
		"/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
		"CheckAuthorization");
	if (r >= 0)
		r = sd_bus_message_append(call, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name",
			"s", sd_bus_message_get_sender(q->message), q->action, 0,
			interactive ? ALLOW_INTERACTION : 0, "");
	if (r >= 0)
		r = sd_bus_call_async(p->bus, &q->slot, call, on_answer, q,
			interactive ? TIMEOUT_PERSON_USEC : TIMEOUT_USEC);
	return r;
}

static int read_uid(sd_bus_message *message, uid_t *ret)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	const int r = sd_bus_query_sender_creds(message, SD_BUS_CREDS_EUID, &creds);

	return r < 0 ? r : sd_bus_creds_get_euid(creds, ret);
}

static bool has_room(const struct polkit *p, uid_t uid)
{
	size_t theirs = 0;

	for (const struct question *q = p->questions; q; q = q->next)
		theirs += q->uid == uid;
	return p->n_questions < QUESTIONS_MAX && theirs < QUESTIONS_EACH;
}

int polkit_ask(struct polkit *p, sd_bus_message *message, const char *action,
	sd_bus_message_handler_t again, void *userdata, sd_bus_error *error)
{
	struct question *q;
	uid_t uid;
	int r;

	if (p->granted && p->granted->message == message &&
		strcmp(p->granted->action, action) == 0) {
		sd_bus_error_free(error);
		return 1;
	}
	if (p->granted || read_uid(message, &uid) < 0 || !has_room(p, uid))
		return -EACCES;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -EACCES;
	*q = (struct question){
		.owner = p,
		.next = p->questions,
		.message = sd_bus_message_ref(message),
		.uid = uid,
		.action = action,
		.again = again,
		.userdata = userdata,
	};
	r = send_question(p, q);
	if (r >= 0)
		r = sd_bus_error_copy(&q->refusal, error) < 0 && !q->refusal.name ? -ENOMEM : 0;
	if (r < 0) {
		question_free(q);
		return -EACCES;
	}
	sd_bus_error_free(error);
	p->questions = q;
	p->n_questions++;
	return 0;
}
