/* What somebody who has taken over focusd-dns would try: enters its sandbox as the account that is
 * given, then tries it all. Each attempt is a line, "WHAT: refused" or "WHAT: DONE"; the exit
 * status says whether all were refused. With a second argument one attempt that no filter can
 * answer: another ABI's system call, which ends the process. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dns/sandbox.h"

#define FILE_OF_ALL "/etc/passwd"

static int n_done;
static pid_t parent;

static void tried(const char *what, long result)
{
	const int error = errno;

	if (result >= 0)
		n_done++;
	if (result >= 0)
		printf("%s: DONE\n", what);
	else
		printf("%s: %s\n", what, error == EPERM ? "refused" : strerror(error));
	if (result < 0 && error != EPERM)
		n_done++; /* it came as far as another answer */
	errno = 0;
}

#define TRY(call) tried(#call, (long)(call))

static void try_files(void)
{
	TRY(open(FILE_OF_ALL, O_RDONLY));
	TRY(open("/dev/shm/focusd-attempt", O_WRONLY | O_CREAT, 0600));
	TRY(open("/proc/self/mem", O_RDWR));
	TRY(syscall(SYS_openat, AT_FDCWD, FILE_OF_ALL, O_RDONLY));
	TRY(syscall(SYS_openat2, AT_FDCWD, FILE_OF_ALL, NULL, 0));
	TRY(syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0));
	TRY(syscall(SYS_memfd_create, "x", 0));
	TRY(access(FILE_OF_ALL, R_OK));
	TRY(readlink("/proc/self/exe", (char[64]){ 0 }, 64));
	TRY(unlink("/dev/shm/focusd-attempt"));
	TRY(rename("/dev/shm/a", "/dev/shm/b"));
	TRY(mkdir("/dev/shm/focusd-attempt", 0700));
	TRY(chmod(FILE_OF_ALL, 0666));
	TRY(chdir("/"));
	TRY(chroot("/"));
	TRY(syscall(SYS_mount, "x", "/mnt", "tmpfs", 0, NULL));
	TRY(syscall(SYS_getdents64, 0, NULL, 0));
	TRY(syscall(SYS_sendfile, 1, 0, NULL, 1));
	TRY(syscall(SYS_io_uring_setup, 1, &(struct io_uring_params){ 0 }));
}

static void try_sockets(void)
{
	TRY(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
	TRY(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	TRY(socket(AF_PACKET, SOCK_RAW, 0));
	TRY(socket(AF_ALG, SOCK_SEQPACKET, 0));
	TRY(socket(AF_VSOCK, SOCK_STREAM, 0));
	TRY(socket(AF_KEY, SOCK_RAW, 2));
	TRY(socket(AF_BLUETOOTH, SOCK_RAW, 0));
	TRY(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	TRY(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
	/* the kernel looks at 32 bits, the filter must not be led astray by the others */
	TRY(syscall(SYS_socket, 0x100000000 | AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){ 0 }));
	TRY(bind(0, NULL, 0));
	TRY(listen(0, 1));
	TRY(syscall(SYS_ioctl, 0, 0, 0));
}

static void try_processes(void)
{
	TRY(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	TRY(ptrace(PTRACE_ATTACH, parent, NULL, NULL));
	TRY(syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0));
	TRY(syscall(SYS_process_vm_writev, parent, NULL, 0, NULL, 0, 0));
	TRY(syscall(SYS_pidfd_open, parent, 0));
	TRY(syscall(SYS_pidfd_getfd, 0, 0, 0));
	TRY(kill(parent, 0));
	TRY(fork());
	TRY(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0));
	TRY(syscall(SYS_clone3, NULL, 0));
	TRY(execl("/bin/true", "true", NULL));
	TRY(syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0));
	TRY(unshare(CLONE_NEWUSER));
	TRY(setns(0, 0));
}

static void try_kernel(void)
{
	TRY(syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0));
	TRY(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
	TRY(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	TRY(syscall(SYS_userfaultfd, 0));
	TRY(syscall(SYS_init_module, NULL, 0, ""));
	TRY(syscall(SYS_kexec_load, 0, 0, NULL, 0));
	TRY(syscall(SYS_clock_settime, CLOCK_REALTIME, NULL));
	TRY(sethostname("x", 1));
	TRY(syscall(SYS_reboot, 0, 0, 0, NULL));
	TRY(syscall(SYS_personality, 0xffffffff));
}

static void try_rights(void)
{
	TRY(setuid(0));
	TRY(setresuid(0, 0, 0));
	TRY(setgid(0));
	TRY(setgroups(0, NULL));
	TRY(syscall(SYS_capset, NULL, NULL));
	TRY(prctl(PR_SET_DUMPABLE, 1));
	TRY(syscall(SYS_seccomp, 0, 0, NULL));
}

static long map(int protection)
{
	void *bytes = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return bytes == MAP_FAILED ? -1 : 0;
}

/* Code of one's own: memory that is written and then run. */
static void try_code(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	TRY(map(PROT_READ | PROT_WRITE | PROT_EXEC));
	TRY(map(PROT_READ | PROT_EXEC));
	TRY(map(PROT_EXEC));
	TRY(mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
	TRY(syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1));
}

/* What it is for still goes. */
static int check_work(void)
{
	const struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_port = htons(9) };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&nobody, sizeof(nobody)) < 0)
		return -errno;
	if (map(PROT_READ | PROT_WRITE) < 0 || !malloc(1 << 20))
		return -ENOMEM;
	return close(fd);
}

static int become(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
		return -errno;
	return 0;
}

/* x32, by its bit (asm/unistd.h: __X32_SYSCALL_BIT). */
static int call_another_abi(void)
{
#ifdef __x86_64__
	syscall(0x40000000 | SYS_getpid);
	puts("another ABI's call has come back");
	return 1;
#else
	raise(SIGSYS); /* there is no other */
	return 1;
#endif
}

int main(int argc, char **argv)
{
	int r;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	parent = getppid();
	r = become((uid_t)atoi(argv[1]));
	if (r >= 0)
		r = sandbox_enter();
	if (r < 0) {
		fprintf(stderr, "Can't enter the sandbox: %s\n", strerror(-r));
		return 2;
	}
	if (argc > 2)
		return call_another_abi();
	try_files();
	try_sockets();
	try_processes();
	try_kernel();
	try_rights();
	try_code();
	r = check_work();
	if (r < 0)
		printf("its own work fails: %s\n", strerror(-r));
	fflush(stdout);
	return n_done > 0 || r < 0;
}
