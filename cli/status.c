/* Unmarshals; shows nothing. */
#include "status.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "language.h"
#include "names.h"

void status_done(struct status *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->people[i].entries);
		free(s->people[i].told);
	}
	free(s->people);
	for (char **p = s->problems; p && *p; p++)
		free(*p);
	free(s->problems);
	sd_bus_message_unref(s->reply);
}

static int read_entry(sd_bus_message *m, struct status_entry *e)
{
	return sd_bus_message_read(m, FOCUSD_STATUS_ENTRY, &e->name, &e->is_group,
		&e->used_today_sec, &e->used_week_sec, &e->limit_today_sec, &e->limit_week_sec,
		&e->left_sec, &e->opens_left, &e->state, &e->reason, &e->until_usec, &e->active);
}

static int read_told(sd_bus_message *m, struct status_person *p)
{
	int r;

	r = sd_bus_message_enter_container(m, 'a', FOCUSD_STATUS_TOLD);
	while (r >= 0 && sd_bus_message_at_end(m, false) == 0) {
		struct status_told *told = reallocarray(p->told, p->n_told + 1, sizeof(*told)), *t;

		if (!told)
			return -ENOMEM;
		p->told = told;
		t = &told[p->n_told++];
		r = sd_bus_message_read(
			m, FOCUSD_STATUS_TOLD, &t->device, &t->kind, &t->target, &t->until_usec);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_person(sd_bus_message *m, struct status_person *p)
{
	int r;

	r = sd_bus_message_read(m, "suxx", &p->name, &p->uid, &p->passes_left, &p->passes_left_sec);
	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'a', FOCUSD_STATUS_ENTRY);
	while (r >= 0 && sd_bus_message_at_end(m, false) == 0) {
		struct status_entry *entries = reallocarray(p->entries, p->n + 1, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		p->entries = entries;
		r = read_entry(m, &entries[p->n++]);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r < 0 ? r : read_told(m, p);
}

static int read_people(sd_bus_message *m, struct status *s)
{
	int r;

	r = sd_bus_message_enter_container(m, 'a', "(" FOCUSD_STATUS_PERSON ")");
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', FOCUSD_STATUS_PERSON)) > 0) {
		struct status_person *people = reallocarray(s->people, s->n + 1, sizeof(*people));

		if (!people)
			return -ENOMEM;
		s->people = people;
		people[s->n] = (struct status_person){ 0 };
		r = read_person(m, &people[s->n++]);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

int status_get(
	struct client *c, const char *person, struct status *ret, struct client_error *ret_error)
{
	struct status s = { 0 };
	int r;

	r = client_call(c, "GetStatus", &s.reply, ret_error, "s", person);
	if (r < 0)
		return r;
	r = sd_bus_message_read(s.reply, "xsb", &s.now_usec, &s.day, &s.enforcing);
	if (r >= 0)
		r = sd_bus_message_read_strv(s.reply, &s.problems);
	if (r >= 0)
		r = read_people(s.reply, &s);
	if (r < 0) {
		status_done(&s);
		ret_error->kind = CLIENT_FAILED;
		snprintf(ret_error->text, sizeof(ret_error->text),
			_("focusd's answer can't be read: is it of another version?"));
		return r;
	}
	*ret = s;
	return 0;
}
