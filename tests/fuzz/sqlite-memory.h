#pragma once
/* Where SQLite's memory comes from: the sanitizer, which watches each piece, or, three times as
 * fast, the C library. */
#include <stdbool.h>

/* Before anything else is asked of SQLite. */
void sqlite_memory_begin(void);
/* From now on; what is given back goes to where it came from. */
void sqlite_memory_watch(bool watched);
