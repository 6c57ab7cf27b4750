/* Asks a server for names and tells what that cost: for tests/bench/dns.
 *
 *   dns-load most ADDRESS PORT NAMES SECONDS PID   as many questions as it answers, 64 of them
 * under way dns-load calm ADDRESS PORT NAMES SECONDS PID   1000 questions a second, evenly dns-load
 * first ADDRESS PORT NAMES SECONDS 0    until one is answered, at most so long
 *
 * NAMES: local (64 names below alpha.example, asked for again and again) or pass (each another one
 * below plain.example). Only an answer with an address counts. Prints one line: answers, lost ones,
 * seconds, processor seconds of the process with all its threads, and of calm the median and the
 * 99th percentile of the microseconds that an answer took. */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS     8
#define BATCH       32
#define UNDER_WAY   64
#define LOCAL_NAMES 64
#define BYTES       600
#define HEADER      12
#define RATE        1000
#define LOST_SEC    0.25

struct question {
	double sent_sec; /* 0: none under way */
	uint32_t number;
};

struct load {
	int fds[SOCKETS];
	bool local;
	uint32_t next;
	unsigned under_way;
	unsigned long answers, lost;
	struct question questions[65536]; /* by id */
	double *took;                     /* of calm; NULL else */
	size_t n_took;
};

static double now_sec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds that all threads of a process have run (proc(5): schedstat, nanoseconds). */
static double on_cpu_sec(const char *pid)
{
	char path[300];
	double sum = 0;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		unsigned long long ns = 0;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/task/%.20s/schedstat", pid, e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (f && fscanf(f, "%llu", &ns) == 1)
			sum += (double)ns / 1e9;
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	return sum;
}

static size_t put_label(uint8_t *at, const char *label)
{
	const size_t n = strlen(label);

	at[0] = (uint8_t)n;
	memcpy(at + 1, label, n);
	return n + 1;
}

/* Numbers go round after 65536 at the least: an id is free again long before. */
static size_t put_question(const struct load *l, uint32_t number, uint8_t *p)
{
	static const uint8_t head[HEADER] = { 0, 0, 1, 0, 0, 1 };
	size_t n = HEADER;
	char label[32];

	memcpy(p, head, HEADER);
	p[0] = (uint8_t)(number >> 8);
	p[1] = (uint8_t)number;
	if (l->local)
		snprintf(label, sizeof(label), "n%u", number % LOCAL_NAMES);
	else
		snprintf(label, sizeof(label), "q%x-%x", (unsigned)getpid(), number);
	n += put_label(p + n, label);
	n += put_label(p + n, l->local ? "alpha" : "plain");
	n += put_label(p + n, "example");
	memcpy(p + n, "\0\0\1\0\1", 5);
	return n + 5;
}

static void ask(struct load *l, int fd, unsigned n)
{
	static uint8_t bytes[BATCH][BYTES];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec io[BATCH];

	for (unsigned i = 0; i < n; i++) {
		const uint32_t number = l->next++;
		struct question *q = &l->questions[number % 65536];

		l->under_way += q->sent_sec == 0;
		q->sent_sec = now_sec();
		q->number = number;
		io[i] = (struct iovec){ bytes[i], put_question(l, number, bytes[i]) };
		messages[i].msg_hdr.msg_iov = &io[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	if (n > 0)
		sendmmsg(fd, messages, n, MSG_DONTWAIT);
}

/* Takes what has come to a socket; how many were answers. */
static unsigned take(struct load *l, int fd)
{
	static uint8_t bytes[BATCH][BYTES];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec io[BATCH];
	unsigned good = 0;
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		io[i] = (struct iovec){ bytes[i], BYTES };
		messages[i].msg_hdr.msg_iov = &io[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		struct question *q = &l->questions[bytes[i][0] << 8 | bytes[i][1]];

		if (messages[i].msg_len < HEADER || (bytes[i][3] & 15) != 0 || bytes[i][7] == 0 ||
			q->sent_sec == 0)
			continue;
		if (l->took)
			l->took[l->n_took++] = now_sec() - q->sent_sec;
		q->sent_sec = 0;
		l->under_way--;
		good++;
	}
	l->answers += good;
	return good;
}

static void wait_for(struct load *l, double sec)
{
	struct pollfd fds[SOCKETS];
	const struct timespec t = { (time_t)sec, (long)((sec - (double)(time_t)sec) * 1e9) };

	for (size_t i = 0; i < SOCKETS; i++)
		fds[i] = (struct pollfd){ l->fds[i], POLLIN, 0 };
	ppoll(fds, SOCKETS, &t, NULL);
}

static void give_up_old(struct load *l)
{
	const double old = now_sec() - LOST_SEC;

	for (size_t i = 0; i < 65536; i++)
		if (l->questions[i].sent_sec > 0 && l->questions[i].sent_sec < old) {
			l->questions[i].sent_sec = 0;
			l->under_way--;
			l->lost++;
		}
}

static void ask_most(struct load *l, double seconds)
{
	const double end = now_sec() + seconds;
	double next_look = now_sec() + LOST_SEC;

	while (now_sec() < end) {
		for (size_t i = 0; i < SOCKETS; i++) {
			take(l, l->fds[i]);
			while (l->under_way < UNDER_WAY * (i + 1) / SOCKETS)
				ask(l, l->fds[i], UNDER_WAY / SOCKETS);
		}
		if (now_sec() > next_look) {
			give_up_old(l);
			next_look = now_sec() + LOST_SEC;
		}
		wait_for(l, 0.01);
	}
}

static void ask_calm(struct load *l, double seconds)
{
	const double begin = now_sec();
	const unsigned total = (unsigned)(seconds * RATE);

	l->took = calloc(total + 1, sizeof(*l->took));
	for (unsigned sent = 0; sent < total;) {
		const double due = begin + (double)sent / RATE;

		if (now_sec() >= due) {
			ask(l, l->fds[sent % SOCKETS], 1);
			sent++;
		} else {
			wait_for(l, due - now_sec());
		}
		for (size_t i = 0; i < SOCKETS; i++)
			take(l, l->fds[i]);
	}
	for (const double end = now_sec() + LOST_SEC; l->under_way > 0 && now_sec() < end;) {
		wait_for(l, 0.01);
		for (size_t i = 0; i < SOCKETS; i++)
			take(l, l->fds[i]);
	}
	l->lost += l->under_way;
}

static void ask_first(struct load *l, double seconds)
{
	const double end = now_sec() + seconds;

	while (l->answers == 0 && now_sec() < end) {
		ask(l, l->fds[0], 1);
		wait_for(l, 0.002);
		take(l, l->fds[0]);
	}
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void open_sockets(struct load *l, const char *address, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	inet_pton(AF_INET, address, &a.sin_addr);
	for (size_t i = 0; i < SOCKETS; i++) {
		l->fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
		if (l->fds[i] < 0 || connect(l->fds[i], (struct sockaddr *)&a, sizeof(a)) < 0) {
			perror(address);
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	static struct load l;
	double begin, cpu, seconds;

	if (argc != 7) {
		fputs("dns-load most|calm|first ADDRESS PORT local|pass SECONDS PID\n", stderr);
		return 2;
	}
	l.local = strcmp(argv[4], "local") == 0;
	seconds = atof(argv[5]);
	open_sockets(&l, argv[2], argv[3]);
	begin = now_sec();
	cpu = on_cpu_sec(argv[6]);
	if (strcmp(argv[1], "most") == 0)
		ask_most(&l, seconds);
	else if (strcmp(argv[1], "calm") == 0)
		ask_calm(&l, seconds);
	else
		ask_first(&l, seconds);
	printf("%lu %lu %.6f %.6f", l.answers, l.lost, now_sec() - begin,
		on_cpu_sec(argv[6]) - cpu);
	if (l.n_took > 0) {
		qsort(l.took, l.n_took, sizeof(*l.took), by_size);
		printf(" %.1f %.1f", l.took[l.n_took / 2] * 1e6, l.took[l.n_took * 99 / 100] * 1e6);
	}
	putchar('\n');
	return l.answers > 0 ? 0 : 1;
}
