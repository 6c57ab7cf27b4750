#pragma once
/* One request of HTTP/1, read whole and bounded: just enough for a program that collects figures.
 */
#include <stdbool.h>
#include <stdio.h>

#define HTTP_PATH          "/metrics"
#define HTTP_REQUEST_BYTES 4096 /* what collectors send is a tenth of it */

struct http_request {
	int status; /* 200, or what to refuse it with */
	bool head;  /* the body is not wanted */
};

/* What a request's text deserves. Only GET and HEAD of HTTP_PATH, and only when it was sent to this
 * machine by that name: a page that a browser shows may lead a name of its own here. */
struct http_request http_parse(const char *text);
/* Reads one from fd: text that ends with an empty line. -ETIMEDOUT after 5 s, -EMSGSIZE, -ENODATA.
 */
int http_read(int fd, char ret[HTTP_REQUEST_BYTES + 1]);
void http_reply(FILE *f, struct http_request request, const char *body, size_t n);
