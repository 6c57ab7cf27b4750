/* What the name hook asks for, by the socket that it asks through. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "core/hook-message.h"
#include "machine.h"
#include "manager-problems.h"
#include "names.h"
#include "system/attach.h"

#define PATIENCE_USEC (20 * SEC)

struct asking {
	struct machine *m;
	sd_event *event;
	int fd;
};

/* The kernel's redirect, in the place of attach.c's (--wrap). */
static struct redirect {
	bool there;
	unsigned n_refused; /* how often it is still refused to lift it */
	unsigned n_lifts;   /* how often that was tried */
} redirect;

int __wrap_attach_apply(struct attach *a, const struct attach_plan *plan);
int __wrap_attach_check(struct attach *a);
struct attach *__wrap_attach_free(struct attach *a);

int __wrap_attach_apply(struct attach *a, const struct attach_plan *plan)
{
	redirect.n_lifts += !plan;
	if (!plan && redirect.n_refused > 0) {
		redirect.n_refused--;
		return -EBUSY;
	}
	redirect.there = plan;
	return 0;
}

int __wrap_attach_check(struct attach *a)
{
	return redirect.there;
}

struct attach *__wrap_attach_free(struct attach *a)
{
	return NULL;
}

static void begin_with(struct machine *m, struct asking *a, const char *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char *error = NULL;

	*a = (struct asking){ .m = m };
	m->now = clock_now();
	write_config(m, text);
	assert_true(sd_event_new(&a->event) >= 0);
	assert_int_equal(manager_new(&m->options, a->event, &m->manager, &error), 0);
	manager_take_gate(m->manager, &m->kernel.gate);
	redirect = (struct redirect){ 0 };
	manager_take_attach(m->manager, (struct attach *)&redirect);
	assert_int_equal(manager_start(m->manager, m->now, &error), 0);
	assert_int_equal(manager_start_hook(m->manager, false, NULL, NULL), 0);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s", m->dir, FOCUSD_HOOK_SOCKET);
	a->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(a->fd, (struct sockaddr *)&to, sizeof(to)), 0);
}

static void begin(struct machine *m, struct asking *a)
{
	begin_with(m, a, "[site alpha]\nlimit = 0s per day\n");
}

static void end(struct asking *a)
{
	close(a->fd);
	a->m->manager = manager_free(a->m->manager);
	sd_event_unref(a->event);
}

/* real: addresses of one family with a blank between */
static struct hook_message ask(struct asking *a, const char *name, const char *real)
{
	struct hook_message m = { .type = HOOK_ASK };
	uint8_t packet[HOOK_MESSAGE_MAX];
	char words[128], *save;
	ssize_t n;

	strcpy(m.name, name);
	strcpy(words, real);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		assert_int_equal(address_parse(w, &m.addresses[m.n_addresses++]), 0);
	m.family = m.addresses[0].family;
	n = hook_message_encode(&m, packet);
	assert_true(n > 0 && send(a->fd, packet, (size_t)n, 0) == n);
	while ((n = recv(a->fd, packet, sizeof(packet), MSG_DONTWAIT)) < 0)
		assert_true(errno == EAGAIN && sd_event_run(a->event, UINT64_MAX) >= 0);
	assert_int_equal(hook_message_decode(packet, (size_t)n, &m), 0);
	return m;
}

static size_t problems_that_say(const struct asking *a, const char *text)
{
	struct strings list = { 0 };
	size_t n = 0;

	assert_int_equal(manager_problems(a->m->manager, true, &list), 0);
	for (size_t i = 0; i < list.n; i++)
		n += strstr(list.items[i], text) != NULL;
	strings_done(&list);
	return n;
}

/* Is it told that a name got no lease? */
static size_t problems(const struct asking *a)
{
	return problems_that_say(a, "A host name");
}

/* Somebody emptied nftables a moment ago: a name gets no lease then, and is not taken for one that
 * the kernel knows. */
static void test_a_lease_that_the_kernel_did_not_take(void **state)
{
	struct asking a;
	struct hook_message answer;
	struct address block;

	if (geteuid() != 0) /* the hook is another account, or root */
		skip();
	begin(*state, &a);
	answer = ask(&a, "www.alpha.example", "192.0.2.1");
	assert_int_equal(answer.verdict, HOOK_LEASED);
	assert_int_equal(a.m->kernel.n_mapped, 1);
	a.m->kernel.map_error = -ENOENT;
	assert_int_equal(ask(&a, "www.alpha.example", "192.0.2.2").verdict, HOOK_FAILED);
	assert_int_equal(ask(&a, "www.beta.example", "192.0.2.3").verdict, HOOK_FAILED);
	assert_int_equal(a.m->kernel.n_mapped, 1);
	assert_int_equal(problems(&a), 1);
	a.m->kernel.map_error = 0;
	assert_int_equal(ask(&a, "www.alpha.example", "192.0.2.2").verdict, HOOK_LEASED);
	assert_int_equal(a.m->kernel.n_mapped, 2);
	assert_int_equal(problems(&a), 0);
	assert_int_equal(ask(&a, "www.beta.example", "192.0.2.3").verdict, HOOK_LEASED);
	assert_int_equal(a.m->kernel.n_mapped, 3);
	assert_int_equal(ask(&a, "www.beta.example", "192.0.2.3").verdict, HOOK_LEASED);
	assert_int_equal(a.m->kernel.n_mapped, 3);

	/* 62 leases are a block; another is shut from its first moment, even where it was taken for
	 * a name that got none */
	for (int i = 1; i < 62; i++) {
		char name[32];

		snprintf(name, sizeof(name), "h%d.alpha.example", i);
		assert_int_equal(ask(&a, name, "192.0.2.1").verdict, HOOK_LEASED);
	}
	a.m->kernel.map_error = -ENOENT;
	assert_int_equal(ask(&a, "one-more.alpha.example", "192.0.2.1").verdict, HOOK_FAILED);
	a.m->kernel.map_error = 0;
	answer = ask(&a, "one-more.alpha.example", "192.0.2.1");
	assert_int_equal(answer.verdict, HOOK_LEASED);
	block = address_masked(&answer.addresses[0], LEASE_BLOCK_BITS4);
	assert_false(address_equal(&block, &a.m->feed[ALPHA]));
	assert_int_equal(
		gate_fake_state(&a.m->kernel, &block, gate_fake_mark(&a.m->kernel, ANNA_UID)),
		GATE_SHUT);
	end(&a);
}

/* A hook that was taken over can't have a lease lead to this machine, nor to another lease. */
static void test_a_hook_that_is_anothers_maps_no_local_address(void **state)
{
	static const char *const nowhere[] = { "127.0.0.1", "0.0.0.0", "198.19.128.1", "::1",
		"::ffff:127.0.0.1", "2001:2:0:f000::1" };
	struct asking a;

	if (geteuid() != 0)
		skip();
	begin(*state, &a);
	for (size_t i = 0; i < ELEMENTSOF(nowhere); i++)
		assert_int_equal(ask(&a, "www.alpha.example", nowhere[i]).verdict, HOOK_FAILED);
	assert_int_equal(a.m->kernel.n_mapped, 0);
	assert_int_equal(ask(&a, "www.alpha.example", "127.0.0.1 192.0.2.1").n_addresses, 1);
	assert_int_equal(a.m->kernel.n_mapped, 1);
	end(&a);
}

/* Where people go is for themselves: what everybody is shown, and the log keeps, has no site. */
static void test_a_site_that_is_full_is_not_named(void **state)
{
	struct asking a;
	enum hook_verdict verdict;
	char name[32];
	int n = 0;

	if (geteuid() != 0)
		skip();
	/* a range of 32 blocks, of which a site may have 16 */
	begin_with(*state, &a, "[dns]\nlease4 = 198.19.128.0/21\n");
	do {
		snprintf(name, sizeof(name), "h%d.alpha.example", n++);
		verdict = ask(&a, name, "192.0.2.1").verdict;
	} while (verdict == HOOK_LEASED);
	assert_int_equal(verdict, HOOK_UNMETERED);
	assert_int_equal(n, 16 * 62 + 1);
	assert_int_equal(problems_that_say(&a, "as many host names"), 1);
	assert_int_equal(problems_that_say(&a, "alpha"), 0);
	end(&a);
}

static void say_hello(struct asking *a)
{
	const struct hook_message hello = {
		.type = HOOK_HELLO, .version = HOOK_VERSION, .port4 = 53, .build = "1"
	};
	uint8_t packet[HOOK_MESSAGE_MAX];
	const ssize_t n = hook_message_encode(&hello, packet);

	assert_true(n > 0 && send(a->fd, packet, (size_t)n, 0) == n);
}

static void run_until_redirected(struct asking *a, bool wanted)
{
	usec_t now, end;

	assert_true(sd_event_now(a->event, CLOCK_BOOTTIME, &now) >= 0);
	for (end = now + PATIENCE_USEC; redirect.there != wanted && now < end;) {
		assert_true(sd_event_run(a->event, end - now) >= 0);
		assert_true(sd_event_now(a->event, CLOCK_BOOTTIME, &now) >= 0);
	}
	assert_int_equal(redirect.there, wanted);
}

/* The hook is a service that does not come back, and the kernel is busy: look-ups are not left
 * where nobody answers them. */
static void test_a_redirect_that_is_not_lifted_at_once(void **state)
{
	struct asking a;

	if (geteuid() != 0)
		skip();
	begin(*state, &a);
	say_hello(&a);
	run_until_redirected(&a, true);
	redirect.n_refused = 1;
	redirect.n_lifts = 0;
	shutdown(a.fd, SHUT_RDWR);
	run_until_redirected(&a, false);
	assert_int_equal(redirect.n_lifts, 2);
	end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(test_a_lease_that_the_kernel_did_not_take),
		IN_A_MACHINE(test_a_hook_that_is_anothers_maps_no_local_address),
		IN_A_MACHINE(test_a_site_that_is_full_is_not_named),
		IN_A_MACHINE(test_a_redirect_that_is_not_lifted_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
