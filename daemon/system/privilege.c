/* Two system calls and a loop: not worth a library. The uid is left as it is. */
#include "system/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int privilege_keep_net_admin(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];
	const unsigned wanted = 1U << CAP_NET_ADMIN;

	if (syscall(SYS_capget, &header, sets) < 0)
		return -errno;
	if (!(sets[0].effective & wanted))
		return -EPERM;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* A service manager has done it: its system call filter need not let us change anything. */
	if (sets[0].permitted == wanted && sets[1].permitted == 0 &&
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return 0;
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap != CAP_NET_ADMIN && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return -errno;
	sets[0] = (struct __user_cap_data_struct){ .effective = wanted, .permitted = wanted };
	sets[1] = (struct __user_cap_data_struct){ 0 };
	if (syscall(SYS_capset, &header, sets) < 0)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}
