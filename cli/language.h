#pragma once
/* The person's language: what focusctl says goes through gettext (glibc's), with the text in
 * English as its key. Verbs, options, keys of the configuration and whatever programs read are not
 * said, and stay as they are. CONTRIBUTING.md tells how a sentence is translated. */
#include <libintl.h>

/* Said where it stands. */
#define _(text) gettext(text)
/* In a table, said later by translated(). */
#define N_(text) text

/* From the environment: locale and catalogue. */
void language_start(void);
/* From now on English, whatever was asked for: for programs. */
void language_plain(void);
/* A text of a table; "" stays so. */
const char *translated(const char *text) __attribute__((format_arg(1)));
