#pragma once
/* What the files of browsers share; nobody else includes it. */
#include <limits.h>

#include "base/cleanup.h"
#include "browser-settings.h"
#include "browsers.h"

struct chromium_kind {
	const char *name;
	const char *policies;     /* the folder of managed policies */
	const char *profiles[4];  /* below the home folder, where "Local State" lies */
	const char *installed[4]; /* any of these files says that it is there */
};

struct firefox_kind {
	const char *name;
	const char *policies;        /* what an administrator writes: it wins over those below */
	const char *distribution[4]; /* what comes with the program */
	const char *profiles[4];     /* below the home folder, a folder for each profile in it */
	const char *installed[4];
};

extern const struct chromium_kind chromium_kinds[];
extern const size_t n_chromium_kinds;
extern const struct firefox_kind firefox_kind;

#define _cleanup_json_ _cleanup_(json_decrefp)

/* root and path in one. -ENAMETOOLONG. */
int browsers_path(const char *root, const char *path, char ret[PATH_MAX]);
/* A regular file's text (owned by the caller); NULL with errno set. */
char *browsers_read(const char *path);
json_t *browsers_read_json(const char *path); /* NULL: not there, or no JSON */
bool browsers_any_exists(const char *root, const char *const paths[4]);
/* The policies.json that Firefox goes by; false: there is none. */
bool browsers_firefox_policies(const char *root, char ret[PATH_MAX]);
