/* For the tests of faults, loaded before libc: a disk that tells. Every change below one folder
 * goes into a trace, with its time and its bytes, and so does every sync; from that the test builds
 * what would be on the disk had the power failed at any moment. The same folder can be told to
 * refuse, as a file system does after an error of its disk.
 *
 *   FAULTS_DISK    the folder; its path is how files are opened
 *   FAULTS_TRACE   the file that the trace is added to
 *   FAULTS_REFUSE  a file of one int: the errno of each change, 0 for none */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS 1024
#define NAME_SIZE   64

enum what { CREATE, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, REMOVE };

struct record {
	uint64_t wall_usec;
	uint32_t what, n;
	uint64_t offset;
	char name[NAME_SIZE];
};

static char folder[4096];
static size_t folder_size;
static int trace = -1;
static const volatile int *refuse;
static char names[DESCRIPTORS][NAME_SIZE]; /* "": not ours, "/": the folder */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);

#define FIND(name) (*(void **)&real_##name = dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
	const char *dir = getenv("FAULTS_DISK"), *told = getenv("FAULTS_TRACE");
	const char *told_refuse = getenv("FAULTS_REFUSE");
	char path[4096] = "";
	int fd;

	FIND(open);
	FIND(close);
	FIND(write);
	FIND(pwrite);
	FIND(ftruncate);
	FIND(fsync);
	FIND(fdatasync);
	FIND(unlink);
	/* others inherit this: it is the keeper's disk */
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0 || !strstr(path, "/focusd") ||
		strcmp(strrchr(path, '/'), "/focusd") != 0)
		return;
	if (told)
		trace = real_open(told, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (told_refuse) {
		fd = real_open(told_refuse, O_RDONLY | O_CLOEXEC);
		refuse = mmap(NULL, sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
		real_close(fd);
	}
	if (!dir || (told && trace < 0) || refuse == MAP_FAILED)
		_exit(99);
	folder_size = (size_t)snprintf(folder, sizeof(folder), "%s", dir);
}

static const char *name_of(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS && *names[fd] ? names[fd] : NULL;
}

/* The name below our folder; "/" for itself; NULL for what is elsewhere. */
static const char *below(const char *path)
{
	if (folder_size == 0 || strncmp(path, folder, folder_size) != 0)
		return NULL;
	if (path[folder_size] == 0)
		return "/";
	return path[folder_size] == '/' && !strchr(path + folder_size + 1, '/')
		       ? path + folder_size + 1
		       : NULL;
}

static void note(const char *name, enum what what, uint64_t offset, const void *bytes, size_t n)
{
	struct record r = { .what = what, .offset = offset, .n = (uint32_t)n };
	const struct iovec io[] = { { &r, sizeof(r) }, { (void *)bytes, bytes ? n : 0 } };
	struct timespec now;

	if (trace < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	r.wall_usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	snprintf(r.name, sizeof(r.name), "%s", name);
	if (writev(trace, io, 2) < 0)
		_exit(98);
}

static bool refuses(void)
{
	if (!refuse || *refuse == 0)
		return false;
	errno = *refuse;
	return true;
}

int open(const char *path, int flags, ...)
{
	const char *name = below(path);
	struct stat st;
	mode_t mode = 0;
	bool is_new;
	va_list more;
	int fd;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(more, flags);
		mode = va_arg(more, mode_t);
		va_end(more);
	}
	if (!name)
		return real_open(path, flags, mode);
	if ((flags & O_ACCMODE) != O_RDONLY && refuses())
		return -1;
	pthread_mutex_lock(&lock);
	is_new = (flags & O_CREAT) && stat(path, &st) < 0;
	fd = real_open(path, flags, mode);
	if (fd >= 0 && fd < DESCRIPTORS) {
		snprintf(names[fd], NAME_SIZE, "%s", name);
		if (is_new)
			note(name, CREATE, 0, NULL, 0);
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int close(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		*names[fd] = 0;
	return real_close(fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	const char *name = name_of(fd);
	ssize_t done;

	if (!name)
		return real_pwrite(fd, bytes, n, offset);
	if (refuses())
		return -1;
	pthread_mutex_lock(&lock);
	done = real_pwrite(fd, bytes, n, offset);
	if (done > 0)
		note(name, WRITE, (uint64_t)offset, bytes, (size_t)done);
	pthread_mutex_unlock(&lock);
	return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t offset)
	__attribute__((alias("pwrite")));

ssize_t write(int fd, const void *bytes, size_t n)
{
	const char *name = name_of(fd);
	off_t offset;

	if (!name)
		return real_write(fd, bytes, n);
	offset = lseek(fd, 0, SEEK_CUR);
	n = (size_t)pwrite(fd, bytes, n, offset);
	if ((ssize_t)n > 0)
		lseek(fd, (off_t)n, SEEK_CUR);
	return (ssize_t)n;
}

int ftruncate(int fd, off_t size)
{
	const char *name = name_of(fd);
	int r;

	if (!name)
		return real_ftruncate(fd, size);
	if (refuses())
		return -1;
	pthread_mutex_lock(&lock);
	r = real_ftruncate(fd, size);
	if (r == 0)
		note(name, TRUNCATE, (uint64_t)size, NULL, 0);
	pthread_mutex_unlock(&lock);
	return r;
}

int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));

/* What was written when the sync began is what it keeps. */
static int sync_with(int (*real)(int), int fd)
{
	const char *name = name_of(fd);
	int r;

	if (!name)
		return real(fd);
	if (refuses())
		return -1;
	pthread_mutex_lock(&lock);
	r = real(fd);
	if (r == 0)
		note(name, strcmp(name, "/") == 0 ? SYNC_FOLDER : SYNC, 0, NULL, 0);
	pthread_mutex_unlock(&lock);
	return r;
}

int fsync(int fd)
{
	return sync_with(real_fsync, fd);
}

int fdatasync(int fd)
{
	return sync_with(real_fdatasync, fd);
}

int unlink(const char *path)
{
	const char *name = below(path);
	int r;

	if (!name)
		return real_unlink(path);
	if (refuses())
		return -1;
	pthread_mutex_lock(&lock);
	r = real_unlink(path);
	if (r == 0)
		note(name, REMOVE, 0, NULL, 0);
	pthread_mutex_unlock(&lock);
	return r;
}
