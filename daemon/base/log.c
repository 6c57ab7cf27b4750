/* One line per event on stderr. Under systemd the line starts with "<N>", which the journal takes
 * for the priority (sd-daemon(3)); elsewhere with the program's name. */
#include "base/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	enum log_level max;
	bool journal;
	const char *program;
} log_state = { .max = LOG_LEVEL_INFO, .program = "focusd" };

void log_setup(const char *program)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{ "error", LOG_LEVEL_ERROR },
		{ "warning", LOG_LEVEL_WARNING },
		{ "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};
	const char *wanted = getenv("FOCUSD_LOG");

	log_state.program = program;
	log_state.journal = getenv("JOURNAL_STREAM") != NULL;
	for (size_t i = 0; wanted && i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(wanted, levels[i].name) == 0)
			log_state.max = levels[i].level;
}

bool log_is_told(enum log_level level)
{
	return level <= log_state.max;
}

static void __attribute__((format(printf, 3, 0)))
log_line(enum log_level level, int r, const char *format, va_list arguments)
{
	char line[1024];
	int n = 0;

	if (log_state.journal)
		n = snprintf(line, sizeof(line), "<%d>", (int)level);
	else
		n = snprintf(line, sizeof(line), "%s: ", log_state.program);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n, format, arguments);
	if (r < 0 && n < (int)sizeof(line))
		snprintf(line + n, sizeof(line) - (size_t)n, ": %s", strerror(-r));
	fprintf(stderr, "%s\n", line);
}

void log_full(enum log_level level, const char *format, ...)
{
	int saved_errno = errno;
	va_list arguments;

	if (!log_is_told(level))
		return;
	va_start(arguments, format);
	log_line(level, 0, format, arguments);
	va_end(arguments);
	errno = saved_errno;
}

int log_full_errno(enum log_level level, int r, const char *format, ...)
{
	va_list arguments;

	if (!log_is_told(level))
		return r;
	va_start(arguments, format);
	log_line(level, r, format, arguments);
	va_end(arguments);
	return r;
}

void log_end(int r, const char *what)
{
	log_error_errno(r, "%s, and can't go on", what);
	_exit(EXIT_FAILURE);
}
