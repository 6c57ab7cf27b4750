/* Any bytes as the ledger's file, and one of ours with some bytes changed: it opens, or is set
 * aside for a new one, or is refused with a sentence; and all that is asked of it ends. Any values
 * in the rows of one that is open (ledger-rows.c), mostly. The first byte says which; a change is
 * three bytes of place and one of value. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger-rows.h"
#include "sqlite-memory.h"
#include "system/ledger-held.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t n_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t n_max, unsigned seed);

enum { ANY_FILE, OUR_FILE, FILES };

#define A_FILE 64 /* one input in so many */

static char folder[64];
static struct {
	uint8_t *bytes;
	size_t n;
} ours; /* a ledger as we write it */

static void put_something(struct ledger *l)
{
	const struct ledger_usage usage = {
		.person = "anna", .target = "alpha", .day = 20000, .used_usec = 60000000
	};
	const struct ledger_span span = { .person = "anna",
		.site = "alpha",
		.day = 20000,
		.start_usec = 1,
		.end_usec = 60000000 };
	const struct ledger_state state = { .boot_id = "boot",
		.day = 20000,
		.usage = &usage,
		.n_usage = 1,
		.spans = &span,
		.n_spans = 1 };

	must(ledger_put_state(l, &state) == 0);
	must(ledger_put_event(l, 1, "start", NULL, NULL, "") == 0);
	must(ledger_put_mark(l, "anna", 1) == 0);
}

static void clear(void)
{
	const struct dirent *entry;
	DIR *d = opendir(folder);

	must(d != NULL);
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.')
			must(unlinkat(dirfd(d), entry->d_name, 0) == 0);
	closedir(d);
}

static void write_file(const uint8_t *bytes, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/" LEDGER_FILE, folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && close(fd) == 0);
}

static void write_ours(void)
{
	char path[128], *error = NULL;
	struct ledger *l = NULL;
	struct stat st;
	int fd;

	must(ledger_open(folder, NULL, NULL, NULL, &l, &error) == 0);
	put_something(l);
	must(ledger_sync(l) == 0);
	ledger_close(l);
	snprintf(path, sizeof(path), "%s/" LEDGER_FILE, folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && fstat(fd, &st) == 0);
	ours.n = (size_t)st.st_size;
	ours.bytes = malloc(ours.n);
	must(read(fd, ours.bytes, ours.n) == st.st_size && close(fd) == 0);
}

static void no_problem(const char *problem, void *userdata)
{
}

static void use(const uint8_t *bytes, size_t n)
{
	struct ledger_held held;
	struct ledger *l = NULL;
	char *error = NULL;
	int r;

	sqlite_memory_watch(false); /* how texts are read, the rows show */
	clear();
	write_file(bytes, n);
	r = ledger_open(folder, NULL, no_problem, NULL, &l, &error);
	must(r < 0 ? error && !l : l && !error);
	if (l) {
		rows_ask(l);
		put_something(l);
		ledger_sync(l);
		ledger_close(l);
	}
	free(error);
	if (ledger_read_held(folder, &held) >= 0)
		ledger_held_done(&held);
	sqlite_memory_watch(true);
}

static void leave(void)
{
	clear();
	rmdir(folder);
}

/* On a disk of memory: what it costs is SQLite, not the disk. */
static void arrive(void)
{
	strcpy(folder, "/dev/shm/focusd-fuzz-XXXXXX");
	must(mkdtemp(folder) != NULL && atexit(leave) == 0);
	sqlite_memory_begin();
	write_ours();
}

static void use_ours_changed(struct fuzz_input *in)
{
	uint8_t *bytes = fuzz_bytes(ours.bytes, ours.n);

	while (in->n >= 4) {
		const unsigned place = fuzz_number(in, 3);

		bytes[place % ours.n] = (uint8_t)fuzz_number(in, 1);
	}
	use(bytes, ours.n);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct fuzz_input in = { data, n };

	if (!ours.bytes)
		arrive();
	switch (fuzz_number(&in, 1)) {
	case ANY_FILE:
		use(in.data, in.n);
		break;
	case OUR_FILE:
		use_ours_changed(&in);
		break;
	default:
		rows_use(&in);
	}
	return 0;
}

/* To open a file takes SQLite as long as a hundred sets of rows, most of it to read its tables'
 * SQL: what is made of such an input is one again until there are enough, then a set of rows. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t n_max, unsigned seed)
{
	static uint64_t inputs, files;

	n = LLVMFuzzerMutate(data, n, n_max);
	inputs++;
	if (n == 0 || data[0] >= FILES)
		return n;
	if (files * A_FILE <= inputs)
		files++;
	else
		data[0] = (uint8_t)(FILES + data[0]);
	return n;
}
