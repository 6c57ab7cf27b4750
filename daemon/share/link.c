/* libmosquitto's thread puts what happens into a queue; an eventfd wakes the loop, which empties
 * it. */
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

#define KEEPALIVE_SEC   30
#define RETRY_SEC       1
#define RETRY_MAX_SEC   15
#define QUEUE_MAX       4096
#define QUEUE_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define WHY_MAX         200
#define PROPERTY_TIME   "at"

struct item {
	struct item *next;
	enum { ITEM_CONNECTED, ITEM_LOST, ITEM_MESSAGE, ITEM_SENT } kind;
	char why[WHY_MAX];
	int id;
	char *topic;
	void *bytes;
	size_t n;
	bool retained;
	int64_t sent_usec, age_usec;
};

struct link {
	struct mosquitto *mosquitto;
	struct link_events events;
	sd_event_source *source;
	int fd;
	bool running;

	pthread_mutex_t lock; /* for what follows */
	struct item *first, **end;
	size_t n_items, n_bytes;
	char trouble[WHY_MAX]; /* libmosquitto's last complaint */
};

static void item_free(struct item *i)
{
	free(i->topic);
	free(i->bytes);
	free(i);
}

/* Takes i over. A queue that is full loses messages: what is retained comes again. */
static void push(struct link *l, struct item *i)
{
	const uint64_t one = 1;

	if (!i)
		return;
	pthread_mutex_lock(&l->lock);
	if (i->kind == ITEM_MESSAGE &&
		(l->n_items >= QUEUE_MAX || l->n_bytes + i->n > QUEUE_BYTES_MAX)) {
		pthread_mutex_unlock(&l->lock);
		item_free(i);
		return;
	}
	l->n_items++;
	l->n_bytes += i->bytes ? i->n : 0;
	*l->end = i;
	l->end = &i->next;
	pthread_mutex_unlock(&l->lock);
	if (write(l->fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		abort(); /* an eventfd that is open takes eight bytes */
}

static struct item *new_item(int kind)
{
	struct item *i = calloc(1, sizeof(*i));

	if (i)
		i->kind = kind;
	return i;
}

static void on_connect(struct mosquitto *m, void *userdata, int reason, int flags,
	const mosquitto_property *properties)
{
	struct item *i = new_item(reason == 0 ? ITEM_CONNECTED : ITEM_LOST);

	if (i && reason != 0)
		snprintf(i->why, sizeof(i->why), "it says: %s", mosquitto_reason_string(reason));
	push(userdata, i);
}

static void on_disconnect(
	struct mosquitto *m, void *userdata, int reason, const mosquitto_property *properties)
{
	struct link *l = userdata;
	struct item *i = new_item(ITEM_LOST);

	if (i && reason != 0) {
		pthread_mutex_lock(&l->lock);
		snprintf(i->why, sizeof(i->why), "%s",
			*l->trouble     ? l->trouble
			: reason >= 128 ? mosquitto_reason_string(reason)
					: mosquitto_strerror(reason));
		pthread_mutex_unlock(&l->lock);
	}
	push(l, i);
}

static void on_publish(struct mosquitto *m, void *userdata, int id, int reason,
	const mosquitto_property *properties)
{
	struct item *i = new_item(ITEM_SENT);

	if (i && reason >= 128)
		snprintf(i->why, sizeof(i->why), "%s", mosquitto_reason_string(reason));
	if (i)
		i->id = id;
	push(userdata, i);
}

/* When it was sent, by the sender's clock, and how much of its life is over. */
static void read_times(struct item *i, const mosquitto_property *properties)
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
	struct item *i = new_item(ITEM_MESSAGE);

	if (!i)
		return;
	i->topic = strdup(message->topic);
	i->n = (size_t)message->payloadlen;
	i->retained = message->retain;
	read_times(i, properties);
	if (i->n <= LINK_MESSAGE_MAX) {
		i->bytes = malloc(i->n + 1);
		if (i->bytes && i->n > 0)
			memcpy(i->bytes, message->payload, i->n);
	}
	if (!i->topic || (i->n <= LINK_MESSAGE_MAX && !i->bytes))
		item_free(i);
	else
		push(userdata, i);
}

static void on_log(struct mosquitto *m, void *userdata, int level, const char *text)
{
	struct link *l = userdata;

	if (level != MOSQ_LOG_ERR && level != MOSQ_LOG_WARNING)
		return;
	pthread_mutex_lock(&l->lock);
	snprintf(l->trouble, sizeof(l->trouble), "%s", text);
	pthread_mutex_unlock(&l->lock);
}

static struct item *pop(struct link *l)
{
	struct item *i;

	pthread_mutex_lock(&l->lock);
	i = l->first;
	if (i) {
		l->first = i->next;
		if (!l->first)
			l->end = &l->first;
		l->n_items--;
		l->n_bytes -= i->bytes ? i->n : 0;
	}
	pthread_mutex_unlock(&l->lock);
	return i;
}

static void tell(const struct link *l, const struct item *i)
{
	const struct link_message m = {
		.topic = i->topic,
		.bytes = i->bytes,
		.n = i->n,
		.retained = i->retained,
		.sent_usec = i->sent_usec,
		.age_usec = i->age_usec,
	};

	switch (i->kind) {
	case ITEM_CONNECTED:
		l->events.connected(l->events.userdata);
		break;
	case ITEM_LOST:
		l->events.lost(i->why, l->events.userdata);
		break;
	case ITEM_MESSAGE:
		l->events.message(&m, l->events.userdata);
		break;
	case ITEM_SENT:
		l->events.sent(i->id, *i->why ? i->why : NULL, l->events.userdata);
		break;
	}
}

#define BATCH 64 /* then others have their turn */

static int on_wake(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct link *l = userdata;
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return -errno;
	for (int k = 0; k < BATCH; k++) {
		struct item *i = pop(l);

		if (!i)
			return 0;
		tell(l, i);
		item_free(i);
	}
	n = 1;
	return write(fd, &n, sizeof(n)) < 0 && errno != EAGAIN ? -errno : 0;
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

static int set_tls(struct link *l, const struct link_options *o, char **ret_error)
{
	int code = MOSQ_ERR_SUCCESS;
	const int r = check_files(o, ret_error);

	if (r < 0)
		return r;
	if (o->ca || o->certificate)
		code = mosquitto_tls_set(l->mosquitto, o->ca, o->ca ? NULL : "/etc/ssl/certs",
			o->certificate, o->key, NULL);
	else
		code = mosquitto_int_option(l->mosquitto, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
	return code == MOSQ_ERR_SUCCESS
		       ? 0
		       : fail(ret_error, "ca", o->ca ? o->ca : "/etc/ssl/certs", code);
}

static int set_up(struct link *l, const struct link_options *o, char **ret_error)
{
	int code = mosquitto_int_option(l->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);

	if (code == MOSQ_ERR_SUCCESS && o->user)
		code = mosquitto_username_pw_set(l->mosquitto, o->user, o->password);
	if (code == MOSQ_ERR_SUCCESS)
		code = mosquitto_will_set_v5(
			l->mosquitto, o->will_topic, (int)strlen(o->will), o->will, 1, true, NULL);
	if (code == MOSQ_ERR_SUCCESS)
		code = mosquitto_reconnect_delay_set(l->mosquitto, RETRY_SEC, RETRY_MAX_SEC, true);
	if (code != MOSQ_ERR_SUCCESS)
		return code == MOSQ_ERR_NOMEM ? -ENOMEM : -EINVAL;
	mosquitto_connect_v5_callback_set(l->mosquitto, on_connect);
	mosquitto_disconnect_v5_callback_set(l->mosquitto, on_disconnect);
	mosquitto_publish_v5_callback_set(l->mosquitto, on_publish);
	mosquitto_message_v5_callback_set(l->mosquitto, on_message);
	mosquitto_log_callback_set(l->mosquitto, on_log);
	return o->broker.tls ? set_tls(l, o, ret_error) : 0;
}

/* A name that is not found yet is looked up again by the thread. */
static int begin(struct link *l, const struct broker *b)
{
	int code = mosquitto_connect_async(l->mosquitto, b->host, b->port, KEEPALIVE_SEC);

	if (code == MOSQ_ERR_NOMEM || code == MOSQ_ERR_INVAL)
		return -EINVAL;
	if (code != MOSQ_ERR_SUCCESS) {
		struct item *i = new_item(ITEM_LOST);

		if (i)
			snprintf(i->why, sizeof(i->why), "%s",
				code == MOSQ_ERR_ERRNO ? strerror(errno)
						       : mosquitto_strerror(code));
		push(l, i);
	}
	code = mosquitto_loop_start(l->mosquitto);
	l->running = code == MOSQ_ERR_SUCCESS;
	return l->running ? 0 : -EIO;
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
	l->events = *events;
	l->end = &l->first;
	pthread_mutex_init(&l->lock, NULL);
	l->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->mosquitto = mosquitto_new(options->client_id, true, l);
	if (l->fd < 0 || !l->mosquitto)
		return -ENOMEM;
	r = set_up(l, options, ret_error);
	if (r >= 0)
		r = sd_event_add_io(event, &l->source, l->fd, EPOLLIN, on_wake, l);
	if (r >= 0)
		r = begin(l, &options->broker);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(l);
	return 0;
}

struct link *link_free(struct link *l)
{
	struct item *i;

	if (!l)
		return NULL;
	if (l->running) {
		/* one that is not connected ends by force */
		const bool gone = mosquitto_disconnect(l->mosquitto) != MOSQ_ERR_SUCCESS;

		mosquitto_loop_stop(l->mosquitto, gone);
	}
	mosquitto_destroy(l->mosquitto);
	sd_event_source_disable_unref(l->source);
	while ((i = pop(l)))
		item_free(i);
	closep(&l->fd);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

static int error_of(int code)
{
	return code == MOSQ_ERR_SUCCESS ? 0 : code == MOSQ_ERR_NO_CONN ? -ENOTCONN : -EIO;
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

	code = add_times(&properties, p->now_usec);
	if (code == MOSQ_ERR_SUCCESS)
		code = mosquitto_publish_v5(l->mosquitto, &id, p->topic, (int)p->n, p->bytes, 1,
			p->retained, properties);
	mosquitto_property_free_all(&properties);
	return code == MOSQ_ERR_SUCCESS ? id : error_of(code);
}
