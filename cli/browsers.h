#pragma once
/* Browsers that resolve names past the system, found and named, and the policy files that cure it.
 * It reads policies, which everybody may, and the caller's own profiles; it writes policies only,
 * and remembers what it wrote so that it can be taken back. */
#include <stdio.h>

#include "doctor.h"

/* Where to look. root: "" for this machine, a folder in tests; home: NULL for no profiles. */
struct browsers_place {
	const char *root, *home;
};

/* Notes a finding for every browser that is told to encrypt its look-ups, with its cure; one that
 * all is well where none is. */
void browsers_examine(struct doctor *d, const struct browsers_place *place);

/* Writes the policies of the browsers that are installed, and says on f which. Doing it twice is no
 * harm. -errno with *ret_error (owned by the caller), a sentence that names the file; what was
 * written before can be taken back. */
int browsers_fix(const char *root, FILE *f, char **ret_error);
/* Takes back what browsers_fix() wrote, as far as nobody changed it since, and says on f what. */
int browsers_undo(const char *root, FILE *f, char **ret_error);
