/* Behind a head that says how large a piece is and whose. */
#include "sqlite-memory.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* The C library's own, which the sanitizer does not stand in front of. */
void *__libc_malloc(size_t n);
void __libc_free(void *p);

static bool watch = true;

union head {
	struct {
		int n;
		bool watched;
	};
	max_align_t align;
};

static void *take(int n)
{
	const bool watched = watch;
	const size_t all = sizeof(union head) + (size_t)n;
	union head *h = watched ? malloc(all) : __libc_malloc(all);

	must(h != NULL);
	h->n = n;
	h->watched = watched;
	return h + 1;
}

static void give(void *p)
{
	union head *h = p;

	if (!h)
		return;
	if (h[-1].watched)
		free(h - 1);
	else
		__libc_free(h - 1);
}

static int size_of(void *p)
{
	const union head *h = p;

	return h ? h[-1].n : 0;
}

static void *take_again(void *p, int n)
{
	void *next = take(n);

	memcpy(next, p, (size_t)(size_of(p) < n ? size_of(p) : n));
	give(p);
	return next;
}

static int round_up(int n)
{
	return (n + 7) & ~7;
}

static int begin(void *userdata)
{
	return SQLITE_OK;
}

static void end(void *userdata)
{
}

void sqlite_memory_begin(void)
{
	static const sqlite3_mem_methods methods = { take, give, take_again, size_of, round_up,
		begin, end, NULL };

	must(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK);
	must(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
}

void sqlite_memory_watch(bool watched)
{
	watch = watched;
}
