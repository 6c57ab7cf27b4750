#pragma once
/* The hosts(5) file: our block in it and out of it (core/hosts-text.h), safe against a kill or a
 * power cut at any instruction and against somebody who edits at the same time. Needs no more than
 * to own the file and its folder. */
#include <stdbool.h>
#include <stddef.h>

#define HOSTS_BYTES_MAX ((size_t)64 << 20) /* a long block list has 5 MB; more is no hosts file */

/* What the writer is to put in, in the runtime folder. The keeper writes it with one rename. */
#define HOSTS_WANTED_MAX ((size_t)2 << 20)

/* Makes the block of the file at `path` (links are followed) what the file at `wanted` says; a
 * missing or empty one, and NULL, take the block out. Also repairs what a killed predecessor left.
 * Returns 1 when the file was changed, 0 when it was right. -EBADMSG: `wanted` holds anything but
 * ADDRESS NAME lines. */
int hosts_update(const char *path, const char *wanted);

/* Are the entries of this block, and no others of ours, in the file? Without a block: is the file
 * as hosts_update() would leave it? Changes nothing; 1, 0 or a negative errno. */
int hosts_check(const char *path, const char *block, size_t n_block);
/* The file's bytes, the caller's to free; NULL where it is missing. -EAGAIN: it is being written.
 */
int hosts_read(const char *path, char **ret, size_t *ret_n);
/* Writes the block to `wanted` for hosts_update(), by one rename. */
int hosts_want(const char *wanted, const char *block, size_t n_block);
