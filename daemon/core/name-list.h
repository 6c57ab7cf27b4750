#pragma once
/* A line of the lists of names that people publish: a name a line, a hosts file, or the rules of an
 * ad blocker of which only ||name^ is meant. Text in, normalised names out. */

#define NAME_LINE_MAX 1024 /* bytes that are looked at; lines of more names than fit are none */

/* Calls add for each name of the line. 0: fine, also where nothing is meant (a comment, another
 * rule of an ad blocker, a hosts file's localhost); -EINVAL: it is nothing of the kind; else what
 * add returned. */
int name_list_line(const char *line, int (*add)(const char *name, void *userdata), void *userdata);
