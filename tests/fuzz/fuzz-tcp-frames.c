/* Any stream of a TCP client or server, cut in any parts: the same messages come out of a buffer
 * that is filled part by part as stand in the stream. The first byte is how large the parts are. */
#include "core/dns-frame.h"
#include "core/dns-message.h"
#include "fuzz.h"

#define MESSAGE_MAX 300 /* a small one, so that inputs reach it */

struct client {
	uint8_t in[DNS_FRAME_HEAD + MESSAGE_MAX];
	size_t n_in, at; /* at: of the stream, where the next message is due */
	bool shut;
};

static void read_frames(struct client *c, const uint8_t *stream)
{
	const uint8_t *message;
	struct dns_query q;
	size_t n;
	int r;

	while ((r = dns_frame_first(c->in, c->n_in, MESSAGE_MAX, &message, &n)) > 0) {
		must(memcmp(message, stream + c->at + DNS_FRAME_HEAD, n) == 0);
		c->at += DNS_FRAME_HEAD + n;
		(void)dns_query_parse(message, n, &q);
		c->n_in = dns_frame_drop(c->in, c->n_in);
	}
	c->shut = r < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct fuzz_input in = { data, n };
	const size_t part = 1 + fuzz_number(&in, 1);
	struct client c = { 0 };

	for (size_t come = 0; come < in.n && !c.shut;) {
		size_t take = in.n - come < part ? in.n - come : part;

		must(c.n_in < sizeof(c.in)); /* a full buffer holds a whole message */
		if (take > sizeof(c.in) - c.n_in)
			take = sizeof(c.in) - c.n_in;
		memcpy(c.in + c.n_in, in.data + come, take);
		c.n_in += take;
		come += take;
		read_frames(&c, in.data);
	}
	if (!c.shut)
		must(c.at + c.n_in == in.n);
	return 0;
}
