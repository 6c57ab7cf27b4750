#pragma once
/* What manager-share.c and manager-told.c do for the other files of the manager; nobody else
 * includes it. */
#include "base/strings.h"
#include "core/intervals.h"
#include "core/told-passes.h"

struct manager;
struct manager_share;

/* A new configuration: begins, goes on or ends; before what was used is loaded. -ENOMEM. */
int manager_share_begin(struct manager *m);
/* After it was: what others said, added up. -ENOMEM: not all of it, which is no start. */
int manager_share_load(struct manager *m, struct instant now);
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
/* There is something new to tell. */
void manager_share_noted(struct manager *m);
/* Tells who watches. */
void manager_share_tell(struct manager *m);
void manager_share_store(struct manager *m);
/* What is wrong with it, a sentence each. -ENOMEM. */
int manager_share_problems(const struct manager *m, struct strings *list);

/* The same of manager-told.c, for passes. */
struct manager_told;
/* A new configuration. -ENOMEM. */
int manager_told_begin(struct manager *m);
struct manager_told *manager_told_free(struct manager_told *t);
int manager_told_load(struct manager *m); /* -ENOMEM */
void manager_told_store(struct manager *m);
/* It is another day. */
void manager_told_turn(struct manager *m);
/* Something was declared here, began or ended. */
void manager_told_noted(struct manager *m);
/* Begins what is due; returns the boot time of the next such moment, or of an end. */
usec_t manager_told_step(struct manager *m, struct instant now);
/* What others had of a kind today. */
struct pass_use manager_told_used(const struct manager *m, const char *person, enum pass_kind kind);
/* The one of these kinds that opens that target longest; NULL: none did. */
const struct told_pass *manager_told_open(
	const struct manager *m, const char *person, const char *target, unsigned kinds);
bool manager_told_is_full(const struct manager *m);
