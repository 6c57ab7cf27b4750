#pragma once
/* What a command line says. The options are one table: getopt's list, help, completion and the
 * check against a verb's row come from it. */
#include <stdbool.h>
#include <stddef.h>

#include "client.h"
#include "print.h"

/* Bits, for a verb's row to say which it takes. */
enum option_bit {
	OPTION_PERSON = 1 << 0,
	OPTION_JSON = 1 << 1,
	OPTION_ALL = 1 << 2,
	OPTION_WEEK = 1 << 3,
	OPTION_BUS = 1 << 4,
	OPTION_HELP = 1 << 5,
	OPTION_VERSION = 1 << 6,
	OPTION_COMPLETE = 1 << 7,
	OPTION_SINCE = 1 << 8,
	OPTION_DAY = 1 << 11,
	OPTION_FILE = 1 << 26,
	OPTION_HTTP = 1 << 27,
	OPTION_FIX = 1 << 9,
	OPTION_UNDO = 1 << 10,
	OPTION_FOR = 1 << 12,
	OPTION_UNTIL = 1 << 13,
	OPTION_SET = 1 << 20,
	OPTION_YES = 1 << 21,
	OPTION_BY = 1 << 16,
	OPTION_CSV = 1 << 14,
	OPTION_ASCII = 1 << 15,
	OPTION_SITTING = 1 << 22,
	OPTION_HTML = 1 << 17,
	OPTION_LANGUAGE = 1 << 18,
	OPTION_OPEN = 1 << 19,
	/* no verb's own */
	OPTIONS_ANYWHERE = OPTION_BUS | OPTION_HELP | OPTION_VERSION
};

struct invocation {
	const char *person; /* "" for what the daemon takes it to mean */
	const char *bus;    /* NULL: the usual places */
	const char *since;  /* NULL: not given */
	const char *day;    /* NULL: not given */
	const char *why;    /* --for; NULL: not given */
	const char *until;  /* NULL: not given */
	const char *file;   /* NULL: the standard output */
	const char *by;     /* NULL: not given */
	const char *html, *language;
	bool json, csv, ascii, open, all, week, sitting, fix, undo, set, yes, http, help, version,
		complete;
	unsigned given; /* of enum option_bit */
	const char *const *arguments;
	size_t n_arguments;
	struct client *client;
	struct style style;
};

struct option_row {
	enum option_bit bit;
	char letter; /* the short form, or 0 */
	const char *name;
	const char *argument; /* as help shows it; NULL for a switch */
	size_t field;         /* in struct invocation: const char * with an argument, else bool */
	const char *summary;  /* "": not for people, help does not tell of it */
};

/* In the order in which help shows them. */
const struct option_row *invocation_options(size_t *ret_n);

/* Fills the options' fields, and the words that are none into arguments: all of them, the verb too.
 * -EINVAL after getopt has said on stderr what is wrong. argv's order is changed. */
int invocation_parse(int argc, char **argv, struct invocation *i);
