/* watch: live, until q. It asks once a second while something moves, and every few seconds when
 * nothing does: no signal tells that something begins to. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "language.h"
#include "verbs.h"
#include "watch-table.h"

#define MOVING_MSEC  1000
#define QUIET_MSEC   5000
#define HEAD_LINES   3
#define FOOT_LINES   2
#define ASKED_MAX    256
#define ALL_ON       "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define ALL_OFF      "\033[?25h\033[?1049l"
#define CLEAR_SCREEN "\033[H\033[2J"

struct screen {
	const struct invocation *i;
	struct termios before;
	sigset_t waiting; /* what is blocked in a wait */
	enum watch_order order;
	size_t chosen, n;
	char said[WATCH_TEXT_MAX]; /* of the last pass */
};

static volatile sig_atomic_t ended, stopped;

static void on_end(int number)
{
	ended = 1;
}

static void on_stop(int number)
{
	stopped = 1;
}

static void on_resize(int number)
{
	/* it interrupts ppoll() */
}

/* Signals interrupt a wait; the ends all else too, so that the terminal is given back. A new size
 * is no matter for who is typing, nor for a question to the daemon. */
static void catch_signals(struct screen *s)
{
	struct sigaction end = { .sa_handler = on_end }, resize = { .sa_handler = on_resize };
	sigset_t resizes;

	sigemptyset(&resizes);
	sigaddset(&resizes, SIGWINCH);
	sigprocmask(SIG_BLOCK, &resizes, &s->waiting);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGWINCH, &resize, NULL);
}

static void enter_screen(struct screen *s)
{
	const struct sigaction stop = { .sa_handler = on_stop };
	struct termios raw = s->before;

	sigaction(SIGTSTP, &stop, NULL);
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs(ALL_ON, stdout);
}

static void leave_screen(struct screen *s)
{
	fputs(ALL_OFF, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
	signal(SIGTSTP, SIG_DFL);
}

/* Whoever stops us wants their terminal meanwhile. */
static void pause_screen(struct screen *s)
{
	stopped = 0;
	leave_screen(s);
	raise(SIGSTOP);
	enter_screen(s);
}

static unsigned rows_of(void)
{
	struct winsize size = { 0 };

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

static void print_line(
	const struct watch_line *line, struct style style, int64_t now_usec, bool chosen)
{
	char text[WATCH_TEXT_MAX];

	watch_format(line, style, now_usec, text);
	fputs(chosen ? "\033[7m" : "", stdout);
	if (style.colour && strcmp(line->entry->state, "open") != 0)
		fputs("\033[31m", stdout);
	else if (style.colour && line->entry->active)
		fputs("\033[32m", stdout);
	printf("%s\033[0m\n", text);
}

static void draw(struct screen *s, const struct status *status)
{
	_cleanup_free_ struct watch_line *lines = NULL;
	const struct style style = style_of(STDOUT_FILENO);
	const unsigned rows = rows_of();
	const size_t room = rows > HEAD_LINES + FOOT_LINES ? rows - HEAD_LINES - FOOT_LINES : 1;
	size_t first = 0;
	char text[WATCH_TEXT_MAX];

	if (watch_lines(status, s->order, &lines, &s->n) < 0)
		return;
	if (s->chosen >= s->n)
		s->chosen = s->n > 0 ? s->n - 1 : 0;
	if (s->chosen >= room)
		first = s->chosen - room + 1;
	printf(CLEAR_SCREEN "%.*s\n\n", (int)style.columns, status->day);
	puts(watch_head(style, text));
	for (size_t k = first; k < s->n && k < first + room; k++)
		print_line(&lines[k], style, status->now_usec, k == s->chosen);
	if (*s->said)
		snprintf(text, sizeof(text), "%s", s->said);
	else
		snprintf(text, sizeof(text), _("q quit  s sort (by %s)  %s choose  p pass"),
			watch_order_name(s->order), style.utf8 ? "↑↓" : _("arrows"));
	watch_cut(text, style.columns);
	printf("\n%s", text);
	fflush(stdout);
}

/* "10min the recipe": how long, and what for. */
static void declare(struct screen *s, const struct watch_line *line, char *asked)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	char *span = strtok(asked, " \n"), *reason = strtok(NULL, "\n");
	struct client_error error;
	int64_t sec;

	if (!span)
		snprintf(s->said, sizeof(s->said), _("No pass."));
	else if (parse_span(span, &sec) < 0)
		snprintf(s->said, sizeof(s->said), _("%.60s: expected how long, such as 10min"),
			span);
	else if (client_call(s->i->client, "Declare", &reply, &error, "ssxss", "pass",
			 line->entry->name, sec, reason ? reason : "", line->person) < 0)
		snprintf(s->said, sizeof(s->said), "%s", error.text);
	else
		snprintf(s->said, sizeof(s->said), _("A pass for %s is on its way."),
			line->entry->name);
}

static void ask_pass(struct screen *s, const struct status *status)
{
	_cleanup_free_ struct watch_line *lines = NULL;
	char asked[ASKED_MAX];

	if (watch_lines(status, s->order, &lines, &s->n) < 0 || s->chosen >= s->n)
		return;
	leave_screen(s);
	printf(_("A pass for %s: how long, and what for? (10min to find the address) "),
		lines[s->chosen].entry->name);
	fflush(stdout);
	if (fgets(asked, sizeof(asked), stdin))
		declare(s, &lines[s->chosen], asked);
	clearerr(stdin); /* an end of it ends no more than this question */
	enter_screen(s);
}

static void move(struct screen *s, char direction)
{
	if (direction == 'A' && s->chosen > 0)
		s->chosen--;
	if (direction == 'B')
		s->chosen++;
}

/* Keys are read past stdio, which would keep them from poll(). */
static void take_key(struct screen *s, const struct status *status)
{
	char keys[8] = "";
	const ssize_t n = read(STDIN_FILENO, keys, sizeof(keys) - 1);

	*s->said = 0;
	if (n == 0 || (n < 0 && errno != EINTR) || *keys == 'q' || *keys == 4)
		ended = 1;
	else if (*keys == 's')
		s->order = (enum watch_order)((s->order + 1) % WATCH_ORDERS);
	else if (n > 0 && *keys == 'p')
		ask_pass(s, status);
	else if (n == 3 && keys[0] == '\033' && keys[1] == '[')
		move(s, keys[2]);
}

static bool moves(const struct status *status)
{
	for (size_t p = 0; p < status->n; p++)
		for (size_t k = 0; k < status->people[p].n; k++)
			if (status->people[p].entries[k].active)
				return true;
	return false;
}

/* Keys and new sizes are shown at once, from what is known; the daemon is asked when it is time. */
static void wait_and_draw(struct screen *s, const struct status *status)
{
	const usec_t end =
		clock_now().boot_usec + (moves(status) ? MOVING_MSEC : QUIET_MSEC) * USEC_PER_MSEC;

	while (!ended) {
		struct pollfd key = { .fd = STDIN_FILENO, .events = POLLIN };
		const usec_t now = clock_now().boot_usec;
		struct timespec left;

		if (stopped)
			pause_screen(s);
		draw(s, status);
		if (now >= end)
			return;
		left.tv_sec = (time_t)((end - now) / USEC_PER_SEC);
		left.tv_nsec = (long)((end - now) % USEC_PER_SEC * 1000);
		if (ppoll(&key, 1, &left, &s->waiting) == 0)
			return;
		if (key.revents)
			take_key(s, status);
	}
}

static int watch(struct screen *s, struct client_error *error)
{
	while (!ended) {
		_cleanup_(status_done) struct status status = { 0 };
		int r;

		r = status_get(s->i->client, s->i->person, &status, error);
		if (r == -EINTR) /* by an end, or a stop; a late answer is nobody's */
			continue;
		if (r < 0)
			return r;
		wait_and_draw(s, &status);
	}
	return 0;
}

enum exit_code verb_watch(const struct invocation *i)
{
	struct screen s = { .i = i };
	struct client_error error;
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
		tcgetattr(STDIN_FILENO, &s.before) < 0) {
		fputs(_("focusctl: watch: expected a terminal; for a file there is focusctl "
			"status\n"),
			stderr);
		return EXIT_FAILED;
	}
	catch_signals(&s);
	enter_screen(&s);
	r = watch(&s, &error);
	if (ended) /* what was being drawn when the signal came is missed by nobody */
		clearerr(stdout);
	leave_screen(&s);
	return r < 0 ? verbs_fail(&error) : EXIT_DONE;
}
