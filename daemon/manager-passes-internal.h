#pragma once
/* What manager-passes.c (the book) and manager-declare.c (what may be written into it) share. */
#include "manager-passes.h"

struct weekly;

struct manager_passes {
	struct passes book;
	struct instant written; /* when the living rows were written last */
	struct weekly *weekly;  /* per person */
	size_t n_weekly;
};

/* Writes it down, and says what has become of it. */
void manager_note_pass(struct manager *m, struct pass *pass, struct instant now);
/* Wall time of a boot time, as the clocks stand now; 0 stays 0. */
usec_t manager_pass_wall(usec_t boot_usec, struct instant now);
