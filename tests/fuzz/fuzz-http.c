/* Any bytes on the port of `focusctl export --format prometheus`: read whole or given up, and
 * answered with one of the answers there are; with figures never where a Host is another one's. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "http.h"

static const char body[] = "focusd_up 1\n";

/* Whoever asks for less than figures is told why, and no more. */
static void check_reply(struct http_request request)
{
	char reply[512];
	_cleanup_fclose_ FILE *f = fmemopen(reply, sizeof(reply), "w");
	const char *end;

	must(f != NULL);
	http_reply(f, request, body, sizeof(body) - 1);
	must(fflush(f) == 0);
	end = strstr(reply, "\r\n\r\n");
	must(strncmp(reply, "HTTP/1.1 ", 9) == 0 && end && (end[4] == 0) == request.head);
	if (end[4])
		must((strcmp(end + 4, body) == 0) == (request.status == 200));
}

static void check_other_host(const char *text)
{
	_cleanup_free_ char *more = NULL;

	must(asprintf(&more, "%s\nHost: evil.example\r\n\r\n", text) > 0);
	must(http_parse(more).status != 200);
}

static void check_parse(const char *text)
{
	const struct http_request request = http_parse(text);

	must(request.status == 200 || request.status == 400 || request.status == 403 ||
		request.status == 404 || request.status == 405);
	must(!request.head || request.status != 405);
	check_reply(request);
	if (request.status == 200)
		check_other_host(text);
}

/* What has no end within its bounds is no request. */
static void check_read(const uint8_t *data, size_t n)
{
	char text[HTTP_REQUEST_BYTES + 1];
	int fds[2], r;

	must(n <= HTTP_REQUEST_BYTES && pipe(fds) == 0);
	must(write(fds[1], data, n) == (ssize_t)n && close(fds[1]) == 0);
	r = http_read(fds[0], text);
	must(close(fds[0]) == 0);
	must(r == 0 || r == -ENODATA || r == -EMSGSIZE);
	if (r == 0)
		must(strstr(text, "\n\n") || strstr(text, "\r\n\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_free_ char *text = fuzz_text(data, n);

	check_parse(text);
	check_read(data, n < HTTP_REQUEST_BYTES ? n : HTTP_REQUEST_BYTES);
	return 0;
}
