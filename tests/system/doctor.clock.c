/* For tests/system/doctor and commitment, loaded before libc: the wall clock, moved by as many
 * seconds as a file says. The file is mapped once, so that a sandbox has nothing against it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int (*real)(clockid_t, struct timespec *);
static const volatile long *offset_sec;

__attribute__((constructor)) static void begin(void)
{
	const int fd = open(getenv("DOCTOR_CLOCK"), O_RDONLY | O_CLOEXEC);
	void *bytes = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, fd, 0);

	real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	if (fd < 0 || bytes == MAP_FAILED || !real)
		_exit(99);
	close(fd);
	offset_sec = bytes;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	const int r = real(clock, ret);

	if (r == 0 && clock == CLOCK_REALTIME)
		ret->tv_sec += *offset_sec;
	return r;
}
