#pragma once
/* Undoing every hook, whether or not a keeper lived to do it. Idempotent. */

/* The kernel's part: tables and remembered look-ups. Logs what fails; a negative errno then. */
int release_kernel(void);
/* Our lines in the hosts file, by a child. Logs what fails. Before the kernel's part: a line must
 * not outlive what it leads to. */
int release_hosts(const char *runtime_dir, const char *hosts_file);
/* All of it, for a keeper that is gone: also ends its name hook and removes its sockets. -EBUSY
 * (logged) while a focusd runs on this state folder. */
int release_all(const char *state_dir, const char *runtime_dir, const char *hosts_file);
/* The same after the end of a service (ExecStopPost=), which a restart and a crash are, too: then
 * everything stays for the successor. The hook is a service of its own there. */
int release_if_stopping(const char *state_dir, const char *runtime_dir, const char *hosts_file);
