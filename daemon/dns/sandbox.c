/* The list of system calls, by libseccomp. What is not on it fails with EPERM. */
#include "dns/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

static void seccomp_releasep(scmp_filter_ctx *ctx)
{
	seccomp_release(*ctx);
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { 0 };
	struct __user_cap_data_struct had[2];

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
		syscall(SYS_capget, &header, had) < 0)
		return -errno;
	/* A service manager that gave none may not let us ask for none either. */
	if (memcmp(had, none, sizeof(none)) != 0 && syscall(SYS_capset, &header, none) < 0)
		return -errno;
	return 0;
}

static const int calls[] = { /* the event loop */
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(signalfd4), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(eventfd2),
	/* bytes in and out */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg), SCMP_SYS(accept4), SCMP_SYS(connect), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
	SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek),
	SCMP_SYS(getrandom),
	/* the same where a word has 32 bits; elsewhere libseccomp passes over them */
	SCMP_SYS(timerfd_settime64), SCMP_SYS(clock_gettime64), SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(ppoll_time64), SCMP_SYS(recvmmsg_time64), SCMP_SYS(futex_time64),
	SCMP_SYS(sigreturn), SCMP_SYS(send), SCMP_SYS(recv), SCMP_SYS(fcntl64), SCMP_SYS(fstat64),
	SCMP_SYS(fstatat64), SCMP_SYS(_llseek),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	/* the end */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(tgkill), SCMP_SYS(rseq),
	SCMP_SYS(sched_yield)
};

static int allow_calls(scmp_filter_ctx ctx)
{
	static const int maps[] = { SCMP_SYS(mmap), SCMP_SYS(mmap2) };
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(calls); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(families); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_CMP64(0, SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
	/* All code is loaded: new memory is never run. */
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(maps); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, maps[i], 1,
			SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return r;
}

#define FILTER_MAX 1024 /* instructions; ours are some 150, and a pipe holds far more */

struct filter {
	struct sock_filter code[FILTER_MAX];
	size_t n;
};

static int write_filter(scmp_filter_ctx ctx, struct filter *ret)
{
	_cleanup_close_ int from = -1, to = -1;
	int pipe[2], r;
	ssize_t n;

	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	from = pipe[0];
	to = pipe[1];
	r = seccomp_export_bpf(ctx, to);
	if (r < 0)
		return r;
	n = read(from, ret->code, sizeof(ret->code));
	if (n <= 0 || n == sizeof(ret->code))
		return n < 0 ? -errno : -E2BIG;
	ret->n = (size_t)n / sizeof(ret->code[0]);
	return 0;
}

static bool names_call(const struct filter *f, int call)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->code[i].code == (BPF_JMP | BPF_JEQ | BPF_K) &&
			f->code[i].k == (uint32_t)call)
			return true;
	return false;
}

/* (negative: not a call of this machine's) */
static bool names_all_calls(const struct filter *f)
{
	for (size_t i = 0; i < ELEMENTSOF(calls); i++)
		if (calls[i] >= 0 && !names_call(f, calls[i]))
			return false;
	return true;
}

/* libseccomp 2.5 that gets no memory for a part leaves it out and says that all went well: then
 * there is not even a call left to end by. Twice the same, with every call in it, is whole. */
static int load_filter(scmp_filter_ctx ctx)
{
	struct filter filter = { 0 }, again = { 0 };
	int r;

	r = write_filter(ctx, &filter);
	if (r >= 0)
		r = write_filter(ctx, &again);
	if (r < 0)
		return r;
	if (filter.n != again.n ||
		memcmp(filter.code, again.code, filter.n * sizeof(filter.code[0])) != 0 ||
		!names_all_calls(&filter))
		return -ENOMEM;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
		    &(struct sock_fprog){ (unsigned short)filter.n, filter.code }) < 0)
		return -errno;
	return 0;
}

int sandbox_enter(void)
{
	_cleanup_(seccomp_releasep) scmp_filter_ctx ctx = NULL;
	int r;

	if (geteuid() == 0)
		return -EPERM;
	r = drop_capabilities();
	if (r < 0)
		return r;
	ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!ctx)
		return -ENOMEM;
	r = allow_calls(ctx);
	if (r >= 0)
		r = load_filter(ctx);
	return r;
}
