#pragma once
/* How the ledger's file is come by: made and brought up to date, set aside where it is damaged, or,
 * where the disk takes nothing now, read as it is. Nobody but the ledger's own files asks. */
#include "system/ledger-schema.h"

/* The file at path, made or migrated if need be: the connection of one who writes. -EBADMSG: it is
 * damaged. */
int ledger_make(const char *path, sqlite3 **ret);
/* A copy of what is there, in memory and of today's schema; empty where there is no file. Nothing
 * is written to the disk. It needs the lock on the state folder, as no other is taken. */
int ledger_copy(const char *path, sqlite3 **ret);

struct ledger_opened {
	sqlite3 *write, *read;
	bool damaged; /* it was, and was moved out of the way, path.broken-TIME */
	int refused;  /* 0; or the disk refuses for this: read is a copy, write NULL */
};
/* Both connections are the caller's. */
int ledger_open_file(const char *path, struct ledger_opened *ret);
