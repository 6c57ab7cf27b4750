#pragma once
/* Our lines in a hosts(5) file, as bytes in and bytes out; whatever else is in the file stays byte
 * for byte, be it text or not.
 *
 * The block stands at the end, between two marker lines, and each of its lines ends in HOSTS_TAG.
 * So every line says for itself whether it is ours: a line that somebody wrote between the markers
 * stays, and one of ours that was moved, doubled or robbed of its markers goes. */
#include <stdbool.h>
#include <stddef.h>

#define HOSTS_BEGIN     "# focusd: begin"
#define HOSTS_END       "# focusd: end"
#define HOSTS_TAG       "# focusd"
#define HOSTS_LINES_MAX 4096 /* lines of one block: two for each of ever so many names */

struct hosts_text {
	char *bytes; /* the caller's to free; never NULL, a 0 byte follows */
	size_t n;
	bool gone; /* there was no file before our block, and nothing else is in it: remove it */
};

/* The file without our lines. -ENOMEM. Undoes hosts_text_insert() exactly: what follows from it is
 * strip(insert(x)) == strip(x), and strip(x) == x where nothing of ours is in x. */
int hosts_text_strip(const char *bytes, size_t n, struct hosts_text *ret);
/* The file with this block instead of whatever block it had; an empty one strips. bytes NULL: there
 * is no file. block: lines of ADDRESS, one blank, NAME, a newline each; anything else is -EBADMSG,
 * more than HOSTS_LINES_MAX -E2BIG: it comes from a process that is trusted less than the file. */
int hosts_text_insert(
	const char *bytes, size_t n, const char *block, size_t n_block, struct hosts_text *ret);

/* Are the entries of ours in the file exactly those of the block, in its order? Whatever others
 * wrote around and between them is their business. */
bool hosts_text_holds(const char *bytes, size_t n, const char *block, size_t n_block);
/* Sets ret[i] where a line that is not ours says something of names[i] (normalised): the last word
 * on that name is somebody else's. -ENOMEM. */
int hosts_text_claimed(
	const char *bytes, size_t n, const char *const *names, size_t n_names, bool *ret);
