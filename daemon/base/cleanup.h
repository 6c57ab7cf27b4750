#pragma once
/* Scope-bound destructors: every one takes NULL or -1 and leaves errno alone. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef _cleanup_ /* libknot defines the same */
#define _cleanup_(f) __attribute__((cleanup(f)))
#endif

#define PROTECT_ERRNO(statement)          \
	do {                              \
		int saved_errno_ = errno; \
		statement;                \
		errno = saved_errno_;     \
	} while (0)

/* Defines funcp() for _cleanup_(): calls func on the variable's value unless it is NULL. */
#define DEFINE_CLEANUP(type, func)                                  \
	static inline __attribute__((unused)) void func##p(type *p) \
	{                                                           \
		if (*p)                                             \
			func(*p);                                   \
	}                                                           \
	struct cleanup_semicolon_

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void closep(const int *fd)
{
	if (*fd >= 0)
		PROTECT_ERRNO(close(*fd));
}

static inline void fclosep(FILE **f)
{
	if (*f)
		PROTECT_ERRNO(fclose(*f));
}

static inline void closedirp(DIR **d)
{
	if (*d)
		PROTECT_ERRNO(closedir(*d));
}

#define _cleanup_free_     _cleanup_(freep)
#define _cleanup_close_    _cleanup_(closep)
#define _cleanup_fclose_   _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

#define TAKE_PTR(p)                        \
	({                                 \
		__typeof__(p) take_ = (p); \
		(p) = NULL;                \
		take_;                     \
	})
#define TAKE_FD(fd)               \
	({                        \
		int take_ = (fd); \
		(fd) = -1;        \
		take_;            \
	})

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))
