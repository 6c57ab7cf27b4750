/* Any arguments to any method of the bus, from root and from somebody: every call is answered, and
 * the configuration that callers can write still loads. The keeper behind it is whole but for the
 * kernel, which is played, and lives through thousands of inputs; then it ends, nothing that it had
 * is lost, and another begins. */
#include <sanitizer/lsan_interface.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "bus-internal.h"
#include "fuzz.h"
#define MACHINE_PARENT "/dev/shm" /* every change of a limit is synced */
#include "machine.h"
#include "names.h"

#define STRING_BYTES_MAX (127 * 5)
#define NOBODY_UID       65534

/* Inputs. What a keeper remembers makes it slower, and changes are counted by the day. */
#define A_KEEPER 8192
#define A_CHECK  256

static struct {
	void *state;
	struct machine *machine;
	sd_event *event;
	struct bus *bus;
	sd_bus *clients[3];     /* by account */
	struct timespec config; /* when what callers wrote was last read */
	unsigned slow[2];       /* calls that take long */
} hall;

static const uid_t accounts[] = { 0, BEN_UID, NOBODY_UID };

/* Words that lead further in than noise does. */
static const char *const words[] = { "", "alpha", "beta", "both", "anna", "ben", "root", "day",
	"week", "2026-11-25", "www.alpha.example", "today", "none" };

static sd_bus *connect_as(uid_t uid)
{
	char address[128];
	sd_bus *bus = NULL;

	snprintf(address, sizeof(address), "unix:path=%s/" FOCUSD_BUS_SOCKET, hall.machine->dir);
	must(sd_bus_new(&bus) >= 0 && sd_bus_set_address(bus, address) >= 0);
	must(geteuid() != 0 || seteuid(uid) == 0);
	must(sd_bus_start(bus) >= 0);
	must(getuid() != 0 || seteuid(0) == 0);
	return bus;
}

static void leave(void)
{
	if (!hall.bus)
		return;
	hall.config = (struct timespec){ 0 };
	hall.slow[0] = hall.slow[1] = 0;
	for (size_t i = 0; i < ELEMENTSOF(accounts); i++)
		hall.clients[i] = sd_bus_close_unref(hall.clients[i]);
	hall.bus = bus_free(hall.bus);
	hall.event = sd_event_unref(hall.event);
	tear_down(&hall.state);
}

static void arrive(void)
{
	/* never the bus of the machine that this runs on */
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
	set_up(&hall.state);
	hall.machine = machine(&hall.state, BOTH "[site alpha]\nlimit = 6min per day\n");
	must(chmod(hall.machine->dir, 0755) == 0);
	must(sd_event_new(&hall.event) >= 0);
	must(bus_new(hall.event, hall.machine->manager, hall.machine->dir, &hall.bus) >= 0);
	for (size_t i = 0; i < ELEMENTSOF(accounts); i++)
		hall.clients[i] = connect_as(accounts[i]);
}

static size_t methods(const sd_bus_vtable *ret[64])
{
	size_t n = 0;

	for (const sd_bus_vtable *v = bus_vtable; v->type != _SD_BUS_VTABLE_END; v++)
		if (v->type == _SD_BUS_VTABLE_METHOD && n < 64)
			ret[n++] = v;
	return n;
}

/* One byte more than is taken of a text. */
static int append_too_long(sd_bus_message *m)
{
	char text[FOCUSD_TEXT_MAX + 2] = "";

	memset(text, 'x', sizeof(text) - 1);
	return sd_bus_message_append(m, "s", text);
}

/* A word, some bytes of the input, or too much. */
static int append_string(sd_bus_message *m, struct fuzz_input *in)
{
	char text[STRING_BYTES_MAX + 1];
	size_t n = fuzz_number(in, 1);

	if (n == 255)
		return append_too_long(m);
	if (n < 128)
		return sd_bus_message_append(m, "s", words[n % ELEMENTSOF(words)]);
	n = (n - 128) * 5;
	n = n < in->n ? n : in->n;
	memcpy(text, in->data, n);
	text[n] = 0;
	in->data += n;
	in->n -= n;
	return sd_bus_message_append(m, "s", text);
}

static int append_number(sd_bus_message *m, char type, struct fuzz_input *in)
{
	uint64_t number = fuzz_number(in, 4);

	if (type == 'x' || type == 't')
		number = number << 32 | fuzz_number(in, 4);
	if (type == 'b')
		number &= 1;
	return sd_bus_message_append_basic(m, type, &number);
}

static int append_all(sd_bus_message *m, const char *signature, struct fuzz_input *in);

/* An array or a structure: how long is its signature? */
static size_t container_length(const char *signature)
{
	const char *p = signature;
	int depth = 0;

	while (*p == 'a')
		p++;
	do
		depth += (*p == '(') - (*p == ')');
	while (*p++ && depth > 0);
	return (size_t)(p - signature);
}

static int append_container(
	sd_bus_message *m, const char *signature, size_t n_signature, struct fuzz_input *in)
{
	const bool array = *signature == 'a';
	const unsigned n = array ? fuzz_number(in, 1) % 8 : 1;
	char contents[64];
	int r;

	must(n_signature < sizeof(contents));
	snprintf(contents, sizeof(contents), "%.*s", (int)(n_signature - (array ? 1 : 2)),
		signature + 1);
	r = sd_bus_message_open_container(m, array ? 'a' : 'r', contents);
	for (unsigned i = 0; r >= 0 && i < n; i++)
		r = append_all(m, contents, in);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* -EINVAL: no message can hold that. */
static int append_all(sd_bus_message *m, const char *signature, struct fuzz_input *in)
{
	int r = 0;

	while (r >= 0 && *signature) {
		size_t n = 1;

		if (*signature == 's') {
			r = append_string(m, in);
		} else if (*signature == 'a' || *signature == '(') {
			n = container_length(signature);
			r = append_container(m, signature, n, in);
		} else {
			must(strchr("xtuib", *signature) !=
				NULL); /* a type that is not played yet */
			r = append_number(m, *signature, in);
		}
		signature += n;
	}
	return r;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	bool *came = userdata;

	*came = true;
	return 1;
}

/* What broke a connection would be a find: the arguments were well-formed. */
static void send_and_wait(sd_bus *client, sd_bus_message *m)
{
	bool came = false;

	must(sd_bus_call_async(client, NULL, m, on_answer, &came, 0) >= 0);
	for (int i = 0; i < 100000 && !came; i++) {
		int r;

		must(sd_event_run(hall.event, i < 100 ? 0 : 1000) >= 0);
		while ((r = sd_bus_process(client, NULL)) > 0)
			;
		must(r == 0);
	}
	must(came);
}

/* Has somebody changed a limit since the last look? */
static bool is_new_config(void)
{
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "%s.d/" FOCUSD_DROPIN_NAME, hall.machine->config);
	if (stat(path, &st) < 0 || (st.st_mtim.tv_sec == hall.config.tv_sec &&
					   st.st_mtim.tv_nsec == hall.config.tv_nsec))
		return false;
	hall.config = st.st_mtim;
	return true;
}

/* Reload and Examine have no argument, and take as long as fifty others: a configuration that
 * mostly is the one that was read before, and a look at the whole machine. Often with a young
 * keeper, later now and then, and whenever there is something new to read. */
static bool is_wanted(const char *method)
{
	const bool reload = strcmp(method, "Reload") == 0;
	unsigned n;

	if (!reload && strcmp(method, "Examine") != 0)
		return true;
	if (reload && is_new_config())
		return true;
	n = hall.slow[reload]++;
	return n < 32 || n % 16 == 0;
}

static void call(struct fuzz_input *in)
{
	const sd_bus_vtable *list[64];
	const size_t n = methods(list);
	sd_bus *client = hall.clients[fuzz_number(in, 1) % ELEMENTSOF(accounts)];
	const sd_bus_vtable *method = list[fuzz_number(in, 1) % n];
	sd_bus_message *m = NULL;

	if (!is_wanted(method->x.method.member))
		return;
	must(sd_bus_message_new_method_call(client, &m, NULL, FOCUSD_BUS_PATH, FOCUSD_BUS_INTERFACE,
		     method->x.method.member) >= 0);
	if (append_all(m, method->x.method.signature, in) >= 0)
		send_and_wait(client, m);
	sd_bus_message_unref(m);
}

static void check_config(void)
{
	char *error = NULL;

	must(manager_reload(hall.machine->manager, hall.machine->now, &error) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned runs;
	struct fuzz_input in = { data, n };

	if (runs == 0)
		must(atexit(leave) == 0);
	if (!hall.bus)
		arrive();
	for (int i = 0; i < 4 && in.n > 0; i++)
		call(&in);
	if (++runs % A_CHECK == 0)
		check_config();
	if (runs % A_KEEPER == 0) {
		leave();
		must(__lsan_do_recoverable_leak_check() == 0);
	}
	return 0;
}
