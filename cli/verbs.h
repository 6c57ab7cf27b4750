#pragma once
/* The verbs: one row each, one file each. Help, arity and "did you mean" come from the row. */
#include <stddef.h>
#include <stdio.h>

#include "invocation.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3,
	EXIT_NOT_ALLOWED = 4
};

struct verb {
	const char *name;
	const char *arguments; /* as help shows them */
	const char *summary;
	const char *details; /* more for "help VERB", or "" */
	unsigned options;    /* of enum option_bit, those of its own */
	size_t n_min, n_max;
	enum exit_code (*run)(const struct invocation *i);
};

const struct verb *verbs_list(size_t *ret_n);
const struct verb *verbs_find(const char *name);
/* The closest verb's name, or NULL. */
const char *verbs_closest(const char *name);
void verbs_print_help(FILE *f);
void verbs_print_verb(FILE *f, const struct verb *verb);

/* Says on stderr that this is no day. */
enum exit_code verbs_expect_day(const char *text);
/* After a question: is the line typed y or yes, or that in the person's language? The end of the
 * input is a no. */
bool verbs_await_yes(void);
/* Says what a failed call means to a person, on stderr. */
enum exit_code verbs_fail(const struct client_error *error);

enum exit_code verb_status(const struct invocation *i);
enum exit_code verb_limit(const struct invocation *i);
enum exit_code verb_pass(const struct invocation *i);
enum exit_code verb_open(const struct invocation *i);
enum exit_code verb_focus(const struct invocation *i);
enum exit_code verb_ask(const struct invocation *i);
enum exit_code verb_grant(const struct invocation *i);
enum exit_code verb_pending(const struct invocation *i);
enum exit_code verb_cancel(const struct invocation *i);
enum exit_code verb_suggest(const struct invocation *i);
enum exit_code verb_watch(const struct invocation *i);
enum exit_code verb_report(const struct invocation *i);
enum exit_code verb_why(const struct invocation *i);
enum exit_code verb_log(const struct invocation *i);
enum exit_code verb_notify(const struct invocation *i);
enum exit_code verb_doctor(const struct invocation *i);
enum exit_code verb_reload(const struct invocation *i);
enum exit_code verb_export(const struct invocation *i);
enum exit_code verb_forget(const struct invocation *i);
enum exit_code verb_sites(const struct invocation *i);
enum exit_code verb_devices(const struct invocation *i);
enum exit_code verb_version(const struct invocation *i);
enum exit_code verb_help(const struct invocation *i);
