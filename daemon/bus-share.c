/* What focusd-share may ask and say, and nobody else but root: the time of this device alone, by
 * person, and what other devices said of theirs. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "bus-internal.h"
#include "manager-share.h"
#include "names.h"

#define STRETCHES_MAX ((size_t)HOUSEHOLD_STRETCHES_MAX)

static bool is_sharer(uid_t uid)
{
	char buffer[4096];
	struct passwd record, *found = NULL;

	return getpwnam_r(FOCUSD_SHARE_ACCOUNT, &record, buffer, sizeof(buffer), &found) == 0 &&
	       found && found->pw_uid == uid;
}

int bus_authorise_sharer(sd_bus_message *message, const struct door *door, sd_bus_error *error)
{
	uid_t uid;
	const int r = bus_caller(message, door, &uid);

	if (r < 0 || uid == 0 || is_sharer(uid))
		return r;
	return sd_bus_error_setf(error, FOCUSD_ERROR_NOT_ALLOWED,
		"Only " FOCUSD_SHARE_ACCOUNT " may carry what a household shares");
}

/* On a connection of its own it may say nothing else, of the standard interfaces neither; on the
 * system bus the policy sees to that. */
static int on_anything(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	if (sd_bus_message_is_method_call(message, NULL, NULL) <= 0 ||
		sd_bus_message_is_method_call(message, FOCUSD_BUS_INTERFACE, "ShareOwn") > 0 ||
		sd_bus_message_is_method_call(message, FOCUSD_BUS_INTERFACE, "ShareOthers") > 0 ||
		sd_bus_message_is_method_call(message, FOCUSD_BUS_INTERFACE, "SharePasses") > 0)
		return 0;
	return sd_bus_reply_method_errorf(message, FOCUSD_ERROR_NOT_ALLOWED,
		FOCUSD_SHARE_ACCOUNT " may carry what a household shares, and ask nothing else");
}

int bus_confine_sharer(struct door *door)
{
	return is_sharer(door->uid) ? sd_bus_add_filter(door->bus, NULL, on_anything, door) : 0;
}

static int append_settings(sd_bus_message *reply, const struct manager *m)
{
	const struct config *c = manager_config(m);
	int r;

	r = sd_bus_message_open_container(reply, 'a', "{ss}");
	for (int k = 0; k < SHARE_KEYS && manager_shares(m) && r >= 0; k++)
		if (*c->share[k])
			r = sd_bus_message_append(
				reply, "{ss}", share_key_name((enum share_key)k), c->share[k]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* The sites of one person and day. */
struct own_day {
	sd_bus_message *reply;
	const char *person;
	int32_t day;
};

static int append_stretches(sd_bus_message *reply, const struct intervals *set)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(xx)");
	for (size_t i = 0; i < set->n && r >= 0; i++)
		r = sd_bus_message_append(reply, "(xx)", (int64_t)set->items[i].from_usec,
			(int64_t)set->items[i].to_usec);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_site(const struct household_entry *e, void *userdata)
{
	const struct own_day *d = userdata;
	int r;

	if (*e->key.device || e->key.day != d->day || strcmp(e->key.person, d->person) != 0)
		return 0;
	r = sd_bus_message_open_container(d->reply, 'r', "sa(xx)");
	if (r >= 0)
		r = sd_bus_message_append(d->reply, "s", e->key.site);
	if (r >= 0)
		r = append_stretches(d->reply, &e->set);
	return r < 0 ? r : sd_bus_message_close_container(d->reply);
}

static int append_day(struct own_day *d, const struct manager *m)
{
	char day[MANAGER_DAY_TEXT_MAX];
	int r;

	r = sd_bus_message_open_container(d->reply, 'r', "ss" FOCUSD_SHARE_SITES);
	if (r >= 0)
		r = sd_bus_message_append(
			d->reply, "ss", d->person, manager_format_day(d->day, day));
	if (r >= 0)
		r = sd_bus_message_open_container(d->reply, 'a', "(sa(xx))");
	if (r >= 0)
		r = manager_share_own(m, append_site, d);
	if (r >= 0)
		r = sd_bus_message_close_container(d->reply);
	return r < 0 ? r : sd_bus_message_close_container(d->reply);
}

/* Today and the day before, for everybody. */
static int append_own(sd_bus_message *reply, const struct manager *m)
{
	int32_t today;
	int r;

	r = manager_parse_day(m, "", &today);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(ss" FOCUSD_SHARE_SITES ")");
	for (size_t p = 0; p < manager_n_people(m) && r >= 0; p++)
		for (int32_t day = today - 1; day <= today && r >= 0; day++)
			r = append_day(
				&(struct own_day){ reply, manager_person_name(m, p), day }, m);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static bool is_worth_telling(const struct status_entry *e)
{
	return e->used_week_sec > 0 || e->verdict.left_sec >= 0 || e->verdict.state != GATE_OPEN;
}

static int append_figures(sd_bus_message *reply, const struct manager *m, struct rules_now now)
{
	const bool wanted = manager_shares_figures(m);
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(ssxxs)");
	for (size_t p = 0; wanted && p < manager_n_people(m) && r >= 0; p++)
		for (size_t i = 0; i < manager_n_entries(m) && r >= 0; i++) {
			const struct status_entry e = manager_entry(m, p, i, now);

			if (is_worth_telling(&e))
				r = sd_bus_message_append(reply, "(ssxxs)",
					manager_person_name(m, p), e.name, e.used_today_sec,
					e.verdict.left_sec, gate_state_name(e.verdict.state));
		}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int remember_sharer(struct door *door, sd_bus_message *message)
{
	const char *sender = door->uid == UID_UNKNOWN ? sd_bus_message_get_sender(message) : "";
	char *copy = strdup(sender ? sender : "");

	if (!copy)
		return -ENOMEM;
	free(door->sharer);
	door->sharer = copy;
	return 0;
}

int bus_on_share_own(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_free_ char **problems = NULL;
	const struct instant now = clock_now();
	char day[MANAGER_DAY_TEXT_MAX];
	size_t n = 0;
	int r;

	r = bus_authorise_sharer(message, door, error);
	if (r >= 0)
		r = sd_bus_message_read_strv(message, &problems);
	while (r >= 0 && problems && problems[n])
		n++;
	if (r >= 0)
		r = manager_share_called(m, (const char *const *)problems, n, now);
	if (r >= 0)
		r = remember_sharer(door, message);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_append(
			reply, "xs", (int64_t)manager_share_now(m, now), manager_day_text(m, day));
	if (r >= 0)
		r = append_settings(reply, m);
	if (r >= 0)
		r = append_own(reply, m);
	if (r >= 0)
		r = append_figures(reply, m, manager_rules_now(m, now));
	if (r >= 0)
		r = bus_append_own_passes(reply, m);
	for (size_t i = 0; i < n; i++)
		free(problems[i]);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/* What one message says of one site. */
struct said {
	const char *site;
	struct interval items[STRETCHES_MAX];
	size_t n;
};

/* 1: *ret; 0: there is no more. */
static int read_site(sd_bus_message *message, struct said *ret)
{
	int64_t from, to;
	int r;

	r = sd_bus_message_enter_container(message, 'r', "sa(xx)");
	if (r <= 0)
		return r;
	ret->n = 0;
	r = sd_bus_message_read(message, "s", &ret->site);
	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'a', "(xx)");
	while (r >= 0 && (r = sd_bus_message_read(message, "(xx)", &from, &to)) > 0) {
		if (ret->n == STRETCHES_MAX || from < 0 || to < 0)
			return -E2BIG;
		ret->items[ret->n++] = (struct interval){ (usec_t)from, (usec_t)to };
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	return r < 0 ? r : 1;
}

/* In words that name nobody and no site: they go to the log, and to everybody's status. */
static int refuse(int r, const char *doubt, sd_bus_error *error)
{
	return doubt ? sd_bus_error_set(error, FOCUSD_ERROR_BAD_VALUE, doubt) : r;
}

/* All sites of the message; *ret_news: something of it was not known. */
static int hear_sites(sd_bus_message *message, struct manager *m, struct share_claim *claim,
	bool *ret_news, sd_bus_error *error)
{
	_cleanup_free_ struct said *said = malloc(sizeof(*said));
	const struct instant now = clock_now();
	const char *doubt = NULL;
	int r;

	if (!said)
		return -ENOMEM;
	*ret_news = false;
	while ((r = read_site(message, said)) > 0) {
		claim->key.site = said->site;
		claim->items = said->items;
		claim->n = said->n;
		r = manager_share_hear(m, claim, now, &doubt);
		*ret_news |= r > 0 || r == -E2BIG;
		if (r < 0)
			return refuse(r, doubt, error);
	}
	if (r == -E2BIG)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"expected at most %zu stretches of a site, since 1970", STRETCHES_MAX);
	return r;
}

int bus_on_share_others(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct door *door = userdata;
	struct manager *m = door->manager;
	struct share_claim claim = { 0 };
	const char *day;
	bool news = false;
	int r;

	r = bus_authorise_sharer(message, door, error);
	if (r >= 0)
		r = sd_bus_message_read(message, "sssx", &claim.key.device, &claim.key.person, &day,
			&claim.ahead_usec);
	if (r < 0)
		return r;
	if (!*day || manager_parse_day(m, day, &claim.key.day) < 0)
		return sd_bus_error_setf(error, FOCUSD_ERROR_BAD_VALUE,
			"%s: expected a day such as 2026-11-23", day);
	r = sd_bus_message_enter_container(message, 'a', "(sa(xx))");
	if (r >= 0)
		r = hear_sites(message, m, &claim, &news, error);
	if (news)
		manager_refresh(m, clock_now());
	return r < 0 ? r : sd_bus_reply_method_return(message, "b", (int)news);
}

static int tell(const struct door *d)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r;

	r = sd_bus_message_new_signal(d->bus, &m, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE, "Shared");
	if (r >= 0 && *d->sharer)
		r = sd_bus_message_set_destination(m, d->sharer);
	return r < 0 ? r : sd_bus_send(d->bus, m, NULL);
}

void bus_tell_sharer(struct door *doors)
{
	for (const struct door *d = doors; d; d = d->next) {
		const int r = d->sharer ? tell(d) : 0;

		if (r < 0)
			log_debug_errno(r, "Can't tell focusd-share");
	}
}
