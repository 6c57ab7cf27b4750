#pragma once
/* Giving up what the keeper does not need. */

/* Leaves CAP_NET_ADMIN alone in every set (capabilities(7)), nothing in the ambient one, and
 * forbids new privileges. -EPERM when the process does not have CAP_NET_ADMIN to begin with. */
int privilege_keep_net_admin(void);
