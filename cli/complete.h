#pragma once
/* What may stand where a command line is being typed, out of the tables of verbs and options. The
 * shells' scripts (packaging/completion) ask for it with focusctl --complete and know nothing. */
#include "verbs.h"

enum complete_kind {
	COMPLETE_OPTIONS = 1 << 0,
	COMPLETE_VERBS = 1 << 1,
	COMPLETE_SITES = 1 << 2,
	COMPLETE_GROUPS = 1 << 3,
	COMPLETE_PEOPLE = 1 << 4,
	COMPLETE_SPANS = 1 << 5,
	COMPLETE_RANGES = 1 << 15,
};

struct completion {
	unsigned kinds;   /* of enum complete_kind */
	unsigned options; /* of enum option_bit, for COMPLETE_OPTIONS */
	const char *form; /* as help shows it; its words in small letters may be typed too; or "" */
	size_t form_length;
	const char *typed; /* what the next word begins with so far */
	const char *kept;  /* --person= of --person=an stays before each candidate */
	int kept_length;
};

/* words: behind "focusctl"; the last one is being typed and may be "". */
struct completion complete_find(const char *const *words, size_t n);

/* Is every word in capitals of this form known here? */
bool complete_knows(const char *form);

/* For the words in i->arguments prints a line for each candidate: the word, a tab, what it is. Asks
 * the daemon for names only, and goes without them when it does not answer at once. */
enum exit_code complete_run(const struct invocation *i);
