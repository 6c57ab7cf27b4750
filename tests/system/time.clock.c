/* For tests/system/time, loaded before libc: the wall clock and the one that goes on in suspend,
 * each moved by as many seconds as a file says. The file is mapped once, so that a sandbox has
 * nothing against it. Alarms that are set by these clocks go off when the moved ones say so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct offsets {
	long wall_sec, boot_sec;
};

#define DESCRIPTORS 1024

static int (*real)(clockid_t, struct timespec *);
static int (*real_create)(int, int);
static int (*real_settime)(int, int, const struct itimerspec *, struct itimerspec *);
static clockid_t clocks[DESCRIPTORS]; /* of the alarms */
static const volatile struct offsets *offsets;

__attribute__((constructor)) static void begin(void)
{
	const int fd = open(getenv("TIME_CLOCK"), O_RDONLY | O_CLOEXEC);
	void *bytes = mmap(NULL, sizeof(struct offsets), PROT_READ, MAP_SHARED, fd, 0);

	real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	real_create = (int (*)(int, int))dlsym(RTLD_NEXT, "timerfd_create");
	real_settime = (int (*)(int, int, const struct itimerspec *, struct itimerspec *))dlsym(
		RTLD_NEXT, "timerfd_settime");
	if (fd < 0 || bytes == MAP_FAILED || !real)
		_exit(99);
	close(fd);
	offsets = bytes;
}

static long moved_sec(clockid_t clock)
{
	if (clock == CLOCK_REALTIME)
		return offsets->wall_sec;
	return clock == CLOCK_BOOTTIME ? offsets->boot_sec : 0;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	const int r = real(clock, ret);

	if (r == 0)
		ret->tv_sec += moved_sec(clock);
	return r;
}

int timerfd_create(clockid_t clock, int flags)
{
	const int fd = real_create(clock, flags);

	if (fd >= 0 && fd < DESCRIPTORS)
		clocks[fd] = clock;
	return fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	struct itimerspec moved = *value;

	if ((flags & TFD_TIMER_ABSTIME) && fd < DESCRIPTORS &&
		(value->it_value.tv_sec || value->it_value.tv_nsec)) {
		moved.it_value.tv_sec -= moved_sec(clocks[fd]);
		if (moved.it_value.tv_sec < 0)
			moved.it_value = (struct timespec){ .tv_nsec = 1 };
	}
	return real_settime(fd, flags, &moved, old);
}
