/* One buffer, doubled; what does not fit is an error of the stream, which stays. */
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define FIRST_BYTES 256

struct text {
	char **text;
	size_t *ret_size;
	size_t size, room; /* room: with the end */
};

/* stdio's contract: 0 is an error. */
static ssize_t text_write(void *cookie, const char *bytes, size_t n)
{
	struct text *t = cookie;
	size_t room = t->room;
	char *more;

	if (n > TEXT_MAX_BYTES || t->size + n > TEXT_MAX_BYTES) {
		errno = ENOMEM;
		return 0;
	}
	while (room < t->size + n + 1)
		room *= 2;
	if (room > t->room) {
		more = realloc(*t->text, room);
		if (!more)
			return 0;
		*t->text = more;
		t->room = room;
	}
	memcpy(*t->text + t->size, bytes, n);
	t->size += n;
	(*t->text)[t->size] = 0;
	if (t->ret_size)
		*t->ret_size = t->size;
	return (ssize_t)n;
}

static int text_end(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *text_open(char **text, size_t *size)
{
	const cookie_io_functions_t functions = { .write = text_write, .close = text_end };
	struct text *t = calloc(1, sizeof(*t));
	FILE *f = NULL;

	*text = calloc(1, FIRST_BYTES);
	if (size)
		*size = 0;
	if (t && *text) {
		*t = (struct text){ text, size, 0, FIRST_BYTES };
		f = fopencookie(t, "w", functions);
	}
	if (!f) {
		free(t);
		free(*text);
		*text = NULL;
	}
	return f;
}

int text_close(FILE *f, char **text)
{
	const int torn = fflush(f) != 0 || ferror(f);

	if (fclose(f) == 0 && !torn)
		return 0;
	free(*text);
	*text = NULL;
	return -ENOMEM;
}
