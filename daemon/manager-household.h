#pragma once
/* What manager-share.c does for the other files of the manager; nobody else includes it. */
#include "base/strings.h"
#include "core/intervals.h"

struct manager;
struct manager_share;

/* A new configuration: begins, goes on or ends; before what was used is loaded. -ENOMEM. */
int manager_share_begin(struct manager *m);
/* After it was: what others said, added up. */
void manager_share_load(struct manager *m, struct instant now);
struct manager_share *manager_share_free(struct manager_share *s);
/* A stretch of attention here, of the day that it counts on; wall time. */
void manager_share_add(
	struct manager *m, size_t person, size_t site, int32_t day, struct interval i);
/* Brings what others add up to date. */
void manager_share_merge(struct manager *m);
/* Everything anew: it is another day. */
void manager_share_turn(struct manager *m);
/* A verdict is another one. */
void manager_share_judged(struct manager *m);
/* Tells who watches. */
void manager_share_tell(struct manager *m);
void manager_share_store(struct manager *m);
/* What is wrong with it, a sentence each. -ENOMEM. */
int manager_share_problems(const struct manager *m, struct strings *list);
