/* What this device says: its own sittings and passes, a message for each person and day, said again
 * when it has grown; and that it is there. What the broker had of it before belongs to it: a
 * machine that was wiped goes on where it stopped. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"
#include "share/share-internal.h"

usec_t share_boot_now(void)
{
	return clock_now().boot_usec;
}

usec_t share_wall_now(const struct share *s)
{
	return (usec_t)((int64_t)share_boot_now() + s->clock_usec);
}

void share_topic(const struct share *s, enum topic_kind kind, struct topic *ret)
{
	*ret = (struct topic){ .kind = kind };
	snprintf(ret->device, sizeof(ret->device), "%s", s->device);
}

static void format_day(int32_t day, char ret[TOPIC_DAY_MAX + 1])
{
	char text[CALENDAR_DAY_TEXT_MAX];

	snprintf(ret, TOPIC_DAY_MAX + 1, "%.*s", TOPIC_DAY_MAX, calendar_format_day(day, text));
}

static int publish(struct share *s, const struct topic *t, const char *text, bool retained)
{
	char topic[TOPIC_MAX];
	int r;

	r = topic_format(s->settings.household, t, topic);
	if (r >= 0)
		r = link_publish(
			s->link, &(struct link_publication){ topic, text, strlen(text), retained,
					 topic_has_day(t->kind) ? share_wall_now(s) : 0 });
	if (r < 0 && r != -ENOTCONN)
		log_warning_errno(r, "Can't tell the broker what was used");
	return r;
}

void share_publish_presence(struct share *s, enum topic_kind kind, bool online)
{
	struct presence p = { .online = online };
	char text[PRESENCE_TEXT_MAX];
	struct topic t;

	share_topic(s, kind, &t);
	strcpy(p.instance, s->instance);
	publish(s, &t, presence_write(&p, text), kind == TOPIC_STATUS);
}

struct gathering {
	const struct publication *publication;
	struct payload payload;
	int r;
};

static int gather_site(const struct household_entry *e, void *userdata)
{
	struct gathering *g = userdata;
	struct payload_site *site;

	if (e->key.day != g->publication->day || strcmp(e->key.person, g->publication->person) != 0)
		return 0;
	site = payload_add(&g->payload, e->key.site);
	return site ? intervals_add_all(&site->set, &e->set, 0) : -ENOMEM;
}

static int write_usage(
	const struct share *s, const struct publication *p, const struct topic *t, char **ret)
{
	struct gathering g = { .publication = p };
	int r;

	r = household_each(s->own, gather_site, &g);
	if (r >= 0 && g.payload.n > 0)
		r = payload_write(t, &g.payload, ret);
	payload_done(&g.payload);
	return r;
}

/* A limit is reached, or there is no memory: then what would be published as all of it is not. */
static void refuse_to_keep(int r, const char *what)
{
	if (r == -ENOMEM)
		log_end(r, what);
	log_warning_errno(r, "%s", what);
}

/* What there is to say of it now; NULL: nothing, or no memory. */
static char *text_of(const struct share *s, const struct publication *p, const struct topic *t)
{
	char *text = NULL;
	int r;

	r = p->kind == TOPIC_PASSES ? payload_write_passes(t, &s->passes, &text)
				    : write_usage(s, p, t, &text);
	if (r < 0)
		refuse_to_keep(r, "Can't put a day into words");
	return text;
}

/* One at a time of a person's day: what comes meanwhile goes with the next. */
static void publish_day(struct share *s, struct publication *p)
{
	_cleanup_free_ char *text = NULL;
	struct topic t;
	int id;

	share_topic(s, p->kind, &t);
	strcpy(t.person, p->person);
	format_day(p->day, t.day);
	text = text_of(s, p, &t);
	if (!text || p->pending > 0 || (p->text && strcmp(p->text, text) == 0))
		return;
	id = publish(s, &t, text, true);
	if (id <= 0)
		return;
	free(p->text);
	p->text = TAKE_PTR(text);
	p->pending = id;
}

/* A day that nobody counts any more. */
static void clear_day(struct share *s, struct publication *p)
{
	struct topic t;

	share_topic(s, p->kind, &t);
	strcpy(t.person, p->person);
	format_day(p->day, t.day);
	publish(s, &t, "", true);
	free(p->text);
	*p = s->publications[--s->n_publications];
}

void share_publish(struct share *s)
{
	if (s->state != STATE_LIVE)
		return;
	for (size_t i = s->n_publications; i > 0; i--) {
		struct publication *p = &s->publications[i - 1];

		if (p->day < s->today - 1)
			clear_day(s, p);
		else
			publish_day(s, p);
	}
}

static struct publication *find_publication(
	struct share *s, enum topic_kind kind, const char *person, int32_t day)
{
	struct publication *p = s->publications;

	for (; p < s->publications + s->n_publications; p++)
		if (p->kind == kind && p->day == day && strcmp(p->person, person) == 0)
			return p;
	if (s->n_publications == PUBLICATIONS_MAX || strlen(person) > HOUSEHOLD_PERSON_NAME_MAX)
		return NULL;
	s->n_publications++;
	*p = (struct publication){ .kind = kind, .day = day };
	strcpy(p->person, person);
	return p;
}

/* What this device used, from either side. */
void share_take_own(struct share *s, const char *person, int32_t day, const struct payload *p)
{
	if (!find_publication(s, TOPIC_USAGE, person, day))
		return;
	for (size_t i = 0; i < p->n; i++) {
		const struct household_key key = { HOUSEHOLD_OWN, person, p->sites[i].name, day };
		const int r = household_add(s->own, &key, p->sites[i].set.items, p->sites[i].set.n);

		if (r < 0)
			refuse_to_keep(r, "Can't keep what was used");
	}
}

void share_take_pass(struct share *s, const struct told_pass *pass)
{
	int r;

	if (!find_publication(s, TOPIC_PASSES, pass->person, pass->day))
		return;
	r = told_passes_add(&s->passes, pass, 0);
	if (r < 0)
		refuse_to_keep(r, "Can't keep what was declared");
}

/* Of what it said on that day something is left to say; else it is only to be cleared. */
static bool is_recent(struct share *s, const struct topic *t, int32_t day)
{
	if (day >= s->today - 1)
		return true;
	(void)find_publication(s, t->kind, t->person, day);
	return false;
}

void share_recover(struct share *s, const struct topic *t, const struct payload *p)
{
	int32_t day;

	if (calendar_parse_day(t->day, &day) < 0)
		return;
	if (is_recent(s, t, day))
		share_take_own(s, t->person, day, p);
	share_publish(s);
}

void share_recover_passes(struct share *s, const struct topic *t, const struct told_passes *passes)
{
	static char own[] = HOUSEHOLD_OWN;
	int32_t day;
	bool recent;

	if (calendar_parse_day(t->day, &day) < 0)
		return;
	recent = is_recent(s, t, day);
	for (size_t i = 0; recent && i < passes->n; i++) {
		struct told_pass pass = passes->items[i];

		pass.device = own;
		share_take_pass(s, &pass);
	}
	share_publish(s);
}

void share_published(struct share *s, int id)
{
	for (size_t i = 0; i < s->n_publications; i++)
		if (s->publications[i].pending == id) {
			s->publications[i].pending = 0;
			if (s->state == STATE_LIVE)
				publish_day(s, &s->publications[i]);
			return;
		}
}

void share_unpublish(struct share *s)
{
	for (size_t i = 0; i < s->n_publications; i++) {
		s->publications[i].pending = 0;
		free(s->publications[i].text);
		s->publications[i].text = NULL;
	}
}

void share_forget(struct share *s)
{
	share_unpublish(s);
	s->n_publications = 0;
	household_forget(s->own, INT32_MAX);
	told_passes_done(&s->passes);
}
