#pragma once
/* The hook alone touches bytes from the network: afterwards it can do nothing else. */

/* Gives up every capability, forbids new privileges, and leaves only the system calls that
 * answering names takes: no files, no programs, no other sockets. -EPERM for uid 0: a hook that is
 * root needs no sandbox to break out of. */
int sandbox_enter(void);
