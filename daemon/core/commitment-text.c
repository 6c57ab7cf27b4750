/* What is pending, as text and back. Values hold no control characters but the newline
 * (parse_is_text()): two of these can stand between them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "core/commitment.h"

#define FIELD_END  '\x1f' /* ASCII's unit separator */
#define RECORD_END '\x1e' /* ASCII's record separator */
#define FIELDS     8

int commitment_items_write(const struct commitment_items *list, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *f = text_open(&text, &size);

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		const struct commitment_item *x = &list->items[i];
		const char *const fields[] = { x->id, x->person ? x->person : "", x->target,
			x->asked, x->now, x->then };

		for (size_t k = 0; k < ELEMENTSOF(fields); k++)
			fprintf(f, "%s%c", fields[k], FIELD_END);
		fprintf(f, "%" PRIu64 "%c%d%c%c", x->due_usec, FIELD_END, x->cancelled, FIELD_END,
			RECORD_END);
	}
	if (text_close(f, &text) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(text);
	return 0;
}

/* Cuts one record into its fields; the text behind it, or NULL where it is damaged. */
static char *cut_record(char *text, char *fields[FIELDS])
{
	for (size_t i = 0; i < FIELDS; i++) {
		char *end = strchr(text, FIELD_END);

		if (!end)
			return NULL;
		*end = 0;
		fields[i] = text;
		text = end + 1;
	}
	return *text == RECORD_END ? text + 1 : NULL;
}

static int read_record(struct commitment_items *list, char *const fields[FIELDS])
{
	struct commitment_item item = {
		.id = fields[0],
		.person = *fields[1] ? fields[1] : NULL,
		.target = fields[2],
		.asked = fields[3],
		.now = fields[4],
		.then = fields[5],
		.cancelled = strcmp(fields[7], "0") != 0,
	};

	/* nobody wrote more than is ever pending */
	if (list->n == COMMITMENT_ITEMS_MAX ||
		parse_uint64(fields[6], UINT64_MAX, &item.due_usec) < 0)
		return -EBADMSG;
	return commitment_items_add(list, &item);
}

int commitment_items_read(const char *text, struct commitment_items *ret)
{
	_cleanup_free_ char *copy = strdup(text);
	struct commitment_items list = { 0 };
	char *at = copy, *fields[FIELDS];
	int r = copy ? 0 : -ENOMEM;

	while (r >= 0 && *at) {
		at = cut_record(at, fields);
		r = at ? read_record(&list, fields) : -EBADMSG;
	}
	if (r < 0) {
		commitment_items_done(&list);
		return r;
	}
	*ret = list;
	return 0;
}
