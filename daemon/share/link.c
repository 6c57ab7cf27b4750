/* libmosquitto, driven by the event loop. Only what may take minutes, finding the broker's name and
 * its machine, is done in a thread, which has the connection for itself meanwhile. Every connection
 * is a new one: nothing that was meant for the last one is sent on it, late. */
#include "share/link.h"

#include <errno.h>
#include <inttypes.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"

#define KEEPALIVE_SEC 30
#define MISC_USEC     (10 * USEC_PER_SEC)
#define RETRY_USEC    USEC_PER_SEC
#define RETRY_DOUBLED 4 /* times, to 16 s */
#define WHY_MAX       300
#define PROPERTY_TIME "at"

struct text {
	char bytes[WHY_MAX];
};

/* A try to connect: the thread's until it has written to fd, then the link's. Whoever comes last
 * takes it away. */
struct attempt {
	struct mosquitto *mosquitto;
	struct broker broker;
	int fd, code, error;
	pthread_mutex_t lock;
	bool done, abandoned;
};

struct link {
	sd_event *event;
	struct link_options options;
	struct link_events events;
	struct text client_id, user, password, ca, certificate, key, will_topic, will;
	struct attempt *attempt;
	struct mosquitto *mosquitto; /* NULL: not connected */
	sd_event_source *attempt_source, *io, *misc, *retry;
	unsigned n_failures;
	char why[WHY_MAX]; /* it will be lost, or was */
};

static void attempt_free(struct attempt *a)
{
	mosquitto_destroy(a->mosquitto);
	closep(&a->fd);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static void *connect_thread(void *userdata)
{
	struct attempt *a = userdata;
	const uint64_t one = 1;
	bool abandoned;

	a->code = mosquitto_connect(a->mosquitto, a->broker.host, a->broker.port, KEEPALIVE_SEC);
	a->error = errno;
	pthread_mutex_lock(&a->lock);
	abandoned = a->abandoned;
	a->done = true;
	if (!abandoned && write(a->fd, &one, sizeof(one)) < 0)
		abort(); /* an eventfd that is open takes eight bytes */
	pthread_mutex_unlock(&a->lock);
	if (abandoned)
		attempt_free(a);
	return NULL;
}

static void attempt_abandon(struct attempt *a)
{
	bool done;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->abandoned = true;
	done = a->done;
	pthread_mutex_unlock(&a->lock);
	if (done)
		attempt_free(a);
}

static int start_thread(struct attempt *a)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int r;

	r = -pthread_attr_init(&attributes);
	if (r < 0)
		return r;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	r = -pthread_create(&thread, &attributes, connect_thread, a);
	pthread_attr_destroy(&attributes);
	return r;
}

static void update(struct link *l)
{
	if (l->io && l->mosquitto)
		sd_event_source_set_io_events(
			l->io, EPOLLIN | (mosquitto_want_write(l->mosquitto) ? EPOLLOUT : 0));
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata);

static void disconnect(struct link *l)
{
	l->io = sd_event_source_disable_unref(l->io);
	l->misc = sd_event_source_disable_unref(l->misc);
	mosquitto_destroy(l->mosquitto);
	l->mosquitto = NULL;
}

static void lose(struct link *l)
{
	const usec_t delay = RETRY_USEC
			     << (l->n_failures < RETRY_DOUBLED ? l->n_failures : RETRY_DOUBLED);
	int r;

	disconnect(l);
	l->n_failures++;
	l->retry = sd_event_source_disable_unref(l->retry);
	r = sd_event_add_time_relative(l->event, &l->retry, CLOCK_BOOTTIME, delay, 0, on_retry, l);
	if (r < 0)
		log_end(r, "Can't set a timer");
	l->events.lost(l->why, l->events.userdata);
}

/* After a step of libmosquitto's. */
static void check(struct link *l, int code)
{
	if (code == MOSQ_ERR_SUCCESS) {
		update(l);
		return;
	}
	if (!*l->why)
		snprintf(l->why, sizeof(l->why), "%s",
			code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code));
	lose(l);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct link *l = userdata;
	int code = MOSQ_ERR_SUCCESS;

	if (revents & EPOLLOUT)
		code = mosquitto_loop_write(l->mosquitto, 1);
	if (code == MOSQ_ERR_SUCCESS && revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
		code = mosquitto_loop_read(l->mosquitto, 1);
	check(l, code);
	return 0;
}

static int on_misc(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct link *l = userdata;

	sd_event_source_set_time_relative(source, MISC_USEC);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	check(l, mosquitto_loop_misc(l->mosquitto));
	return 0;
}

static void on_connect(struct mosquitto *m, void *userdata, int reason, int flags,
	const mosquitto_property *properties)
{
	struct link *l = userdata;

	if (reason != 0) { /* and it hangs up */
		snprintf(l->why, sizeof(l->why), "it says: %s", mosquitto_reason_string(reason));
		return;
	}
	l->n_failures = 0;
	l->events.connected(l->events.userdata);
}

static void on_disconnect(
	struct mosquitto *m, void *userdata, int reason, const mosquitto_property *properties)
{
	struct link *l = userdata;

	if (!*l->why && reason >= 128)
		snprintf(l->why, sizeof(l->why), "it says: %s", mosquitto_reason_string(reason));
}

static void on_subscribe(struct mosquitto *m, void *userdata, int id, int n, const int *granted,
	const mosquitto_property *properties)
{
	const struct link *l = userdata;
	const bool refused = n > 0 && granted[0] >= 128;

	l->events.subscribed(
		refused ? mosquitto_reason_string(granted[0]) : NULL, l->events.userdata);
}

static void on_publish(struct mosquitto *m, void *userdata, int id, int reason,
	const mosquitto_property *properties)
{
	const struct link *l = userdata;

	l->events.sent(
		id, reason >= 128 ? mosquitto_reason_string(reason) : NULL, l->events.userdata);
}

/* When it was sent, by the sender's clock, and how much of its life is over. */
static void read_times(struct link_message *i, const mosquitto_property *properties)
{
	const mosquitto_property *p = properties;
	char *key = NULL, *value = NULL;
	uint32_t left_sec;
	uint64_t msec;

	i->sent_usec = i->age_usec = -1;
	if (mosquitto_property_read_int32(
		    properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, &left_sec, false) &&
		left_sec <= LINK_EXPIRY_SEC)
		i->age_usec = (int64_t)((LINK_EXPIRY_SEC - left_sec) * USEC_PER_SEC);
	p = mosquitto_property_read_string_pair(p, MQTT_PROP_USER_PROPERTY, &key, &value, false);
	if (p && strcmp(key, PROPERTY_TIME) == 0 &&
		parse_uint64(value, UINT64_MAX / 1000000, &msec) >= 0)
		i->sent_usec = (int64_t)(msec * USEC_PER_MSEC);
	free(key);
	free(value);
}

static void on_message(struct mosquitto *m, void *userdata, const struct mosquitto_message *message,
	const mosquitto_property *properties)
{
	const struct link *l = userdata;
	struct link_message told = {
		.topic = message->topic,
		.bytes = message->payloadlen > 0 ? message->payload : "",
		.n = (size_t)message->payloadlen,
		.retained = message->retain,
	};

	if (told.n > LINK_MESSAGE_MAX)
		told.bytes = NULL;
	read_times(&told, properties);
	l->events.message(&told, l->events.userdata);
}

static void on_log(struct mosquitto *m, void *userdata, int level, const char *text)
{
	if (level == MOSQ_LOG_ERR || level == MOSQ_LOG_WARNING)
		log_info("libmosquitto: %s", text);
}

static int fail(char **ret_error, const char *what, const char *file, int code)
{
	if (asprintf(ret_error, "%s = %s: %s", what, file,
		    code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code)) < 0)
		*ret_error = NULL;
	return -EINVAL;
}

/* libmosquitto itself only says that something is wrong with one of them. */
static int check_files(const struct link_options *o, char **ret_error)
{
	const struct {
		const char *key, *file;
	} files[] = { { "ca", o->ca }, { "certificate", o->certificate }, { "key", o->key } };

	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		if (files[i].file && access(files[i].file, R_OK) < 0)
			return fail(ret_error, files[i].key, files[i].file, MOSQ_ERR_ERRNO);
	return 0;
}

static int set_tls(struct mosquitto *m, const struct link_options *o, char **ret_error)
{
	int code = MOSQ_ERR_SUCCESS;
	const int r = check_files(o, ret_error);

	if (r < 0)
		return r;
	if (o->ca || o->certificate)
		code = mosquitto_tls_set(
			m, o->ca, o->ca ? NULL : "/etc/ssl/certs", o->certificate, o->key, NULL);
	else
		code = mosquitto_int_option(m, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
	return code == MOSQ_ERR_SUCCESS
		       ? 0
		       : fail(ret_error, "ca", o->ca ? o->ca : "/etc/ssl/certs", code);
}

static int set_up(struct mosquitto *m, const struct link_options *o, char **ret_error)
{
	int code = mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);

	if (code == MOSQ_ERR_SUCCESS && o->user)
		code = mosquitto_username_pw_set(m, o->user, o->password);
	if (code == MOSQ_ERR_SUCCESS)
		code = mosquitto_will_set_v5(
			m, o->will_topic, (int)strlen(o->will), o->will, 1, true, NULL);
	if (code != MOSQ_ERR_SUCCESS)
		return code == MOSQ_ERR_NOMEM ? -ENOMEM : -EINVAL;
	mosquitto_connect_v5_callback_set(m, on_connect);
	mosquitto_disconnect_v5_callback_set(m, on_disconnect);
	mosquitto_subscribe_v5_callback_set(m, on_subscribe);
	mosquitto_publish_v5_callback_set(m, on_publish);
	mosquitto_message_v5_callback_set(m, on_message);
	mosquitto_log_callback_set(m, on_log);
	return o->broker.tls ? set_tls(m, o, ret_error) : 0;
}

static int watch(struct link *l)
{
	int r;

	r = sd_event_add_io(
		l->event, &l->io, mosquitto_socket(l->mosquitto), EPOLLIN | EPOLLOUT, on_io, l);
	if (r >= 0)
		r = sd_event_add_time_relative(
			l->event, &l->misc, CLOCK_BOOTTIME, MISC_USEC, 0, on_misc, l);
	return r;
}

static int on_attempt(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct link *l = userdata;
	struct attempt *a = l->attempt;
	int r = 0;

	l->attempt = NULL;
	l->attempt_source = sd_event_source_disable_unref(l->attempt_source);
	*l->why = 0;
	if (a->code == MOSQ_ERR_SUCCESS) {
		l->mosquitto = TAKE_PTR(a->mosquitto);
		r = watch(l);
	} else {
		r = -EHOSTUNREACH;
		snprintf(l->why, sizeof(l->why), "%s",
			a->code == MOSQ_ERR_ERRNO ? strerror(a->error)
						  : mosquitto_strerror(a->code));
	}
	/* the thread is done with it, but for the lock */
	attempt_abandon(a);
	if (r < 0)
		lose(l);
	return 0;
}

static int attempt_new(struct link *l, struct attempt **ret, char **ret_error)
{
	struct attempt *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	pthread_mutex_init(&a->lock, NULL);
	a->broker = l->options.broker;
	a->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	a->mosquitto = mosquitto_new(l->options.client_id, true, l);
	r = a->fd >= 0 && a->mosquitto ? set_up(a->mosquitto, &l->options, ret_error) : -ENOMEM;
	if (r < 0) {
		attempt_free(a);
		return r;
	}
	*ret = a;
	return 0;
}

static int try(struct link *l, char **ret_error)
{
	int r;

	r = attempt_new(l, &l->attempt, ret_error);
	if (r < 0)
		return r;
	r = sd_event_add_io(l->event, &l->attempt_source, l->attempt->fd, EPOLLIN, on_attempt, l);
	if (r >= 0)
		r = start_thread(l->attempt);
	if (r < 0) {
		l->attempt_source = sd_event_source_disable_unref(l->attempt_source);
		attempt_free(l->attempt);
		l->attempt = NULL;
	}
	return r;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	_cleanup_free_ char *error = NULL;
	struct link *l = userdata;
	const int r = try(l, &error);

	if (r < 0) {
		snprintf(l->why, sizeof(l->why), "%s", error ? error : strerror(-r));
		lose(l);
	}
	return 0;
}

static const char *keep(struct text *copy, const char *text)
{
	if (!text)
		return NULL;
	snprintf(copy->bytes, sizeof(copy->bytes), "%s", text);
	return copy->bytes;
}

static void link_freep(struct link **l)
{
	link_free(*l);
}

int link_new(struct sd_event *event, const struct link_options *options,
	const struct link_events *events, struct link **ret, char **ret_error)
{
	_cleanup_(link_freep) struct link *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->event = sd_event_ref(event);
	l->events = *events;
	l->options = (struct link_options){
		.broker = options->broker,
		.client_id = keep(&l->client_id, options->client_id),
		.user = keep(&l->user, options->user),
		.password = keep(&l->password, options->password),
		.ca = keep(&l->ca, options->ca),
		.certificate = keep(&l->certificate, options->certificate),
		.key = keep(&l->key, options->key),
		.will_topic = keep(&l->will_topic, options->will_topic),
		.will = keep(&l->will, options->will),
	};
	r = try(l, ret_error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(l);
	return 0;
}

struct link *link_free(struct link *l)
{
	if (!l)
		return NULL;
	if (l->mosquitto) {
		mosquitto_disconnect(l->mosquitto);
		mosquitto_loop_write(l->mosquitto, 1);
	}
	disconnect(l);
	sd_event_source_disable_unref(l->attempt_source);
	attempt_abandon(l->attempt);
	sd_event_source_disable_unref(l->retry);
	sd_event_unref(l->event);
	free(l);
	return NULL;
}

static int error_of(int code)
{
	switch (code) {
	case MOSQ_ERR_SUCCESS:
		return 0;
	case MOSQ_ERR_NO_CONN:
		return -ENOTCONN;
	case MOSQ_ERR_NOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

int link_subscribe(struct link *l, const char *filter)
{
	return error_of(
		mosquitto_subscribe_v5(l->mosquitto, NULL, filter, 1, MQTT_SUB_OPT_NO_LOCAL, NULL));
}

static int add_times(mosquitto_property **properties, usec_t now_usec)
{
	char text[32];
	int code;

	if (now_usec == 0)
		return MOSQ_ERR_SUCCESS;
	snprintf(text, sizeof(text), "%" PRIu64, now_usec / USEC_PER_MSEC);
	code = mosquitto_property_add_int32(
		properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, LINK_EXPIRY_SEC);
	if (code == MOSQ_ERR_SUCCESS)
		code = mosquitto_property_add_string_pair(
			properties, MQTT_PROP_USER_PROPERTY, PROPERTY_TIME, text);
	return code;
}

int link_publish(struct link *l, const struct link_publication *p)
{
	mosquitto_property *properties = NULL;
	int id = 0, code;

	if (!l->mosquitto)
		return -ENOTCONN;
	code = add_times(&properties, p->now_usec);
	if (code == MOSQ_ERR_SUCCESS)
		code = mosquitto_publish_v5(l->mosquitto, &id, p->topic, (int)p->n, p->bytes, 1,
			p->retained, properties);
	mosquitto_property_free_all(&properties);
	update(l);
	return code == MOSQ_ERR_SUCCESS ? id : error_of(code);
}
