/* libknot reads and writes; this file says what we want of it. It sends nothing. */
#include "core/dns-message.h"

#include <ctype.h>
#include <errno.h>
#include <libknot/libknot.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

#define CNAME_STEPS_MAX 16 /* more is a loop or a joke */
#define CLASS_IN        KNOT_CLASS_IN

/* What libknot needs to read a question, or to make an answer of ours: on the stack, so that
 * neither goes to the heap. It must be enough for whatever we let in: libknot 3.2 writes to NULL
 * where it has no room for a question's options. */
#define ROOM_BYTES  (16U << 10)
#define RECORDS_MAX 8 /* behind the question: its options, a signature, the SOA of an IXFR */
#define ROOM_ALIGN  _Alignof(max_align_t)

struct room {
	knot_mm_t mm;
	size_t used;
	_Alignas(max_align_t) uint8_t bytes[ROOM_BYTES];
};

static void *room_take(void *ctx, size_t n)
{
	struct room *room = ctx;
	void *taken = room->bytes + room->used;

	if (n > ROOM_BYTES - room->used)
		return NULL;
	/* (the room is a multiple of it) */
	room->used += (n + ROOM_ALIGN - 1) / ROOM_ALIGN * ROOM_ALIGN;
	return taken;
}

static knot_mm_t *room_begin(struct room *room)
{
	room->mm = (knot_mm_t){ .ctx = room, .alloc = room_take };
	room->used = 0;
	return &room->mm;
}

static void knot_pkt_freep(knot_pkt_t **p)
{
	knot_pkt_free(*p);
}

/* The question's name as normalised text, or "" when it is no host name (spaces, the root). */
static void name_text(const knot_dname_t *name, char ret[DOMAIN_TEXT_MAX + 1])
{
	char text[KNOT_DNAME_TXT_MAXLEN + 1];

	if (!knot_dname_to_str(text, name, sizeof(text)) || domain_normalize(text, ret) < 0)
		ret[0] = 0;
}

static bool has_many_records(const uint8_t *packet)
{
	return (unsigned)knot_wire_get_ancount(packet) + knot_wire_get_nscount(packet) +
		       knot_wire_get_arcount(packet) >
	       RECORDS_MAX;
}

int dns_query_parse(const uint8_t *packet, size_t n, struct dns_query *ret)
{
	struct dns_query q = { 0 };
	struct room room;
	knot_pkt_t *p;

	if (n < DNS_HEADER_BYTES || n > DNS_QUERY_MAX || knot_wire_get_qr(packet))
		return -EBADMSG;
	if (knot_wire_get_opcode(packet) != KNOT_OPCODE_QUERY)
		return -EOPNOTSUPP;
	if (knot_wire_get_qdcount(packet) != 1 || has_many_records(packet))
		return -EPROTO;
	p = knot_pkt_new((void *)packet, (uint16_t)n, room_begin(&room));
	if (!p)
		return -ENOMEM;
	if (knot_pkt_parse(p, KNOT_PF_KEEPWIRE) != KNOT_EOK)
		return -EPROTO;
	q.id = knot_wire_get_id(packet);
	q.type = knot_pkt_qtype(p);
	q.klass = knot_pkt_qclass(p);
	q.edns = knot_pkt_has_edns(p);
	name_text(knot_pkt_qname(p), q.name);
	*ret = q;
	return 0;
}

void dns_query_suffix(const uint8_t *packet, size_t n, char ret[DOMAIN_TEXT_MAX + 1])
{
	size_t at = DNS_HEADER_BYTES;

	ret[0] = 0;
	while (!ret[0] && at < n && packet[at] > 0 && packet[at] <= KNOT_DNAME_MAXLABELLEN) {
		at += packet[at] + 1U;
		if (at < n && packet[at] > 0)
			name_text(packet + at, ret);
	}
}

static int put_opt(knot_pkt_t *p, const struct dns_answer *answer)
{
	knot_rrset_t opt;
	uint8_t ede[2 + 128];
	size_t length;
	int code;

	if (knot_edns_init(&opt, DNS_UDP_PAYLOAD, 0, 0, &p->mm) != KNOT_EOK)
		return -ENOMEM;
	if (answer && answer->ede >= 0) {
		length = answer->ede_text ? strlen(answer->ede_text) : 0;
		if (length > sizeof(ede) - 2)
			length = sizeof(ede) - 2;
		knot_wire_write_u16(ede, (uint16_t)answer->ede);
		memcpy(ede + 2, answer->ede_text ? answer->ede_text : "", length);
		code = knot_edns_add_option(
			&opt, KNOT_EDNS_OPTION_EDE, (uint16_t)(length + 2), ede, &p->mm);
	} else {
		code = KNOT_EOK;
	}
	if (code == KNOT_EOK)
		code = knot_pkt_begin(p, KNOT_ADDITIONAL);
	if (code == KNOT_EOK)
		code = knot_pkt_put(p, KNOT_COMPR_HINT_NONE, &opt, KNOT_PF_FREE);
	return code == KNOT_EOK ? 0 : -EMSGSIZE;
}

int dns_query_build(const char *name, uint16_t type, uint8_t ret[DNS_SMALL_ANSWER])
{
	_cleanup_(knot_pkt_freep) knot_pkt_t *p = knot_pkt_new(ret, DNS_SMALL_ANSWER, NULL);
	knot_dname_storage_t wire;
	int r;

	if (!p)
		return -ENOMEM;
	if (!knot_dname_from_str(wire, name, sizeof(wire)))
		return -EINVAL;
	knot_pkt_clear(p);
	knot_wire_set_rd(p->wire);
	if (knot_pkt_put_question(p, wire, CLASS_IN, type) != KNOT_EOK)
		return -EINVAL;
	r = put_opt(p, NULL);
	return r < 0 ? r : (int)p->size;
}

/* One record of the asked name; the packet frees it. */
static int put_record(knot_pkt_t *p, uint16_t type, const uint8_t *rdata, size_t n)
{
	knot_rrset_t rr;

	knot_rrset_init(&rr, (knot_dname_t *)knot_pkt_qname(p), type, CLASS_IN, DNS_ANSWER_TTL_SEC);
	if (knot_rrset_add_rdata(&rr, rdata, (uint16_t)n, &p->mm) != KNOT_EOK)
		return -ENOMEM;
	if (knot_pkt_put(p, KNOT_COMPR_HINT_QNAME, &rr, 0) != KNOT_EOK) {
		knot_rdataset_clear(&rr.rrs, &p->mm);
		return -EMSGSIZE;
	}
	/* the bytes are in the packet; its list of records is not read again */
	knot_rdataset_clear(&rr.rrs, &p->mm);
	return 0;
}

static int put_addresses(knot_pkt_t *p, const struct dns_answer *answer)
{
	const uint16_t type =
		answer->addresses[0].family == AF_INET6 ? KNOT_RRTYPE_AAAA : KNOT_RRTYPE_A;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < answer->n_addresses; i++)
		r = put_record(p, type, answer->addresses[i].bytes,
			address_size(answer->addresses[i].family));
	return r;
}

/* A negative answer's lifetime is its SOA's (RFC 2308 section 5). */
static int put_soa(knot_pkt_t *p)
{
	static const uint8_t rdata[] = {
		0, /* the root: nobody to ask */
		0, /* nobody to write to */
		0,
		0,
		0,
		1,
		0,
		0,
		14,
		16,
		0,
		0,
		3,
		132,
		0,
		9,
		58,
		128,
		0,
		0,
		0,
		DNS_ANSWER_TTL_SEC,
	};

	if (knot_pkt_begin(p, KNOT_AUTHORITY) != KNOT_EOK)
		return -EMSGSIZE;
	return put_record(p, KNOT_RRTYPE_SOA, rdata, sizeof(rdata));
}

int dns_answer_build(const uint8_t *query, size_t n, const struct dns_answer *answer,
	uint8_t ret[DNS_SMALL_ANSWER])
{
	struct room room;
	knot_mm_t *mm = room_begin(&room);
	knot_pkt_t *q = knot_pkt_new((void *)query, (uint16_t)n, mm);
	knot_pkt_t *p = knot_pkt_new(ret, DNS_SMALL_ANSWER, mm);
	const bool negative = answer->n_addresses == 0 &&
			      (answer->rcode == DNS_NOERROR || answer->rcode == DNS_NXDOMAIN);
	int r = 0;

	if (!q || !p)
		return -ENOMEM;
	if (knot_pkt_parse(q, KNOT_PF_KEEPWIRE) != KNOT_EOK ||
		knot_pkt_init_response(p, q) != KNOT_EOK)
		return -EBADMSG;
	knot_wire_set_ra(p->wire);
	knot_wire_set_rcode(p->wire, (uint8_t)answer->rcode);
	if (knot_pkt_begin(p, KNOT_ANSWER) != KNOT_EOK)
		return -EMSGSIZE;
	if (answer->n_addresses > 0)
		r = put_addresses(p, answer);
	else if (negative)
		r = put_soa(p);
	if (r >= 0 && knot_pkt_has_edns(q))
		r = put_opt(p, answer);
	return r < 0 ? r : (int)p->size;
}

int dns_record_build(const char *name, const struct address *address, uint8_t ret[DNS_RECORD_MAX])
{
	const size_t size = address_size(address->family);
	uint8_t *at;

	if (size == 0 || !*name || !knot_dname_from_str(ret, name, KNOT_DNAME_MAXLEN))
		return -EINVAL;
	at = ret + knot_dname_size(ret);
	knot_wire_write_u16(at, address->family == AF_INET6 ? DNS_AAAA : DNS_A);
	knot_wire_write_u16(at + 2, CLASS_IN);
	knot_wire_write_u32(at + 4, DNS_ANSWER_TTL_SEC);
	knot_wire_write_u16(at + 8, (uint16_t)size);
	memcpy(at + 10, address->bytes, size);
	return (int)(at + 10 + size - ret);
}

int dns_error_build(
	const uint8_t *query, size_t n, enum dns_rcode rcode, uint8_t ret[DNS_SMALL_ANSWER])
{
	if (n < DNS_HEADER_BYTES)
		return -EBADMSG;
	memset(ret, 0, DNS_HEADER_BYTES);
	knot_wire_set_id(ret, knot_wire_get_id(query));
	knot_wire_set_qr(ret);
	knot_wire_set_opcode(ret, knot_wire_get_opcode(query));
	if (knot_wire_get_rd(query))
		knot_wire_set_rd(ret);
	knot_wire_set_ra(ret);
	knot_wire_set_rcode(ret, (uint8_t)rcode);
	return DNS_HEADER_BYTES;
}

/* Length of the one question behind the header, 0 when it is not there. A question's name is never
 * compressed: there is nothing before it. */
static size_t question_size(const uint8_t *packet, size_t n)
{
	size_t at = DNS_HEADER_BYTES;

	while (at < n && packet[at] != 0) {
		if (packet[at] > DOMAIN_LABEL_MAX)
			return 0;
		at += packet[at] + 1U;
	}
	at += 1 + 4; /* the root, type and class */
	return at <= n && at <= DNS_HEADER_BYTES + KNOT_DNAME_MAXLEN + 4 ? at - DNS_HEADER_BYTES
									 : 0;
}

bool dns_answer_matches(
	const uint8_t *answer, size_t n_answer, const uint8_t *query, size_t n_query)
{
	const uint8_t *a = answer + DNS_HEADER_BYTES, *q = query + DNS_HEADER_BYTES;
	size_t size;

	if (n_answer < DNS_HEADER_BYTES || n_query < DNS_HEADER_BYTES ||
		!knot_wire_get_qr(answer) || knot_wire_get_id(answer) != knot_wire_get_id(query) ||
		knot_wire_get_qdcount(answer) != 1)
		return false;
	size = question_size(query, n_query);
	if (size == 0 || question_size(answer, n_answer) != size ||
		memcmp(a + size - 4, q + size - 4, 4) != 0)
		return false;
	/* label lengths are below 'A': one comparison serves lengths and letters */
	for (size_t i = 0; i < size - 4; i++)
		if (tolower(a[i]) != tolower(q[i]))
			return false;
	return true;
}

enum dns_rcode dns_answer_rcode(const uint8_t *answer)
{
	return (enum dns_rcode)knot_wire_get_rcode(answer);
}

bool dns_answer_truncated(const uint8_t *answer)
{
	return knot_wire_get_tc(answer);
}

static void note_ttl(const knot_rrset_t *rr, uint32_t *ttl)
{
	if (rr->ttl < *ttl)
		*ttl = rr->ttl;
}

/* Where the name's CNAME leads, or NULL. */
static const knot_dname_t *follow(
	const knot_pktsection_t *section, const knot_dname_t *name, uint32_t *ttl)
{
	for (uint16_t i = 0; i < section->count; i++) {
		const knot_rrset_t *rr = knot_pkt_rr(section, i);

		if (rr->type == KNOT_RRTYPE_CNAME && rr->rrs.count > 0 &&
			knot_dname_is_case_equal(rr->owner, name)) {
			note_ttl(rr, ttl);
			return knot_cname_name(rr->rrs.rdata);
		}
	}
	return NULL;
}

static size_t take_addresses(
	const knot_rrset_t *rr, struct address *ret, size_t n, size_t max, int family)
{
	const knot_rdata_t *rdata = rr->rrs.rdata;

	for (uint16_t i = 0; i < rr->rrs.count && n < max; i++) {
		if (rdata->len == address_size(family)) {
			ret[n] = (struct address){ .family = family };
			memcpy(ret[n].bytes, rdata->data, rdata->len);
			n++;
		}
		rdata = knot_rdataset_next((knot_rdata_t *)rdata);
	}
	return n;
}

/* The name at the end of the question's CNAMEs. */
static const knot_dname_t *final_name(const knot_pkt_t *p, uint32_t *ttl)
{
	const knot_pktsection_t *section = knot_pkt_section(p, KNOT_ANSWER);
	const knot_dname_t *name = knot_pkt_qname(p), *next;

	for (int i = 0; i < CNAME_STEPS_MAX && (next = follow(section, name, ttl)); i++)
		name = next;
	return name;
}

int dns_answer_owner(const uint8_t *answer, size_t n, char ret[DOMAIN_TEXT_MAX + 1])
{
	_cleanup_(knot_pkt_freep) knot_pkt_t *p = knot_pkt_new((void *)answer, (uint16_t)n, NULL);
	char name[DOMAIN_TEXT_MAX + 1];
	uint32_t ttl = UINT32_MAX;

	if (!p)
		return -ENOMEM;
	if (n < DNS_HEADER_BYTES || n > DNS_PACKET_MAX ||
		knot_pkt_parse(p, KNOT_PF_KEEPWIRE) != KNOT_EOK || !knot_pkt_qname(p))
		return -EBADMSG;
	name_text(final_name(p, &ttl), name);
	if (!*name)
		return -EBADMSG;
	strcpy(ret, name);
	return 0;
}

/* Type, class, lifetime and length of a record's data (RFC 1035 section 3.2.1). */
#define RECORD_BYTES 10

size_t dns_answer_skim(const uint8_t *answer, size_t n, struct address *ret, size_t max)
{
	const size_t question = n < DNS_HEADER_BYTES ? 0 : question_size(answer, n);
	size_t at = DNS_HEADER_BYTES + question, found = 0;
	unsigned left;

	if (question == 0 || knot_wire_get_qdcount(answer) != 1)
		return 0;
	for (left = knot_wire_get_ancount(answer); left > 0 && found < max; left--) {
		const int name = knot_dname_wire_check(answer + at, answer + n, answer);
		uint16_t type, length;

		if (name <= 0 || (size_t)name + RECORD_BYTES > n - at)
			break;
		at += (size_t)name;
		type = knot_wire_read_u16(answer + at);
		length = knot_wire_read_u16(answer + at + RECORD_BYTES - 2);
		at += RECORD_BYTES;
		if (length > n - at)
			break;
		if ((type == DNS_A && length == 4) || (type == DNS_AAAA && length == 16)) {
			memset(&ret[found], 0, sizeof(ret[found]));
			ret[found].family = type == DNS_A ? AF_INET : AF_INET6;
			memcpy(ret[found++].bytes, answer + at, length);
		}
		at += length;
	}
	return found;
}

int dns_answer_addresses(const uint8_t *answer, size_t n, struct address *ret, size_t max,
	size_t *ret_n, uint32_t *ret_ttl_sec)
{
	_cleanup_(knot_pkt_freep) knot_pkt_t *p = knot_pkt_new((void *)answer, (uint16_t)n, NULL);
	const knot_pktsection_t *section;
	const knot_dname_t *name;
	uint32_t ttl = UINT32_MAX;
	size_t found = 0;
	int family;

	if (!p)
		return -ENOMEM;
	if (n < DNS_HEADER_BYTES || n > DNS_PACKET_MAX ||
		knot_pkt_parse(p, KNOT_PF_KEEPWIRE) != KNOT_EOK)
		return -EBADMSG;
	family = knot_pkt_qtype(p) == KNOT_RRTYPE_AAAA ? AF_INET6 : AF_INET;
	section = knot_pkt_section(p, KNOT_ANSWER);
	name = final_name(p, &ttl);
	for (uint16_t i = 0; name && i < section->count; i++) {
		const knot_rrset_t *rr = knot_pkt_rr(section, i);

		if (rr->type != knot_pkt_qtype(p) || !knot_dname_is_case_equal(rr->owner, name))
			continue;
		note_ttl(rr, &ttl);
		found = take_addresses(rr, ret, found, max, family);
	}
	*ret_n = found;
	*ret_ttl_sec = ttl == UINT32_MAX ? 0 : ttl;
	return 0;
}
