/* For tests/system/soak.long, loaded before libc into a program that is built with ASan: how much
 * memory it has asked for and not given back, once a second, and SQLite, whose pages fill up as the
 * ledger grows, beside it. What ASan keeps for itself (stacks of allocations, freed memory that is
 * held back, pages that are not whole) grows for an hour and is not counted.
 *
 *   SOAK_LIVE   a folder; the file in it has the program's name, and in kB its own and SQLite's */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);
__attribute__((weak)) long long sqlite3_memory_used(void);

static int file = -1;

static void *tell(void *unused)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { 0 };
	char text[32];

	/* who looks for leaks must be allowed to stop us, and has given up most of its own by then
	 */
	if (syscall(SYS_capset, &head, none) < 0)
		_exit(99);
	for (;; sleep(1)) {
		const size_t pages = sqlite3_memory_used ? (size_t)sqlite3_memory_used() : 0;
		const int n = snprintf(text, sizeof(text), "%12zu %12zu\n",
			(__sanitizer_get_current_allocated_bytes() - pages) / 1024, pages / 1024);

		if (pwrite(file, text, (size_t)n, 0) != n)
			_exit(99);
	}
	return unused;
}

__attribute__((constructor)) static void begin(void)
{
	const char *folder = getenv("SOAK_LIVE"), *name = program_invocation_short_name;
	char path[256];
	sigset_t all, before;
	pthread_t thread;

	/* the two that stay */
	if (!folder || !__sanitizer_get_current_allocated_bytes ||
		(strcmp(name, "focusd") != 0 && strcmp(name, "focusd-dns") != 0))
		return;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	/* signals are the program's own */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (file < 0 || pthread_create(&thread, NULL, tell, NULL) != 0)
		_exit(99);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
