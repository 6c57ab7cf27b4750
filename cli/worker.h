#pragma once
/* A question that may hang, asked by a process of its own, maybe as another account. */
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define WORKER_ANSWER_MAX 2048

/* Runs ask in a child that has become uid (root only; else as the caller) and reads what it writes.
 * Its text is cut at WORKER_ANSWER_MAX. -ETIMEDOUT when it took longer, and it is killed then;
 * -ESRCH for an account that is none, -ECHILD when it ended badly. */
int worker_ask(uid_t uid, unsigned timeout_msec, void (*ask)(FILE *answer, const void *data),
	const void *data, char ret[WORKER_ANSWER_MAX]);
