/* It keeps no connection and serves no file; what it does not know it refuses. */
#include "http.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define TIMEOUT_MSEC 5000

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 503, "Service Unavailable" },
};

/* The value of a header's line, NULL where it is another's. */
static const char *header_value(const char *line, const char *name)
{
	const size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	line += n + 1;
	return line + strspn(line, " \t");
}

static bool is_local(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		const size_t n = strlen(names[i]);

		if (strncasecmp(host, names[i], n) == 0 && strchr(":\r\n \t", host[n]))
			return true;
	}
	return false;
}

/* Every Host there is must be ours; HTTP/1.0 has none. */
static bool hosts_are_local(const char *text)
{
	for (const char *line = strchr(text, '\n'); line; line = strchr(line, '\n')) {
		const char *host = header_value(++line, "Host");

		if (host && !is_local(host))
			return false;
	}
	return true;
}

struct http_request http_parse(const char *text)
{
	char method[16], path[256], version[16];
	struct http_request request = { .status = 400 };

	if (sscanf(text, "%15[A-Z] %255[!-~] %15[!-~]", method, path, version) != 3 ||
		strncmp(version, "HTTP/1.", 7) != 0)
		return request;
	request.head = strcmp(method, "HEAD") == 0;
	path[strcspn(path, "?")] = 0;
	if (!request.head && strcmp(method, "GET") != 0)
		request.status = 405;
	else if (!hosts_are_local(text))
		request.status = 403;
	else
		request.status = strcmp(path, HTTP_PATH) == 0 ? 200 : 404;
	return request;
}

int http_read(int fd, char ret[HTTP_REQUEST_BYTES + 1])
{
	const usec_t end = clock_now().boot_usec + TIMEOUT_MSEC * USEC_PER_MSEC;
	size_t length = 0;

	while (length < HTTP_REQUEST_BYTES) {
		const usec_t now = clock_now().boot_usec;
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (now >= end || poll(&p, 1, (int)((end - now) / USEC_PER_MSEC) + 1) == 0)
			return -ETIMEDOUT;
		n = read(fd, ret + length, HTTP_REQUEST_BYTES - length);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -ENODATA;
		length += n > 0 ? (size_t)n : 0;
		ret[length] = 0;
		if (strstr(ret, "\r\n\r\n") || strstr(ret, "\n\n"))
			return 0;
	}
	return -EMSGSIZE;
}

void http_reply(FILE *f, struct http_request request, const char *body, size_t n)
{
	const char *reason = "";

	for (size_t i = 0; i < ELEMENTSOF(reasons); i++)
		if (reasons[i].status == request.status)
			reason = reasons[i].reason;
	if (request.status != 200) {
		body = reason;
		n = strlen(reason);
	}
	fprintf(f,
		"HTTP/1.1 %d %s\r\n"
		"Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
		"Content-Length: %zu\r\n"
		"Cache-Control: no-store\r\n"
		"X-Content-Type-Options: nosniff\r\n"
		"Connection: close\r\n"
		"%s\r\n",
		request.status, reason, n, request.status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (!request.head)
		fwrite(body, 1, n, f);
}
