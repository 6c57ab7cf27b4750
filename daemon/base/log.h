#pragma once
/* Log lines for the journal or a terminal. A function logs or returns an error, never both; core/
 * never logs. The level is the only global of the project. */
#include <stdarg.h>
#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/* Reads $FOCUSD_LOG (error, warning, info, debug); info where it is unset or something else. */
void log_setup(const char *program);
/* Does a line of this level appear? */
bool log_is_told(enum log_level level);

void log_full(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends ": " and the name of the negative errno r; returns r, so that "return log_errno(…)"
 * reads. */
int log_full_errno(enum log_level level, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The end of the process where going on as if nothing were would be worse, such as waiting for a
 * timer that could not be set: whoever started it starts it again. Nothing is tidied up. */
void log_end(int r, const char *what) __attribute__((noreturn));

#define log_error(...)            log_full(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)          log_full(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)             log_full(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)            log_full(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_error_errno(r, ...)   log_full_errno(LOG_LEVEL_ERROR, (r), __VA_ARGS__)
#define log_warning_errno(r, ...) log_full_errno(LOG_LEVEL_WARNING, (r), __VA_ARGS__)
#define log_debug_errno(r, ...)   log_full_errno(LOG_LEVEL_DEBUG, (r), __VA_ARGS__)
