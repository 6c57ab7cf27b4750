/* Between two ends that come and go: the keeper, who has the settings, and the broker. */
#include "share/share.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "core/calendar.h"
#include "share/share-internal.h"

#define ASK_USEC       USEC_PER_SEC            /* the keeper is asked no more often */
#define ROUND_USEC     (4 * 60 * USEC_PER_SEC) /* and no less: it wants to know that we live */
#define CLAIM_USEC     (1500 * USEC_PER_MSEC)  /* nobody seems to have this name */
#define CHALLENGE_USEC (5 * USEC_PER_SEC)      /* somebody had it: are they still there? */
#define REFUSED_USEC   (60 * USEC_PER_SEC)
#define BEGIN_USEC     (5 * USEC_PER_SEC) /* a file was no good: perhaps somebody mends it */
#define PASSWORD_MAX   256

/* Sets a timer that may be set already; 0: at once. */
static void set_timer(struct share *s, sd_event_source **timer, usec_t delay_usec,
	sd_event_time_handler_t handler)
{
	int r;

	*timer = sd_event_source_disable_unref(*timer);
	r = sd_event_add_time_relative(
		s->event, timer, CLOCK_BOOTTIME, delay_usec, 10 * USEC_PER_MSEC, handler, s);
	if (r < 0)
		log_end(r, "Can't set a timer");
}

static void ask_soon(struct share *s);

static void complain(
	struct share *s, const char *key, bool stays, const char *what, const char *why)
{
	if (!problems_set(&s->problems, key, stays, share_boot_now(), "%s%s%s", what,
		    *why ? ": " : "", why))
		return;
	log_warning("%s%s%s", what, *why ? ": " : "", why);
	ask_soon(s);
}

static void settle(struct share *s, const char *key)
{
	if (problems_clear(&s->problems, key))
		ask_soon(s);
}

static int on_ask(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct share *s = userdata;
	char *problems[PROBLEMS_MAX + 1];
	int r;

	problems_age(&s->problems, share_boot_now());
	problems_list(&s->problems, problems);
	r = keeper_ask(s->keeper, problems);
	if (r >= 0)
		s->asked_usec = share_boot_now();
	else if (r == -EBUSY)
		set_timer(s, &s->ask_timer, ASK_USEC, on_ask);
	else if (r == -ENOMEM)
		log_end(r, "Can't ask the keeper");
	else if (r != -ENOTCONN)
		log_warning_errno(r, "Can't ask the keeper");
	return 0;
}

static void ask_soon(struct share *s)
{
	const usec_t next = s->asked_usec + ASK_USEC, now = share_boot_now();
	int on = 0;

	if (s->ask_timer && sd_event_source_get_enabled(s->ask_timer, &on) >= 0 && on)
		return;
	set_timer(s, &s->ask_timer, next > now ? next - now : 0, on_ask);
}

static int on_claimed(sd_event_source *source, uint64_t usec, void *userdata);

static void claim(struct share *s)
{
	s->state = STATE_CLAIMING;
	share_publish_presence(s, TOPIC_HELLO, true);
	set_timer(s, &s->claim_timer, s->challenged ? CHALLENGE_USEC : CLAIM_USEC, on_claimed);
}

static void go_live(struct share *s)
{
	s->claim_timer = sd_event_source_disable_unref(s->claim_timer);
	s->state = STATE_LIVE;
	if (!s->held)
		log_info("Sharing as %s of %s", s->device, s->settings.household);
	s->held = true;
	settle(s, "name");
	share_publish_presence(s, TOPIC_STATUS, true);
	share_unpublish(s);
	share_publish(s);
	share_unsay_figures(s);
	share_say_figures(s);
}

static int on_claimed(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct share *s = userdata;

	if (s->state == STATE_REFUSED)
		claim(s);
	else if (s->state == STATE_CLAIMING)
		go_live(s);
	return 0;
}

/* Two that say they are the same device: what one of them used would take the place of the other's.
 */
static void refuse(struct share *s)
{
	char what[PROBLEM_TEXT_MAX];

	snprintf(what, sizeof(what),
		"another device of %s is called %s; this one is not heard until it has a name of "
		"its own",
		s->settings.household, s->device);
	s->state = STATE_REFUSED;
	s->held = false;
	complain(s, "name", true, what, "device = in [share]");
	set_timer(s, &s->claim_timer, REFUSED_USEC, on_claimed);
}

#define SUBSCRIPTIONS 3

static void subscribe(struct share *s)
{
	char filter[TOPIC_MAX];
	int r;

	snprintf(filter, sizeof(filter), "focusd/v1/%s/%s/#", s->settings.household, s->device);
	r = link_subscribe(s->link, filter);
	snprintf(filter, sizeof(filter), "focusd/v1/%s/+/usage/+/+", s->settings.household);
	if (r >= 0)
		r = link_subscribe(s->link, filter);
	snprintf(filter, sizeof(filter), "focusd/v1/%s/+/passes/+/+", s->settings.household);
	if (r >= 0)
		r = link_subscribe(s->link, filter);
	if (r == -ENOMEM)
		log_end(r, "Can't subscribe");
	if (r < 0)
		log_warning_errno(r, "Can't subscribe");
}

static void on_link_connected(void *userdata)
{
	struct share *s = userdata;

	settle(s, "broker");
	settle(s, "unheard");
	s->state = STATE_CLAIMING;
	s->challenged = false;
	s->awaited = SUBSCRIPTIONS;
	subscribe(s);
}

/* What the broker keeps of us comes now, or has come. */
static void on_link_subscribed(const char *why, void *userdata)
{
	struct share *s = userdata;

	if (why)
		complain(s, "unheard", true,
			"the broker does not let this device hear all that it asks for", why);
	if (s->awaited == 0 || --s->awaited > 0)
		return;
	if (s->held)
		go_live(s);
	else
		claim(s);
}

static void on_link_lost(const char *why, void *userdata)
{
	struct share *s = userdata;
	char what[400];

	s->claim_timer = sd_event_source_disable_unref(s->claim_timer);
	s->state = STATE_CONNECTING;
	s->awaited = 0;
	snprintf(what, sizeof(what), "the broker %s is not there; what was known last counts",
		s->settings.broker);
	complain(s, "broker", true, what, why);
}

static void on_link_sent(int id, const char *why, void *userdata)
{
	struct share *s = userdata;

	if (why)
		complain(
			s, "refused", false, "the broker does not take what this device says", why);
	else
		settle(s, "refused");
	share_published(s, id);
}

/* Somebody speaks for our name. */
static void hear_status(struct share *s, const struct link_message *m)
{
	struct presence p;

	if (!m->bytes || presence_read(m->bytes, m->n, &p) < 0 ||
		strcmp(p.instance, s->instance) == 0)
		return;
	if (s->state == STATE_CLAIMING && p.online) {
		s->challenged |= m->retained;
		if (m->retained && s->claim_timer)
			set_timer(s, &s->claim_timer, CHALLENGE_USEC, on_claimed);
		else if (!m->retained)
			refuse(s);
	} else if (s->state == STATE_LIVE && !m->retained) {
		if (p.online && strcmp(p.instance, s->instance) < 0)
			refuse(s);
		else
			share_publish_presence(s, TOPIC_STATUS, true);
	}
}

static void hear_hello(struct share *s, const struct link_message *m)
{
	struct presence p;

	if (s->state == STATE_LIVE && m->bytes && presence_read(m->bytes, m->n, &p) >= 0 &&
		strcmp(p.instance, s->instance) != 0)
		share_publish_presence(s, TOPIC_STATUS, true);
}

static void doubt(struct share *s, const char *device, const char *why)
{
	char key[64], what[128];

	snprintf(key, sizeof(key), "doubt %s", device);
	snprintf(what, sizeof(what), "what %s says is not counted", device);
	complain(s, key, false, what, why);
}

/* What another device says, or this one did before. */
struct heard {
	const struct topic *topic;
	int64_t ahead_usec;
	bool own;
};

/* It is the keeper's to judge, under whatever name it comes. Without memory to tell it, it would
 * be missed until it is said again; the next one of us hears it all from the broker. */
static void note_handed(int r, const struct heard *h)
{
	if (r == -ENOMEM)
		log_end(r, "Can't tell the keeper what another device says");
	if (r < 0 && r != -ENOTCONN)
		log_warning_errno(r, "Can't tell the keeper what %s says", h->topic->device);
}

static const char *hear_usage(struct share *s, const struct link_message *m, const struct heard *h)
{
	struct payload p;
	const char *wrong = payload_read(h->topic, m->bytes, m->n, &p);

	if (wrong)
		return wrong;
	note_handed(keeper_tell(s->keeper, h->topic, h->ahead_usec, &p), h);
	if (h->own)
		share_recover(s, h->topic, &p);
	payload_done(&p);
	return NULL;
}

static const char *hear_passes(struct share *s, const struct link_message *m, const struct heard *h)
{
	struct told_passes p;
	const char *wrong = payload_read_passes(h->topic, m->bytes, m->n, &p);

	if (wrong)
		return wrong;
	note_handed(keeper_tell_passes(s->keeper, h->topic, h->ahead_usec, &p), h);
	if (h->own)
		share_recover_passes(s, h->topic, &p);
	told_passes_done(&p);
	return NULL;
}

static const char *hear_day(struct share *s, const struct link_message *m, struct heard *h)
{
	struct sender *sender = senders_find(&s->senders, h->topic->device, share_boot_now());

	h->own = strcmp(h->topic->device, s->device) == 0 && s->state != STATE_REFUSED;
	if (!sender)
		return "too many devices";
	if (!sender_may(sender, share_boot_now()))
		return "too many messages";
	if (h->own && !m->retained)
		return "it is this device's name, and somebody else uses it";
	if (!m->bytes)
		return "its size; expected at most 128 kB";
	if (m->n == 0)
		return NULL; /* a day that is over */
	h->ahead_usec = sender_ahead(sender, m->sent_usec, m->age_usec, share_wall_now(s));
	return h->topic->kind == TOPIC_PASSES ? hear_passes(s, m, h) : hear_usage(s, m, h);
}

static void on_link_message(const struct link_message *m, void *userdata)
{
	struct share *s = userdata;
	const char *wrong;
	struct topic t;

	if (topic_parse(s->settings.household, m->topic, &t) < 0) {
		if (s->state == STATE_LIVE)
			share_hear_state(s, m);
		return;
	}
	switch (t.kind) {
	case TOPIC_USAGE:
	case TOPIC_PASSES:
		wrong = hear_day(s, m, &(struct heard){ .topic = &t });
		if (wrong == payload_no_memory)
			log_end(-ENOMEM, "Can't read what a device says");
		if (wrong)
			doubt(s, t.device, wrong);
		break;
	case TOPIC_STATUS:
		if (strcmp(t.device, s->device) == 0)
			hear_status(s, m);
		break;
	case TOPIC_HELLO:
		if (strcmp(t.device, s->device) == 0)
			hear_hello(s, m);
		break;
	case TOPIC_KINDS:
		break;
	}
}

/* A host's name as a level of a topic. */
static void name_device(struct share *s)
{
	char host[HOST_NAME_MAX + 1] = "";
	const char *name = s->settings.device;

	if (!*name)
		name = gethostname(host, sizeof(host) - 1) >= 0 && *host ? host : "device";
	snprintf(s->device, sizeof(s->device), "%.*s", HOUSEHOLD_DEVICE_NAME_MAX, name);
	for (char *c = s->device; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			*c = '-';
}

static int read_password(const char *path, char ret[PASSWORD_MAX])
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	if (!f)
		return -errno;
	if (!fgets(ret, PASSWORD_MAX, f))
		return -ENODATA;
	ret[strcspn(ret, "\r\n")] = 0;
	return 0;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static int open_link(struct share *s, const char *password, char **ret_error)
{
	const struct link_events events = { on_link_connected, on_link_subscribed, on_link_lost,
		on_link_message, on_link_sent, s };
	struct link_options o = {
		.client_id = s->instance,
		.user = or_null(s->settings.user),
		.password = or_null(password),
		.ca = or_null(s->settings.ca),
		.certificate = or_null(s->settings.certificate),
		.key = or_null(s->settings.key),
		.will_topic = s->status_topic,
		.will = s->will,
	};
	struct presence gone = { .online = false };
	struct topic t;
	int r;

	strcpy(gone.instance, s->instance);
	presence_write(&gone, s->will);
	share_topic(s, TOPIC_STATUS, &t);
	r = topic_format(s->settings.household, &t, s->status_topic);
	if (r >= 0)
		r = broker_parse(s->settings.broker, &o.broker);
	return r < 0 ? r : link_new(s->event, &o, &events, &s->link, ret_error);
}

static int read_and_open(struct share *s)
{
	_cleanup_free_ char *error = NULL;
	char password[PASSWORD_MAX] = "";
	int r = 0;

	if (*s->settings.password_file)
		r = read_password(s->settings.password_file, password);
	if (r < 0) {
		complain(s, "broker", true, s->settings.password_file, strerror(-r));
		return r;
	}
	r = open_link(s, password, &error);
	if (r < 0)
		complain(s, "broker", true, "the broker can't be asked",
			error ? error : strerror(-r));
	return r;
}

static int on_begin(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct share *s = userdata;

	if (read_and_open(s) < 0)
		set_timer(s, &s->claim_timer, BEGIN_USEC, on_begin);
	return 0;
}

static void begin(struct share *s)
{
	name_device(s);
	s->state = STATE_CONNECTING;
	complain(s, "broker", true, "the broker has not answered yet", s->settings.broker);
	on_begin(NULL, 0, s);
}

static void end(struct share *s)
{
	if (s->link && s->state == STATE_LIVE)
		share_publish_presence(s, TOPIC_STATUS, false);
	s->link = link_free(s->link);
	s->claim_timer = sd_event_source_disable_unref(s->claim_timer);
	share_forget(s);
	s->n_sensors = 0;
	s->problems.n = 0;
	s->state = STATE_IDLE;
	s->held = false;
}

static void on_settings(
	const struct settings *settings, usec_t now_usec, const char *day, void *userdata)
{
	struct share *s = userdata;
	int32_t today;

	s->clock_usec = (int64_t)now_usec - (int64_t)share_boot_now();
	if (calendar_parse_day(day, &today) >= 0 && today != s->today) {
		s->today = today;
		household_forget(s->own, today - 1);
		told_passes_forget(&s->passes, today - 1);
	}
	if (s->told && memcmp(settings, &s->settings, sizeof(*settings)) == 0)
		return;
	s->told = true;
	end(s);
	s->settings = *settings;
	if (*s->settings.broker)
		begin(s);
	else
		log_info("Nothing is shared: there is no broker in [share]");
}

static void on_own(const struct keeper_day *d, void *userdata)
{
	struct share *s = userdata;
	int32_t day;

	if (d->used.n > 0 && calendar_parse_day(d->day, &day) >= 0)
		share_take_own(s, d->person, day, &d->used);
}

static void on_figure(const struct discovery_figure *f, void *userdata)
{
	share_take_figure(userdata, f);
}

static void on_pass(const struct told_pass *pass, void *userdata)
{
	share_take_pass(userdata, pass);
}

static void on_told(void *userdata)
{
	share_publish(userdata);
	share_say_figures(userdata);
}

static void on_news(void *userdata)
{
	ask_soon(userdata);
}

/* It may have missed what came while it was away. */
static void on_keeper(void *userdata)
{
	struct share *s = userdata;

	s->asked_usec = 0;
	ask_soon(s);
	if (s->link && s->state != STATE_CONNECTING)
		subscribe(s);
}

static void on_doubt(const char *device, const char *why, void *userdata)
{
	doubt(userdata, device, why);
}

static int on_round(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct share *s = userdata;

	ask_soon(s);
	if (s->link && s->state != STATE_CONNECTING &&
		senders_missed(&s->senders, share_boot_now()))
		subscribe(s);
	set_timer(s, &s->round_timer, ROUND_USEC, on_round);
	return 0;
}

static void share_freep(struct share **s)
{
	share_free(*s);
}

int share_new(struct sd_event *event, const char *address, struct share **ret)
{
	_cleanup_(share_freep) struct share *s = calloc(1, sizeof(*s));
	const struct keeper_events events = { on_keeper, on_news, on_settings, on_own, on_figure,
		on_pass, on_told, on_doubt, s };
	sd_id128_t id;
	int r;

	if (!s)
		return -ENOMEM;
	s->event = sd_event_ref(event);
	r = sd_id128_randomize(&id);
	if (r < 0)
		return r;
	snprintf(s->instance, sizeof(s->instance), SD_ID128_FORMAT_STR, SD_ID128_FORMAT_VAL(id));
	r = household_new(&s->own);
	if (r >= 0)
		r = keeper_new(event, address, &events, &s->keeper);
	if (r < 0)
		return r;
	set_timer(s, &s->round_timer, ROUND_USEC, on_round);
	*ret = TAKE_PTR(s);
	return 0;
}

struct share *share_free(struct share *s)
{
	if (!s)
		return NULL;
	if (s->own)
		end(s);
	keeper_free(s->keeper);
	household_free(s->own);
	sd_event_source_disable_unref(s->ask_timer);
	sd_event_source_disable_unref(s->round_timer);
	sd_event_unref(s->event);
	free(s);
	return NULL;
}
