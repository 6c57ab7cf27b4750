/* Marshals what the examination found. */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "bus-internal.h"
#include "manager-doctor.h"
#include "manager-probe.h"
#include "names.h"

static int append_finding(sd_bus_message *reply, const struct finding *f)
{
	return sd_bus_message_append(
		reply, "(ssss)", f->check, finding_level_name(f->level), f->text, f->cure);
}

int bus_on_examine(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(findings_done) struct findings findings = { 0 };
	uid_t uid;
	int r;

	r = bus_caller(message, door, &uid);
	if (r >= 0)
		r = manager_examine(door->manager, clock_now(), uid, &findings);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(ssss)");
	for (size_t i = 0; r >= 0 && i < findings.n; i++)
		r = append_finding(reply, &findings.items[i]);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/* Whose look-ups are followed: one's own; root may name anybody, and means the first otherwise. */
static int authorise_probe(
	const struct manager *m, uid_t uid, const char *name, int *ret_person, sd_bus_error *error)
{
	const int own = manager_find_uid(m, uid);
	const int wanted = *name ? manager_find_person(m, name) : own;

	if (*name && uid != 0 && (wanted < 0 || wanted != own))
		return sd_bus_error_set(error, FOCUSD_ERROR_NOT_ALLOWED,
			"Only an administrator may look after other people");
	if (*name && wanted < 0)
		return bus_no_such_person(error, name);
	*ret_person = wanted < 0 && uid == 0 && manager_n_people(m) > 0 ? 0 : wanted;
	return 0;
}

static int append_endpoints(sd_bus_message *reply, const struct endpoint *list, size_t n)
{
	char text[ENDPOINT_TEXT_MAX];
	int r;

	r = sd_bus_message_open_container(reply, 'a', "s");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(reply, "s", endpoint_format(&list[i], text));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_range(sd_bus_message *reply, const struct prefix *range)
{
	char address[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 4];

	snprintf(
		text, sizeof(text), "%s/%u", address_format(&range->address, address), range->bits);
	return sd_bus_message_append(reply, "s", text);
}

static int append_hosts(sd_bus_message *reply, const struct probe *p)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(sb)");
	for (size_t i = 0; r >= 0 && i < p->n_hosts; i++)
		r = sd_bus_message_append(reply, "(sb)", p->hosts[i].name, (int)p->hosts[i].open);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_probe(sd_bus_message *reply, const struct config *c, const struct probe *p)
{
	int r;

	r = sd_bus_message_append(reply, "su", p->person, (uint32_t)p->uid);
	if (r >= 0)
		r = append_range(reply, &c->lease4);
	if (r >= 0)
		r = append_range(reply, &c->lease6);
	if (r >= 0)
		r = append_hosts(reply, p);
	if (r >= 0)
		r = append_endpoints(reply, p->hooks, p->n_hooks);
	if (r >= 0)
		r = append_endpoints(reply, p->resolvers, p->n_resolvers);
	return r < 0 ? r : sd_bus_message_append(reply, "t", p->moved_bytes);
}

int bus_on_probe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct probe probe;
	const char *name;
	int person = -ESRCH, r;
	uid_t uid;

	r = sd_bus_message_read(message, "s", &name);
	if (r >= 0)
		r = bus_caller(message, door, &uid);
	if (r >= 0)
		r = authorise_probe(door->manager, uid, name, &person, error);
	if (r >= 0)
		r = manager_probe(door->manager, person, &probe);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_probe(reply, manager_config(door->manager), &probe);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
