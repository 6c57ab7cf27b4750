/* Any bytes as the ledger's file, and one of ours with some bytes changed: it opens, or is set
 * aside for a new one, or is refused with a sentence; and all that is asked of it ends. The first
 * byte says which; a change is three bytes of place and one of value. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "system/ledger-past.h"

static char folder[64];

static int any_usage(const struct ledger_usage *u, void *userdata)
{
	return u->person && u->target ? 0 : -1;
}

static int any_meter(const struct ledger_meter *m, void *userdata)
{
	return m->person && m->site ? 0 : -1;
}

static int any_counter(const struct ledger_counter *c, void *userdata)
{
	return 0;
}

static int any_mark(const char *person, uint32_t mark, void *userdata)
{
	return person ? 0 : -1;
}

static int any_block(const struct lease_block *b, void *userdata)
{
	must(address_size(b->base.family) > 0 && b->kind < HOST_KINDS);
	return b->site ? 0 : -1;
}

static int any_name(const struct lease_name *n, void *userdata)
{
	must(address_size(n->family) > 0);
	return 0;
}

static int any_alone(const struct alone *a, void *userdata)
{
	return 0;
}

static int any_span(const struct ledger_span *s, void *userdata)
{
	return s->person && s->site ? 0 : -1;
}

static int any_event(usec_t wall_usec, const char *kind, const char *person, const char *site,
	const char *text, void *userdata)
{
	return kind ? 0 : -1;
}

static int any_try(const struct ledger_try *t, void *userdata)
{
	return 0;
}

static int any_detail(const struct detail *d, void *userdata)
{
	return d->person && d->site && d->name ? 0 : -1;
}

static const struct ledger_reader reader = {
	.usage = any_usage,
	.meter = any_meter,
	.counter = any_counter,
	.mark = any_mark,
	.block = any_block,
	.name = any_name,
	.alone = any_alone,
	.span = any_span,
	.event = any_event,
	.try = any_try,
};

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

static void read_all(struct ledger *l)
{
	const struct ledger_event_query events = { .most = 1000 };
	const struct ledger_day_query days = { .person = "anna", .last_day = INT32_MAX };
	struct ledger_last last;

	ledger_read_last(l, "boot", &last);
	ledger_read(l, &reader, 0, "boot", NULL);
	ledger_read_events(l, &events, any_event, NULL);
	ledger_read_spans(l, &days, any_span, NULL);
	ledger_read_details(l, &days, any_detail, NULL);
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

/* A ledger as we write it. */
static uint8_t *good(size_t *ret_n)
{
	char path[128], *error = NULL;
	struct ledger *l = NULL;
	struct stat st;
	uint8_t *bytes;
	int fd;

	must(ledger_open(folder, NULL, NULL, NULL, &l, &error) == 0);
	put_something(l);
	must(ledger_sync(l) == 0);
	ledger_close(l);
	snprintf(path, sizeof(path), "%s/" LEDGER_FILE, folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && fstat(fd, &st) == 0);
	*ret_n = (size_t)st.st_size;
	bytes = malloc(*ret_n);
	must(read(fd, bytes, *ret_n) == st.st_size && close(fd) == 0);
	return bytes;
}

static void no_problem(const char *problem, void *userdata)
{
}

static void use(const uint8_t *bytes, size_t n)
{
	struct ledger *l = NULL;
	char *error = NULL;
	int r;

	clear();
	write_file(bytes, n);
	r = ledger_open(folder, NULL, no_problem, NULL, &l, &error);
	must(r < 0 ? error && !l : l && !error);
	if (l) {
		read_all(l);
		put_something(l);
		ledger_sync(l);
		ledger_close(l);
	}
	free(error);
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
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t *ours;
	static size_t n_ours;
	struct fuzz_input in = { data, n };
	uint8_t *bytes;

	if (!ours) {
		arrive();
		ours = good(&n_ours);
	}
	if (fuzz_number(&in, 1) % 2 == 0) {
		use(in.data, in.n);
		return 0;
	}
	bytes = fuzz_bytes(ours, n_ours);
	while (in.n >= 4) {
		const unsigned place = fuzz_number(&in, 3);

		bytes[place % n_ours] = (uint8_t)fuzz_number(&in, 1);
	}
	use(bytes, n_ours);
	free(bytes);
	return 0;
}
