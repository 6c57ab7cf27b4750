/* Reads what is pending, and drops one of it. */
#include "pending.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "language.h"
#include "names.h"

#define DAYS_BY_NAME 6

const char *pending_when(int64_t due_usec, char buffer[PRINT_TEXT_MAX])
{
	const time_t t = (time_t)(due_usec / (int64_t)USEC_PER_SEC);
	const int64_t ahead_sec =
		(due_usec - (int64_t)clock_now().wall_usec) / (int64_t)USEC_PER_SEC;
	struct tm local;

	localtime_r(&t, &local);
	strftime(buffer, PRINT_TEXT_MAX,
		ahead_sec <= DAYS_BY_NAME * SEC_PER_DAY ? _("%A %H:%M") : _("%A %e %B, %H:%M"),
		&local);
	return buffer;
}

unsigned pending_number(const char *word)
{
	uint64_t n;

	return *word == 'L' && parse_uint64(word + 1, UINT32_MAX, &n) >= 0 ? (unsigned)n : 0;
}

static int read_list(sd_bus_message *m, int64_t *ret_sec,
	void (*visit)(const struct pending *p, void *userdata), void *userdata)
{
	struct pending p = { 0 };
	int64_t sec;
	int r;

	r = sd_bus_message_read(m, "x", &sec);
	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'a', FOCUSD_PENDING_ITEM);
	while (r >= 0 && (r = sd_bus_message_read(m, FOCUSD_PENDING_ITEM, &p.id, &p.person,
				  &p.target, &p.now, &p.then, &p.due_usec)) > 0) {
		p.number++;
		visit(&p, userdata);
	}
	if (r >= 0 && ret_sec)
		*ret_sec = sec;
	return r;
}

enum exit_code pending_list(const struct invocation *i, int64_t *ret_loosen_after_sec,
	void (*visit)(const struct pending *p, void *userdata), void *userdata)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct client_error error;

	if (client_call(i->client, "GetPending", &reply, &error, "s", i->person) < 0)
		return verbs_fail(&error);
	return read_list(reply, ret_loosen_after_sec, visit, userdata) < 0 ? EXIT_FAILED
									   : EXIT_DONE;
}

struct search {
	unsigned number;
	char *id, *target, *now;
};

static void find(const struct pending *p, void *userdata)
{
	struct search *s = userdata;

	if (p->number != s->number)
		return;
	s->id = strdup(p->id);
	s->target = strdup(p->target);
	s->now = strdup(p->now);
}

static void search_done(struct search *s)
{
	free(s->id);
	free(s->target);
	free(s->now);
}

enum exit_code pending_cancel(const struct invocation *i, unsigned number)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(search_done) struct search s = { .number = number };
	struct client_error error;
	enum exit_code code;

	code = pending_list(i, NULL, find, &s);
	if (code != EXIT_DONE)
		return code;
	if (!s.id || !s.target || !s.now) {
		fprintf(stderr, _("focusctl: L%u: expected one that focusctl pending shows\n"),
			number);
		return EXIT_FAILED;
	}
	if (client_call(i->client, "CancelPending", &reply, &error, "s", s.id) < 0)
		return verbs_fail(&error);
	printf(_("%s%s%s stays. What a file says otherwise counts again when it is changed.\n"),
		s.target, *s.target ? ": " : "", s.now);
	return EXIT_DONE;
}
