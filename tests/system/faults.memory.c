/* For the tests of faults, loaded before libc: an allocation fails when it is told to, once. Who
 * asks for memory is a site: the address that called, its caller, and the program's own ones above.
 * A file that is shared with the test has the sites that were met, and the one whose turn it is.
 *
 *   FAULTS_MEMORY    the file, of struct board
 *   FAULTS_PROGRAM   the name of the program that is meant, of all that inherit this */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SITES   32768
#define MODULES 64
#define DEPTH   24
#define OWN     3 /* callers in the program itself that tell one site from another */

struct board {
	_Atomic uint64_t wanted; /* 0: nothing is to fail */
	_Atomic uint64_t caller; /* of wanted: who else asks costs nothing; 0: not known */
	_Atomic uint64_t failed; /* how often something did */
	_Atomic uint64_t noting; /* sites are noted, which takes ten times as long */
	_Atomic uint64_t begun;  /* how many processes of the program there were */
	struct {
		_Atomic uint64_t site, caller, count;
	} sites[SITES];
};

struct module {
	uintptr_t from, to, base;
};

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static struct board *board;
static struct module modules[MODULES];
static size_t n_modules;
static bool tells; /* FAULTS_TELL: who asked for what fails, for who looks for it */
static __thread bool inside;

static int note_module(struct dl_phdr_info *info, size_t size, void *userdata)
{
	for (int i = 0; i < info->dlpi_phnum && n_modules < MODULES; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
			const uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

			modules[n_modules++] = (struct module){ from,
				from + info->dlpi_phdr[i].p_memsz, info->dlpi_addr };
		}
	return 0;
}

static bool is_meant(void)
{
	const char *wanted = getenv("FAULTS_PROGRAM");
	char path[4096] = "";
	const char *name;

	if (!wanted || readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		return false;
	name = strrchr(path, '/');
	return name && strcmp(name + 1, wanted) == 0;
}

static void tell_frames(void)
{
	void *frames[DEPTH];

	backtrace_symbols_fd(frames, backtrace(frames, DEPTH), STDERR_FILENO);
}

/* Whose crash is it? The frames go to stderr, for the test to judge. */
static void on_crash(int number)
{
	static char line[] = "crash: signal 00\n";

	inside = true;
	line[sizeof(line) - 4] = (char)('0' + number / 10);
	line[sizeof(line) - 3] = (char)('0' + number % 10);
	if (write(STDERR_FILENO, line, sizeof(line) - 1) > 0)
		tell_frames();
	raise(number); /* SA_RESETHAND: the end */
}

__attribute__((constructor)) static void begin(void)
{
	struct sigaction crash = { .sa_handler = on_crash, .sa_flags = SA_RESETHAND | SA_NODEFER };
	void *first[2];
	void *bytes;
	int fd;

	if (!is_meant())
		return;
	backtrace(first, 2); /* its own first call allocates */
	dl_iterate_phdr(note_module, NULL);
	fd = open(getenv("FAULTS_MEMORY"), O_RDWR | O_CLOEXEC);
	bytes = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || bytes == MAP_FAILED)
		_exit(99);
	close(fd);
	tells = getenv("FAULTS_TELL");
	board = bytes;
	board->begun++;
	sigaction(SIGSEGV, &crash, NULL);
	sigaction(SIGBUS, &crash, NULL);
	sigaction(SIGABRT, &crash, NULL);
}

/* The first module is the program. Addresses within their modules: the same in every run. */
static uintptr_t within(const void *address, bool *ret_own)
{
	const uintptr_t a = (uintptr_t)address;

	*ret_own = false;
	for (size_t i = 0; i < n_modules; i++)
		if (a >= modules[i].from && a < modules[i].to) {
			*ret_own = i == 0;
			return a - modules[i].base + i;
		}
	return 1;
}

/* caller: the address that called us. */
static uint64_t site_of_caller(const void *caller)
{
	void *frames[DEPTH];
	const int n = backtrace(frames, DEPTH);
	uint64_t site = 14695981039346656037u; /* FNV-1a, a word at a time */
	int own = 0, first = 0;

	while (first < n && frames[first] != caller) /* what is ours, inlined or not */
		first++;
	for (int i = first; i < n && own < OWN; i++) {
		bool is_own;
		const uintptr_t at = within(frames[i], &is_own);

		own += is_own;
		if (i <= first + 1 || is_own)
			site = (site ^ at) * 1099511628211u;
	}
	return site ? site : 1;
}

static void note(uint64_t site, uint64_t caller)
{
	for (size_t i = site % SITES, tries = 0; tries < SITES; i = (i + 1) % SITES, tries++) {
		uint64_t none = 0;

		if (board->sites[i].site == site ||
			atomic_compare_exchange_strong(&board->sites[i].site, &none, site) ||
			none == site) {
			board->sites[i].caller = caller;
			board->sites[i].count++;
			return;
		}
	}
}

static bool fails_at(const void *address)
{
	const bool noting = board->noting != 0;
	uint64_t wanted = board->wanted, site;
	bool is_own;
	const uint64_t caller = within(address, &is_own);

	if (!noting && (wanted == 0 || (board->caller != 0 && board->caller != caller)))
		return false;
	site = site_of_caller(address);
	if (noting)
		note(site, caller);
	wanted = site;
	if (!atomic_compare_exchange_strong(&board->wanted, &wanted, 0))
		return false;
	board->failed++;
	if (tells)
		tell_frames();
	return true;
}

static bool fails(const void *address)
{
	bool now;

	if (!board || inside)
		return false;
	inside = true;
	now = fails_at(address);
	inside = false;
	if (now)
		errno = ENOMEM;
	return now;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
	return fails(CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(CALLER) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails(CALLER) ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return fails(CALLER) ? NULL : __libc_realloc(old, bytes);
}
