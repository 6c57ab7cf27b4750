/* One request: what is answered, what is refused, and what is not waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "http.h"

static const struct {
	const char *text;
	int status;
	bool head;
} rows[] = {
	{ "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:5390\r\n\r\n", 200, false },
	{ "HEAD /metrics HTTP/1.1\r\nhost:localhost\r\n\r\n", 200, true },
	{ "GET /metrics HTTP/1.0\r\n\r\n", 200, false },
	{ "GET /metrics?x=1 HTTP/1.1\r\nHost: [::1]:5390\r\n\r\n", 200, false },
	{ "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, false },
	{ "GET /metrics/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, false },
	{ "POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, false },
	/* a page elsewhere whose name leads here */
	{ "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, false },
	{ "GET /metrics HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", 403, false },
	{ "GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 403, false },
	{ "GET /metrics HTTP/1.1\r\nX: y\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 403, false },
	{ "GET /metrics HTTP/2\r\n\r\n", 400, false },
	{ "GET /metrics\r\n\r\n", 400, false },
	{ "get /metrics HTTP/1.1\r\n\r\n", 400, false },
	{ "\r\n\r\n", 400, false },
	{ "", 400, false },
	{ "\x16\x03\x01\x02", 400, false },
};

static void test_what_a_request_deserves(void **state)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct http_request r = http_parse(rows[i].text);

		if (r.status != rows[i].status || (r.status == 200 && r.head != rows[i].head))
			fail_msg("%s: %d, expected %d", rows[i].text, r.status, rows[i].status);
	}
}

static int read_from(const char *text, size_t n, bool close_it, char ret[HTTP_REQUEST_BYTES + 1])
{
	int fds[2], r;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(send(fds[1], text, n, 0), (ssize_t)n);
	if (close_it)
		close(fds[1]);
	r = http_read(fds[0], ret);
	close(fds[0]);
	if (!close_it)
		close(fds[1]);
	return r;
}

static void test_reading(void **state)
{
	char text[HTTP_REQUEST_BYTES + 1], large[HTTP_REQUEST_BYTES + 100];

	assert_int_equal(read_from("GET / HTTP/1.1\r\n\r\nmore", 22, false, text), 0);
	assert_memory_equal(text, "GET / HTTP/1.1\r\n\r\n", 18);
	assert_int_equal(read_from("GET / HT", 8, true, text), -ENODATA);
	memset(large, 'x', sizeof(large));
	assert_int_equal(read_from(large, sizeof(large), false, text), -EMSGSIZE);
}

static char *reply(struct http_request request, const char *body)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	http_reply(f, request, body, strlen(body));
	fclose(f);
	return text;
}

static void test_replies(void **state)
{
	_cleanup_free_ char *good = reply((struct http_request){ .status = 200 }, "a 1\n");
	_cleanup_free_ char *head = reply((struct http_request){ 200, true }, "a 1\n");
	_cleanup_free_ char *bad = reply((struct http_request){ .status = 405 }, "secret");

	assert_non_null(strstr(good, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(good, "\r\nContent-Length: 4\r\n"));
	assert_non_null(strstr(good, "\r\n\r\na 1\n"));
	assert_non_null(strstr(head, "\r\nContent-Length: 4\r\n"));
	assert_null(strstr(head, "a 1"));
	assert_non_null(strstr(bad, "\r\nAllow: GET, HEAD\r\n"));
	assert_null(strstr(bad, "secret"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_request_deserves),
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
