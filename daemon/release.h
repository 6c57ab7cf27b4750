#pragma once
/* Undoing every hook, whether or not a keeper lived to do it. Idempotent. */

/* The kernel's part: tables and remembered look-ups. Logs what fails; a negative errno then. */
int release_kernel(void);
/* All of it, for a keeper that is gone: also ends its name hook and removes its sockets. -EBUSY
 * (logged) while a focusd runs on this state folder. */
int release_all(const char *state_dir, const char *runtime_dir);
