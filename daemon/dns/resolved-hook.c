/* Two methods. QueryFilter: which names we want to be asked for; the call stays open, and is told
 * of every new table. ResolveRecord: one question, often for A and AAAA together, becomes a request
 * for each; without a reply code in our answer resolved goes on as if we were not there. */
#include "dns/resolved-hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-json.h>
#include <systemd/sd-varlink.h>

#include "base/cleanup.h"
#include "core/bypass.h"

#define INTERFACE           "io.systemd.Resolve.Hook"
#define CONNECTIONS_MAX     512
#define CONNECTIONS_UID_MAX 128 /* so that nobody else keeps resolved out */
#define NOT_SET             (-1)

struct connection {
	sd_varlink *link;
	bool told; /* of every new table */
};

struct resolved_hook {
	sd_varlink_server *server;
	struct connection connections[CONNECTIONS_MAX];
	size_t n_connections;
	sd_json_variant *domains; /* what they are told; NULL: every name */
	size_t n_questions;
	void (*asked)(struct request *request, void *userdata);
	void *userdata;
};

struct question {
	struct resolved_hook *hook;
	sd_varlink *link;
	size_t n_waiting; /* requests, and whoever makes them */
	bool go_on;       /* to one of them we have nothing to say */
	int rcode;
	sd_json_variant *records;
};

/* What the question's one record became. */
struct part {
	struct request request; /* without a packet */
	struct question *question;
};

static int add_record(struct question *q, const char *name, const struct address *address)
{
	uint8_t record[DNS_RECORD_MAX];
	const int n = dns_record_build(name, address, record);

	return n < 0 ? n
		     : sd_json_variant_append_arraybo(
			       &q->records, SD_JSON_BUILD_PAIR_BASE64("raw", record, (size_t)n));
}

/* Addresses make a success; else the first failure counts. */
static void add_answer(struct question *q, const char *name, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->n_addresses; i++)
		if (add_record(q, name, &answer->addresses[i]) < 0)
			q->go_on = true;
	if (answer->n_addresses > 0 || q->rcode == NOT_SET)
		q->rcode = (int)answer->rcode;
}

static int send_answer(const struct question *q)
{
	if (q->go_on || q->rcode == NOT_SET)
		return sd_varlink_reply(q->link, NULL);
	if (q->records)
		return sd_varlink_replybo(q->link, SD_JSON_BUILD_PAIR_INTEGER("rcode", DNS_NOERROR),
			SD_JSON_BUILD_PAIR_VARIANT("answer", q->records));
	return sd_varlink_replybo(q->link, SD_JSON_BUILD_PAIR_INTEGER("rcode", q->rcode));
}

/* The last one sends the answer. Whoever does not wait for it any more misses nothing. */
static void question_release(struct question *q)
{
	if (--q->n_waiting > 0)
		return;
	if (send_answer(q) < 0)
		sd_varlink_close(q->link);
	q->hook->n_questions--;
	sd_varlink_unref(q->link);
	sd_json_variant_unref(q->records);
	free(q);
}

static void on_answered(struct request *request, const struct dns_answer *answer)
{
	struct part *part = (struct part *)request;
	struct question *q = part->question;

	if (answer)
		add_answer(q, request->query.name, answer);
	else
		q->go_on = true;
	free(part);
	question_release(q);
}

/* {"class":1,"type":28,"name":"www.example.com"} */
static int read_key(sd_json_variant *element, struct dns_query *ret)
{
	sd_json_variant *key = sd_json_variant_by_key(element, "key"), *klass, *type, *name;
	struct dns_query q = { 0 };

	klass = sd_json_variant_by_key(key, "class");
	type = sd_json_variant_by_key(key, "type");
	name = sd_json_variant_by_key(key, "name");
	if (!sd_json_variant_is_unsigned(klass) || !sd_json_variant_is_unsigned(type) ||
		!sd_json_variant_is_string(name))
		return -EBADMSG;
	if (sd_json_variant_unsigned(klass) > UINT16_MAX ||
		sd_json_variant_unsigned(type) > UINT16_MAX)
		return -EBADMSG;
	q.klass = (uint16_t)sd_json_variant_unsigned(klass);
	q.type = (uint16_t)sd_json_variant_unsigned(type);
	if (domain_normalize(sd_json_variant_string(name), q.name) < 0)
		q.name[0] = 0;
	*ret = q;
	return 0;
}

/* A name with other letters comes twice, as it is and in ASCII: the second is the one we know. */
static int ask_part(struct question *q, sd_json_variant *element)
{
	struct part *part;
	struct dns_query query;
	int r = read_key(element, &query);

	if (r < 0 || !query.name[0])
		return r;
	part = calloc(1, sizeof(*part));
	if (!part)
		return -ENOMEM;
	part->request.query = query;
	part->request.answered = on_answered;
	part->question = q;
	q->n_waiting++;
	q->hook->asked(&part->request, q->hook->userdata);
	return 0;
}

static int on_resolve_record(sd_varlink *link, sd_json_variant *parameters,
	sd_varlink_method_flags_t flags, void *userdata)
{
	sd_json_variant *keys = sd_json_variant_by_key(parameters, "question");
	struct resolved_hook *h = userdata;
	struct question *q;
	size_t n;

	if (!sd_json_variant_is_array(keys))
		return sd_varlink_error_invalid_parameter_name(link, "question");
	n = sd_json_variant_elements(keys);
	if (n > RESOLVED_KEYS_MAX || h->n_questions >= RESOLVED_QUESTIONS_MAX)
		return sd_varlink_reply(link, NULL);
	q = calloc(1, sizeof(*q));
	if (!q)
		return sd_varlink_reply(link, NULL);
	*q = (struct question){
		.hook = h, .link = sd_varlink_ref(link), .n_waiting = 1, .rcode = NOT_SET
	};
	h->n_questions++;
	for (size_t i = 0; i < n; i++)
		if (ask_part(q, sd_json_variant_by_index(keys, i)) < 0)
			q->go_on = true;
	question_release(q);
	return 0;
}

static int build_filter(const struct resolved_hook *h, sd_json_variant **ret)
{
	if (!h->domains)
		return sd_json_variant_new_object(ret, NULL, 0);
	return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_VARIANT("filterDomains", h->domains));
}

static int on_query_filter(sd_varlink *link, sd_json_variant *parameters,
	sd_varlink_method_flags_t flags, void *userdata)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *filter = NULL;
	struct resolved_hook *h = userdata;
	int r = build_filter(h, &filter);

	if (r < 0)
		return r;
	if (!(flags & SD_VARLINK_METHOD_MORE))
		return sd_varlink_reply(link, filter);
	for (size_t i = 0; i < h->n_connections; i++)
		if (h->connections[i].link == link) {
			h->connections[i].told = true;
			return sd_varlink_notify(link, filter);
		}
	return sd_varlink_reply(link, filter);
}

static int on_connect(sd_varlink_server *server, sd_varlink *link, void *userdata)
{
	struct resolved_hook *h = userdata;

	if (h->n_connections == CONNECTIONS_MAX)
		return -EBUSY;
	h->connections[h->n_connections++] = (struct connection){ sd_varlink_ref(link), false };
	return 0;
}

static void on_disconnect(sd_varlink_server *server, sd_varlink *link, void *userdata)
{
	struct resolved_hook *h = userdata;

	for (size_t i = 0; i < h->n_connections; i++)
		if (h->connections[i].link == link) {
			h->connections[i] = h->connections[--h->n_connections];
			sd_varlink_unref(link);
			return;
		}
}

struct suffixes {
	char **list;
	size_t n;
	int r;
};

static void add_suffix(const char *name, size_t n, bool metered, void *userdata)
{
	struct suffixes *s = userdata;

	if (!metered || s->r < 0)
		return;
	if (s->n == RESOLVED_FILTER_MAX) {
		s->r = -E2BIG;
		return;
	}
	s->list[s->n] = strndup(name, n);
	if (s->list[s->n])
		s->n++;
	else
		s->r = -ENOMEM;
}

static void add_suffixes(const struct hook_table *table, struct suffixes *s)
{
	size_t n = 0;
	const struct bypass_name *bypass = bypass_names(&n);

	if (hook_table_has_listed(table))
		s->r = -E2BIG; /* nobody knows them by name */
	hook_table_visit(table, add_suffix, s);
	for (size_t i = 0; i < n && hook_table_setup(table)->canary; i++)
		add_suffix(bypass[i].name, strlen(bypass[i].name), true, s);
}

/* *ret NULL: too many to be told. */
static int list_domains(const struct hook_table *table, sd_json_variant **ret)
{
	struct suffixes s = { .list = calloc(RESOLVED_FILTER_MAX + 1, sizeof(*s.list)) };
	int r;

	if (!s.list)
		return -ENOMEM;
	if (table && hook_table_setup(table)->resolved)
		add_suffixes(table, &s);
	r = s.r;
	if (r == 0)
		r = s.n > 0 ? sd_json_variant_new_array_strv(ret, s.list)
			    : sd_json_variant_new_array(ret, NULL, 0);
	if (r == -E2BIG) {
		*ret = NULL;
		r = 0;
	}
	for (size_t i = 0; i < s.n; i++)
		free(s.list[i]);
	free(s.list);
	return r;
}

int resolved_hook_filter(struct resolved_hook *h, const struct hook_table *table)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *filter = NULL, *domains = NULL;
	int r;

	r = list_domains(table, &domains);
	if (r < 0)
		return r;
	sd_json_variant_unref(h->domains);
	h->domains = TAKE_PTR(domains);
	r = build_filter(h, &filter);
	for (size_t i = 0; r >= 0 && i < h->n_connections; i++)
		if (h->connections[i].told)
			sd_varlink_notify(h->connections[i].link, filter); /* or it is gone */
	return r;
}

static int set_up(struct resolved_hook *h, struct sd_event *event, int fd)
{
	int copy, r;

	r = sd_varlink_server_new(
		&h->server, SD_VARLINK_SERVER_ACCOUNT_UID | SD_VARLINK_SERVER_INHERIT_USERDATA);
	if (r < 0)
		return r;
	sd_varlink_server_set_userdata(h->server, h);
	r = sd_varlink_server_set_connections_max(h->server, CONNECTIONS_MAX);
	if (r >= 0)
		r = sd_varlink_server_set_connections_per_uid_max(h->server, CONNECTIONS_UID_MAX);
	if (r >= 0)
		r = sd_varlink_server_bind_method(
			h->server, INTERFACE ".QueryFilter", on_query_filter);
	if (r >= 0)
		r = sd_varlink_server_bind_method(
			h->server, INTERFACE ".ResolveRecord", on_resolve_record);
	if (r >= 0)
		r = sd_varlink_server_bind_connect(h->server, on_connect);
	if (r >= 0)
		r = sd_varlink_server_bind_disconnect(h->server, on_disconnect);
	if (r < 0)
		return r;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3); /* the server closes what it listens on */
	if (copy < 0)
		return -errno;
	r = sd_varlink_server_listen_fd(h->server, copy);
	if (r < 0) {
		close(copy);
		return r;
	}
	return sd_varlink_server_attach_event(h->server, event, SD_EVENT_PRIORITY_NORMAL);
}

DEFINE_CLEANUP(struct resolved_hook *, resolved_hook_free);

int resolved_hook_new(struct sd_event *event, int fd,
	void (*asked)(struct request *request, void *userdata), void *userdata,
	struct resolved_hook **ret)
{
	_cleanup_(resolved_hook_freep) struct resolved_hook *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->asked = asked;
	h->userdata = userdata;
	r = list_domains(NULL, &h->domains);
	if (r >= 0)
		r = set_up(h, event, fd);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(h);
	return 0;
}

struct resolved_hook *resolved_hook_free(struct resolved_hook *h)
{
	if (!h)
		return NULL;
	/* each of them holds the server */
	while (h->n_connections > 0)
		sd_varlink_close_unref(h->connections[--h->n_connections].link);
	sd_varlink_server_unref(h->server);
	sd_json_variant_unref(h->domains);
	free(h);
	return NULL;
}
