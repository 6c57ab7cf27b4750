#pragma once
/* What watch shows, line by line: values in, text out. */
#include "print.h"
#include "status.h"

enum watch_order { WATCH_BY_NOW, WATCH_BY_LEFT, WATCH_BY_USED, WATCH_BY_NAME, WATCH_ORDERS };

struct watch_line {
	const char *person;
	const struct status_entry *entry;
};

/* Lines worth one: what moves, is shut, has a limit or was used today; in order. The caller frees
 * *ret. -ENOMEM. */
int watch_lines(
	const struct status *s, enum watch_order order, struct watch_line **ret, size_t *ret_n);
#define WATCH_TEXT_MAX 512
/* One line, cut to so many columns; how long its limit has been used up is a bar where there is
 * room. */
const char *watch_format(const struct watch_line *line, struct style style, int64_t now_usec,
	char buffer[WATCH_TEXT_MAX]);
/* The heads of its columns. */
const char *watch_head(struct style style, char buffer[WATCH_TEXT_MAX]);
/* Ends a text behind so many columns; its letters have one each, as names, times and bars. */
void watch_cut(char *text, unsigned columns);
const char *watch_order_name(enum watch_order order);
