#pragma once
/* A transaction for libnftables as it is being written. */
#include <stddef.h>
#include <stdio.h>

struct nft_run;

struct script {
	char *text;
	size_t size;
	FILE *f;
	size_t n; /* commands; none: nothing to run */
};

int script_begin(struct script *s);
void script_done(struct script *s);
#define script_add(s, ...) ((void)(s)->n++, (void)fprintf((s)->f, __VA_ARGS__))
/* All or nothing; what libnftables complains about goes to the debug log. */
int script_run(struct nft_run *nft, struct script *s);
