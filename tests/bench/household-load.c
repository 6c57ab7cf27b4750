/* Many devices in one process, for the bench household: each a client of its own that does what
 * focusd-share does. Households of a few; some of the devices in use, which say their day again
 * once a second; then the broker is gone, and all come back.
 *
 *   household-load HOST PORT FIRST DEVICES HOUSEHOLD ACTIVE SECONDS
 *
 * ACTIVE: how many of a hundred devices are in use. When it has measured the traffic it prints
 * "outage" and waits for a line: the broker is another one then. Figures are lines of NAME VALUE.
 */
#include <errno.h>
#include <inttypes.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#define SITTINGS  20 /* of a day so far */
#define KEEPALIVE 30
#define DEADLINE  120 /* seconds that a step may take at most */
#define LATENCIES 2000000

struct device {
	struct mosquitto *client;
	unsigned number, heard; /* heard: messages since it came */
	bool ready, active, writing;
	double next; /* when it says its day again */
};

static struct device *devices;
static unsigned n_devices, household_size, n_ready, n_caught_up;
static uint64_t n_sent, n_heard, n_acked, bytes_sent, bytes_heard;
static double *latencies;
static size_t n_latencies;
static int epoll_fd;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what, int code)
{
	fprintf(stderr, "household-load: %s: %s\n", what,
		code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code));
	exit(1);
}

static void topic_of(const struct device *d, char topic[128])
{
	snprintf(topic, 128, "focusd/v1/h%u/d%u/usage/anna/2026-11-25", d->number / household_size,
		d->number);
}

/* The time stands first, for the latency; the rest is as long as a day's sittings. */
static int day_of(const struct device *d, char text[2048])
{
	int n = sprintf(text,
		"{\"at\":%.6f,\"device\":\"d%u\",\"day\":\"2026-11-25\",\"sites\":{\"instagram\":[",
		now(), d->number);

	for (int i = 0; i < SITTINGS; i++)
		n += sprintf(text + n, "%s[%d.123456,%d.654321]", i > 0 ? "," : "",
			1764000000 + 600 * i, 1764000300 + 600 * i);
	return n + sprintf(text + n, "]}}");
}

static void say(struct device *d)
{
	char topic[128], text[2048];
	const int n = day_of(d, text);
	int code;

	topic_of(d, topic);
	code = mosquitto_publish_v5(d->client, NULL, topic, n, text, 1, true, NULL);
	if (code != MOSQ_ERR_SUCCESS)
		fail("publish", code);
	n_sent++;
	bytes_sent += (size_t)n + strlen(topic);
}

static void on_connect(struct mosquitto *m, void *userdata, int reason, int flags,
	const mosquitto_property *properties)
{
	const struct device *d = userdata;
	char filter[128];

	if (reason != 0)
		fail(mosquitto_reason_string(reason), MOSQ_ERR_CONN_REFUSED);
	snprintf(filter, sizeof(filter), "focusd/v1/h%u/+/usage/+/+", d->number / household_size);
	mosquitto_subscribe_v5(m, NULL, filter, 1, MQTT_SUB_OPT_NO_LOCAL, NULL);
}

static void on_subscribe(struct mosquitto *m, void *userdata, int id, int n, const int *granted,
	const mosquitto_property *properties)
{
	((struct device *)userdata)->ready = true;
	n_ready++;
}

static void on_message(struct mosquitto *m, void *userdata, const struct mosquitto_message *message,
	const mosquitto_property *properties)
{
	struct device *d = userdata;
	double at;

	n_heard++;
	bytes_heard += (size_t)message->payloadlen + strlen(message->topic);
	n_caught_up += ++d->heard == household_size - 1;
	if (!message->retain && n_latencies < LATENCIES &&
		sscanf(message->payload, "{\"at\":%lf", &at) == 1)
		latencies[n_latencies++] = now() - at;
}

static void on_publish(struct mosquitto *m, void *userdata, int id, int reason,
	const mosquitto_property *properties)
{
	n_acked++;
}

static void watch(struct device *d, int operation)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = d };

	d->writing = mosquitto_want_write(d->client);
	if (d->writing)
		e.events |= EPOLLOUT;
	if (epoll_ctl(epoll_fd, operation, mosquitto_socket(d->client), &e) < 0)
		fail("epoll_ctl", MOSQ_ERR_ERRNO);
}

static void begin(struct device *d, const char *host, int port)
{
	char id[32];
	int code;

	snprintf(id, sizeof(id), "load-%u", d->number);
	d->client = mosquitto_new(id, true, d);
	if (!d->client)
		fail("no client", MOSQ_ERR_ERRNO);
	d->heard = 0;
	d->ready = false;
	mosquitto_int_option(d->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_connect_v5_callback_set(d->client, on_connect);
	mosquitto_subscribe_v5_callback_set(d->client, on_subscribe);
	mosquitto_message_v5_callback_set(d->client, on_message);
	mosquitto_publish_v5_callback_set(d->client, on_publish);
	code = mosquitto_connect(d->client, host, port, KEEPALIVE);
	if (code != MOSQ_ERR_SUCCESS)
		fail("connect", code);
	watch(d, EPOLL_CTL_ADD);
}

static void step(struct device *d, uint32_t events)
{
	int code = MOSQ_ERR_SUCCESS;

	if (events & EPOLLOUT)
		code = mosquitto_loop_write(d->client, 1);
	if (code == MOSQ_ERR_SUCCESS && (events & EPOLLIN))
		code = mosquitto_loop_read(d->client, 1);
	if (code != MOSQ_ERR_SUCCESS)
		fail("a connection was lost", code);
	if (d->writing != mosquitto_want_write(d->client))
		watch(d, EPOLL_CTL_MOD);
}

/* Whatever waits, for a few milliseconds. */
static void turn(void)
{
	struct epoll_event events[256];
	const int n = epoll_wait(epoll_fd, events, 256, 5);

	for (int i = 0; i < n; i++)
		step(events[i].data.ptr, events[i].events);
}

static void turn_until(const char *what, const unsigned *counter)
{
	const double end = now() + DEADLINE;

	while (*counter < n_devices) {
		turn();
		if (now() > end) {
			fprintf(stderr, "household-load: %s: %u of %u after %d s\n", what, *counter,
				n_devices, DEADLINE);
			exit(1);
		}
	}
}

static void come(const char *host, int port)
{
	n_ready = n_caught_up = 0;
	for (unsigned i = 0; i < n_devices; i++) {
		begin(&devices[i], host, port);
		turn();
	}
	turn_until("connecting", &n_ready);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void wait_for_line(const char *said)
{
	char line[16];

	printf("%s\n", said);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

static void run(double seconds)
{
	const double start = now(), before = cpu();

	n_sent = n_heard = n_acked = bytes_sent = bytes_heard = 0;
	n_latencies = 0;
	for (unsigned i = 0; i < n_devices; i++)
		devices[i].next = start + (double)(i % 1000) / 1000; /* not all at once */
	while (now() < start + seconds) {
		for (unsigned i = 0; i < n_devices; i++)
			if (devices[i].active && devices[i].next <= now()) {
				say(&devices[i]);
				devices[i].next += 1;
				if (!devices[i].writing && mosquitto_want_write(devices[i].client))
					watch(&devices[i], EPOLL_CTL_MOD);
			}
		turn();
	}
	while (n_acked < n_sent && now() < start + seconds + DEADLINE)
		turn();
	for (int i = 0; i < 40; i++)
		turn();
	qsort(latencies, n_latencies, sizeof(*latencies), by_value);
	printf("seconds %.3f\nsent %" PRIu64 "\nheard %" PRIu64 "\nbytes_sent %" PRIu64
	       "\nbytes_heard %" PRIu64 "\nclient_cpu %.6f\n",
		now() - start, n_sent, n_heard, bytes_sent, bytes_heard, cpu() - before);
	if (n_latencies > 0)
		printf("latency_median %.6f\nlatency_p99 %.6f\n", latencies[n_latencies / 2],
			latencies[n_latencies * 99 / 100]);
}

/* All at once, as nobody would want it; focusd-share comes back within 1 to 16 s. */
static void catch_up(const char *host, int port)
{
	double start;

	for (unsigned i = 0; i < n_devices; i++)
		mosquitto_destroy(devices[i].client);
	wait_for_line("outage");
	start = now();
	come(host, port);
	printf("come_back %.3f\n", now() - start);
	for (unsigned i = 0; i < n_devices; i++) {
		say(&devices[i]);
		if (!devices[i].writing && mosquitto_want_write(devices[i].client))
			watch(&devices[i], EPOLL_CTL_MOD);
		if (i % 16 == 0)
			turn();
	}
	turn_until("catching up", &n_caught_up);
	printf("catch_up %.3f\n", now() - start);
}

int main(int argc, char **argv)
{
	double start;
	int port, active;

	if (argc != 8) {
		fprintf(stderr,
			"household-load HOST PORT FIRST DEVICES HOUSEHOLD ACTIVE SECONDS\n");
		return 2;
	}
	port = atoi(argv[2]);
	n_devices = (unsigned)atoi(argv[4]);
	household_size = (unsigned)atoi(argv[5]);
	active = atoi(argv[6]);
	devices = calloc(n_devices, sizeof(*devices));
	latencies = calloc(LATENCIES, sizeof(*latencies));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!devices || !latencies || epoll_fd < 0 || household_size < 2)
		return 1;
	mosquitto_lib_init();
	for (unsigned i = 0; i < n_devices; i++) {
		devices[i].number = (unsigned)atoi(argv[3]) + i;
		devices[i].active = (int)(i * 37 % 100) < active;
	}
	start = now();
	come(argv[1], port);
	printf("connect %.3f\n", now() - start);
	wait_for_line("ready");
	run(atof(argv[7]));
	catch_up(argv[1], port);
	return 0;
}
