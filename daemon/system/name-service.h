#pragma once
/* Which way the look-ups of this machine's programs go. Reads, never writes. */
#include <stdbool.h>

/* Do they go to systemd-resolved by its own socket (nss-resolve(8)), so that they never meet port
 * 53? nsswitch_conf: the path of nsswitch.conf(5). */
bool name_service_uses_resolved(const char *nsswitch_conf);
