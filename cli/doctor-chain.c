/* Follows one look-up as the person's programs make it: name, answer, connection, counter. A
 * metered site sees nothing of it but a connection that is opened and closed. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "dns-ask.h"
#include "doctor-checks.h"
#include "language.h"
#include "worker.h"

#define CURE_RESTART       "systemctl restart focusd"
#define HOOK_WAIT_MSEC     2000
#define UPSTREAM_WAIT_MSEC 8000 /* the hook tries one after the other, each for its time */
#define LOOK_UP_WAIT_MSEC  6000
#define CONNECT_WAIT_MSEC  4000
#define HTTPS_PORT         443

/* Is focusd-dns awake? It answers this type of a metered name by itself. */
static bool check_answers(const struct doctor_look *l, struct doctor *d)
{
	const char *name = l->probe.n_hosts > 0 ? l->probe.hosts[0].name : "invalid";
	struct dns_reply reply;
	size_t n = 0;

	for (size_t i = 0; i < l->probe.n_hooks; i++) {
		char text[ENDPOINT_TEXT_MAX];
		const int r =
			dns_ask(&l->probe.hooks[i], name, DNS_ASK_HTTPS, HOOK_WAIT_MSEC, &reply);

		n += r >= 0;
		if (r < 0)
			doctor_add(d, "answers", DOCTOR_FAILED, "systemctl restart focusd-dns",
				_("focusd-dns does not answer on %s: %s"),
				endpoint_format(&l->probe.hooks[i], text), strerror(-r));
	}
	if (n > 0 && n == l->probe.n_hooks)
		doctor_add(d, "answers", DOCTOR_OK, NULL, _("focusd-dns answers"));
	return n > 0;
}

static void list_resolvers(const struct probe *p, char *text, size_t size)
{
	char one[ADDRESS_TEXT_MAX];
	size_t n = 0;

	*text = 0;
	for (size_t i = 0; i < p->n_resolvers && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s", i > 0 ? ", " : "",
			address_format(&p->resolvers[i].address, one));
}

/* Each by itself, where our own packets are not redirected. */
static void check_each_resolver(const struct doctor_look *l, struct doctor *d)
{
	if (geteuid() != 0 || l->probe.uid == 0)
		return;
	for (size_t i = 0; i < l->probe.n_resolvers; i++) {
		struct dns_reply reply;
		char text[ENDPOINT_TEXT_MAX];
		const int r = dns_ask(
			&l->probe.resolvers[i], ".", DNS_ASK_NS, UPSTREAM_WAIT_MSEC / 2, &reply);

		if (r < 0)
			doctor_add(d, "upstream", DOCTOR_WARNING,
				_("take it out of /etc/resolv.conf, or have it repaired"),
				_("The resolver %s does not answer: %s"),
				endpoint_format(&l->probe.resolvers[i], text), strerror(-r));
	}
}

/* Whom focusd-dns passes names on to, asked through it: a person's own packets to them would come
 * back to focusd-dns anyway. */
static void check_upstream(const struct doctor_look *l, struct doctor *d)
{
	struct dns_reply reply = { .reason = -1 };
	char resolvers[512];
	const int r = dns_ask(&l->probe.hooks[0], ".", DNS_ASK_NS, UPSTREAM_WAIT_MSEC, &reply);

	list_resolvers(&l->probe, resolvers, sizeof(resolvers));
	if (r >= 0 && !(reply.rcode == DNS_SERVFAIL && reply.reason == DNS_REASON_NET)) {
		doctor_add(d, "upstream", DOCTOR_OK, NULL, _("The system's resolver answers (%s)"),
			resolvers);
		check_each_resolver(l, d);
	} else if (!l->online) {
		doctor_add(d, "upstream", DOCTOR_WARNING, _("connect to a network"),
			_("This machine is offline: no resolver answers"));
	} else {
		doctor_add(d, "upstream", DOCTOR_FAILED,
			_("look at /etc/resolv.conf and your network's program"),
			_("None of the system's resolvers answers (%s)"), resolvers);
	}
}

/* One line: "0 ADDRESS ADDRESS …" or the error of getaddrinfo(3). */
static void look_up(FILE *answer, const void *data)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char text[NI_MAXHOST];
	const int r = getaddrinfo(data, NULL, &hints, &list);

	fprintf(answer, "%d", r);
	for (const struct addrinfo *a = list; r == 0 && a; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0,
			    NI_NUMERICHOST) == 0)
			fprintf(answer, " %s", text);
}

/* One line: the errno of connect(2). data: a struct address. */
static void open_connection(FILE *answer, const void *data)
{
	const struct address *a = data;
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(HTTPS_PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(HTTPS_PORT) };
	const bool v6 = a->family == AF_INET6;
	_cleanup_close_ int fd = socket(a->family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(&in.sin_addr, a->bytes, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, a->bytes, sizeof(in6.sin6_addr));
	if (fd < 0 || connect(fd, v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
			      v6 ? sizeof(in6) : sizeof(in)) < 0)
		fprintf(answer, "%d", errno);
	else
		fputs("0", answer);
}

struct found {
	char host[300]; /* a name has 253 bytes at most */
	bool open;      /* its site */
	struct address lease, stray;
	bool any_lease, any_stray;
};

static void take_addresses(const struct doctor_look *l, char *text, struct found *f)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		struct address a;

		if (address_parse(word, &a) < 0)
			continue;
		if (probe_is_lease(&l->probe, &a)) {
			/* of two families IPv4 is the one that more machines can reach */
			if (!f->any_lease || a.family == AF_INET)
				f->lease = a;
			f->any_lease = true;
		} else {
			f->stray = a;
			f->any_stray = true;
		}
	}
}

/* Many sites have no address at the name that all of theirs end in. */
static int look_up_host(const struct doctor_look *l, const char *name, struct found *f)
{
	static const char *const prefixes[] = { "", "www." };
	char text[WORKER_ANSWER_MAX];
	int r = -ENOENT;

	for (size_t i = 0; i < ELEMENTSOF(prefixes) && r == -ENOENT; i++) {
		snprintf(f->host, sizeof(f->host), "%s%s", prefixes[i], name);
		r = worker_ask(l->probe.uid, LOOK_UP_WAIT_MSEC, look_up, f->host, text);
		if (r == 0 && atoi(text) != 0)
			r = -ENOENT;
	}
	if (r < 0)
		return r;
	take_addresses(l, text, f);
	return f->any_lease || f->any_stray ? 0 : -ENOENT;
}

/* The first metered host that has an address, as long as there are answers in good time. */
static bool find_address(const struct doctor_look *l, struct found *f)
{
	const usec_t end_usec = clock_monotonic_usec() + LOOK_UP_WAIT_MSEC * USEC_PER_MSEC;

	for (size_t i = 0; i < l->probe.n_hosts && clock_monotonic_usec() < end_usec; i++) {
		*f = (struct found){ .open = l->probe.hosts[i].open };
		if (look_up_host(l, l->probe.hosts[i].name, f) == 0)
			return true;
	}
	return false;
}

static void tell_stray(const struct doctor_look *l, const struct found *f, struct doctor *d)
{
	char stray[ADDRESS_TEXT_MAX];

	address_format(&f->stray, stray);
	if (l->bypass)
		doctor_add(d, "look-up", DOCTOR_FAILED, _("see the lines above"),
			_("%s leads to %s, which is no lease: look-ups go past focusd, by %s"),
			f->host, stray, l->bypass);
	else
		doctor_add(d, "look-up", DOCTOR_FAILED,
			_("see which of the lines above is not ok; restart the program that asks"),
			_("%s leads to %s, which is no lease: look-ups go past focusd"), f->host,
			stray);
}

static bool check_look_up(const struct doctor_look *l, struct doctor *d, struct found *f)
{
	char lease[ADDRESS_TEXT_MAX];

	if (l->probe.n_hosts == 0) {
		doctor_add(d, "look-up", DOCTOR_WARNING, _("add sites to the configuration"),
			_("No site is metered"));
		return false;
	}
	if (!find_address(l, f)) {
		if (l->online)
			doctor_add(d, "look-up", DOCTOR_FAILED,
				_("see which of the other lines is not ok"),
				_("No metered name can be looked up"));
		else
			doctor_add(d, "look-up", DOCTOR_WARNING, _("connect to a network"),
				_("This machine is offline: nothing can be looked up"));
		return false;
	}
	if (f->any_stray) {
		tell_stray(l, f, d);
		return false;
	}
	doctor_add(d, "look-up", DOCTOR_OK, NULL, _("%s leads to a lease, %s"), f->host,
		address_format(&f->lease, lease));
	return true;
}

static void tell_count(
	const struct doctor_look *l, const struct found *f, int error, struct doctor *d, bool moved)
{
	if (!f->open && error == ECONNREFUSED)
		doctor_add(d, "counter", DOCTOR_OK, NULL,
			_("%s is shut for %s, and refuses at once"), f->host, l->probe.person);
	else if (!moved && (error == ENETUNREACH || error == EHOSTUNREACH))
		doctor_add(d, "counter", DOCTOR_WARNING, _("connect to a network"),
			_("%s can't be reached from here (%s): nothing could be counted"), f->host,
			strerror(error));
	else if (!moved)
		doctor_add(d, "counter", DOCTOR_FAILED, CURE_RESTART,
			_("A connection to %s was not counted (%s)"), f->host, strerror(error));
	else if (error != 0)
		doctor_add(d, "counter", DOCTOR_WARNING,
			_("try again; if it stays so: systemctl restart focusd"),
			_("A connection to %s was counted, but did not come about: %s"), f->host,
			strerror(error));
	else
		doctor_add(d, "counter", DOCTOR_OK, NULL,
			_("A connection to %s was counted for %s"), f->host, l->probe.person);
}

/* Opens a connection through the lease and looks whether the kernel has counted it. */
static void check_counter(const struct doctor_look *l, const struct found *f, struct doctor *d)
{
	_cleanup_(probe_done) struct probe before = { 0 }, after = { 0 };
	char text[WORKER_ANSWER_MAX] = "";
	struct client_error error;
	int r;

	r = probe_get(l->client, l->probe.person, &before, &error);
	if (r >= 0) {
		r = worker_ask(l->probe.uid, CONNECT_WAIT_MSEC, open_connection, &f->lease, text);
		if (r == -ETIMEDOUT)
			snprintf(text, sizeof(text), "%d", ETIMEDOUT);
		r = probe_get(l->client, l->probe.person, &after, &error);
	}
	if (r < 0)
		doctor_add(d, "counter", DOCTOR_FAILED, CURE_RESTART,
			_("The counters can't be read: %s"), error.text);
	else
		tell_count(l, f, atoi(text), d, after.moved_bytes > before.moved_bytes);
}

void doctor_check_chain(const struct doctor_look *l, struct doctor *d)
{
	struct found f = { 0 };

	if (l->probe.n_hooks > 0 && check_answers(l, d))
		check_upstream(l, d);
	if (!*l->probe.person) {
		doctor_add(d, "person", DOCTOR_WARNING,
			_("name this account in [focus] people, or ask as somebody who is metered"),
			_("This account is not metered: its look-ups are left alone"));
		return;
	}
	if (l->probe.uid == (uid_t)-1) {
		doctor_add(d, "person", DOCTOR_OK, NULL,
			_("%s has devices and no account here: open a page on one of them"),
			l->probe.person);
		return;
	}
	doctor_add(d, "person", DOCTOR_OK, NULL, _("Looked at as %s"), l->probe.person);
	if (check_look_up(l, d, &f))
		check_counter(l, &f, d);
}
