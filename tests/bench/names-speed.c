/* What a table of names costs: bytes a name and nanoseconds of the processor a question, of a
 * site's own names (text) and of listed ones (hashes), at a thousand, a hundred thousand and a
 * million; half of the questions are for names that are not there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/hook-table.h"

#define QUESTIONS 1000000U

static double used_nsec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Names like real ones: three labels, 20 bytes and some. */
static size_t name_of(unsigned i, char ret[64])
{
	return (size_t)snprintf(ret, 64, "www.site-%x.example%u.com", i * 2654435761U, i % 7);
}

/* In no order that a cache would like. */
static unsigned shuffled(unsigned i, unsigned n)
{
	return (unsigned)((uint64_t)i * 7919 * 104729 % (2 * (uint64_t)n));
}

static double ask(const struct hook_table *t, unsigned n)
{
	double begin = used_nsec(), names;
	unsigned found = 0;
	size_t sum = 0;
	char name[64];

	for (unsigned i = 0; i < QUESTIONS; i++)
		sum += name_of(shuffled(i, n), name);
	names = used_nsec() - begin;
	begin = used_nsec();
	for (unsigned i = 0; i < QUESTIONS; i++) {
		const size_t size = name_of(shuffled(i, n), name);

		found += hook_table_metered(t, name, size);
	}
	if (sum == 0 || found < QUESTIONS / 3)
		abort();
	return (used_nsec() - begin - names) / QUESTIONS;
}

static void measure(unsigned n, bool as_list)
{
	static const struct name_key key = { { 1, 2, 3 } };
	struct hook_name *names = calloc(n, sizeof(*names));
	struct hook_setup setup = { 0 };
	struct hook_table *t;
	struct listed *listed;
	uint8_t *bytes = NULL;
	size_t size, empty;
	char name[64];

	if (!names || listed_new(1, &key, &listed) < 0 ||
		prefix_parse("198.19.128.0/17", &setup.lease4) < 0 ||
		prefix_parse("2001:2:0:f000::/52", &setup.lease6) < 0 ||
		hook_table_build(&setup, NULL, 0, &bytes, &empty) < 0)
		abort();
	free(bytes);
	for (unsigned i = 0; i < n; i++) {
		name_of(i, name);
		if (as_list)
			listed_add(listed, 0, name);
		else
			names[i] = (struct hook_name){ .name = strdup(name), .metered = true };
	}
	listed_seal(listed);
	if (hook_table_build(&setup, names, as_list ? 0 : n, &bytes, &size) < 0 ||
		hook_table_add_listed(&bytes, &size, listed) < 0 ||
		hook_table_open(bytes, size, &t) < 0)
		abort();
	printf("%-10s %8u %14.1f %14.0f\n", as_list ? "listed" : "of a site", n,
		(double)(size - empty) / n, ask(t, n));
	hook_table_close(t);
	free(bytes);
	for (unsigned i = 0; i < n && !as_list; i++)
		free((char *)names[i].name);
	free(names);
	listed_free(listed);
}

int main(void)
{
	static const unsigned sizes[] = { 1000, 100000, 1000000 };

	printf("%-10s %8s %14s %14s\n", "NAMES", "", "bytes a name", "ns a question");
	for (int as_list = 0; as_list < 2; as_list++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			measure(sizes[i], as_list);
	return 0;
}
