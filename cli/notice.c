/* The words: calm, short, and nobody is told off. */
#include "notice.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "language.h"
#include "print.h"

#define ROUND_SEC 60 /* "5 min left" and not 4, a second later */

enum notice_condition notice_condition_of(const char *state, const char *reason)
{
	const bool is_open = strcmp(state, "open") == 0;

	if (is_open && strcmp(reason, "pass") == 0)
		return CONDITION_PASS;
	if (is_open && strncmp(reason, "limit-", 6) == 0)
		return CONDITION_NOTED;
	if (is_open)
		return CONDITION_OPEN;
	if (strcmp(state, "slow") == 0)
		return CONDITION_SLOW;
	return strcmp(reason, "focus") == 0 ? CONDITION_FOCUS : CONDITION_SHUT;
}

/* %s: the span, the subject. */
static const char *warning_form(const char *reason)
{
	static const struct {
		const char *reason, *form;
	} forms[] = {
		{ "limit-day", N_("%s left today on %s") },
		{ "limit-week", N_("%s left this week on %s") },
		{ "limit-sitting", N_("%s left of this sitting on %s") },
		{ "pass", N_("%s left of the pass for %s") },
		{ "window", N_("%s until %s closes") },
		{ "focus", N_("%s until the focus shuts %s") },
	};

	for (size_t i = 0; i < ELEMENTSOF(forms); i++)
		if (strcmp(forms[i].reason, reason) == 0)
			return forms[i].form;
	return N_("%s left on %s");
}

static bool is_by_limit(const char *reason)
{
	return strncmp(reason, "limit-", 6) == 0 || strcmp(reason, "break") == 0 ||
	       strcmp(reason, "window") == 0;
}

static void write_warning(const struct notice_news *news, struct notice *n)
{
	const int64_t left_sec = news->left_sec < ROUND_SEC
					 ? news->left_sec
					 : (news->left_sec + ROUND_SEC / 2) / ROUND_SEC * ROUND_SEC;
	char span[PRINT_TEXT_MAX];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(n->summary, sizeof(n->summary), translated(warning_form(news->reason)),
		print_span(left_sec, span), news->subject);
#pragma GCC diagnostic pop
	snprintf(n->body, sizeof(n->body), _("A good moment to come to an end."));
	n->expires_usec = news->now_usec + news->left_sec * (int64_t)USEC_PER_SEC;
}

/* "that was today's time", of a spent limit. */
static const char *spent(const char *reason)
{
	static const char *const words[][2] = {
		{ "limit-day", N_("that was today's time") },
		{ "limit-week", N_("that was this week's time") },
		{ "limit-sitting", N_("that was a sitting") },
		{ "limit-opens", N_("opened often enough today") },
		{ "break", N_("time for a break") },
		{ "window", N_("closed at this hour") },
	};

	for (size_t i = 0; i < ELEMENTSOF(words); i++)
		if (strcmp(words[i][0], reason) == 0)
			return translated(words[i][1]);
	return _("shut for now");
}

/* "Open again at 04:00." or the other words, where nobody knows when. */
static void write_until(
	const struct notice_news *news, const char *form, const char *unknown, struct notice *n)
{
	char until[PRINT_TEXT_MAX];

	if (news->until_usec > 0)
		print_form(form, print_until(news->until_usec, news->now_usec, until), n->body,
			sizeof(n->body));
	else
		snprintf(n->body, sizeof(n->body), "%s", translated(unknown));
}

static void write_shut(const struct notice_news *news, struct notice *n)
{
	if (news->before == CONDITION_PASS)
		snprintf(n->summary, sizeof(n->summary), _("The pass for %s is over"),
			news->subject);
	else
		snprintf(n->summary, sizeof(n->summary), "%s: %s", news->subject,
			spent(news->reason));
	write_until(news, N_("Open again at %s."), "", n);
	n->ended = true;
	n->may_pass = is_by_limit(news->reason);
}

static void write_focus(const struct notice_news *news, struct notice *n)
{
	char until[PRINT_TEXT_MAX];

	if (news->until_usec > 0)
		snprintf(n->summary, sizeof(n->summary), _("Focus until %s"),
			print_until(news->until_usec, news->now_usec, until));
	else
		snprintf(n->summary, sizeof(n->summary), _("Focus"));
	snprintf(n->body, sizeof(n->body), _("Shut meanwhile: %s"), news->sites);
}

static void write_open(const struct notice_news *news, struct notice *n)
{
	n->quiet = true;
	if (news->before == CONDITION_FOCUS) {
		snprintf(n->summary, sizeof(n->summary), _("The focus is over"));
		snprintf(n->body, sizeof(n->body), _("Open again: %s"), news->sites);
	} else {
		snprintf(n->summary, sizeof(n->summary), _("%s is open again"), news->subject);
	}
}

static void write_pass(const struct notice_news *news, struct notice *n)
{
	char until[PRINT_TEXT_MAX];

	if (news->until_usec > 0)
		snprintf(n->summary, sizeof(n->summary), _("A pass for %s until %s"), news->subject,
			print_until(news->until_usec, news->now_usec, until));
	else
		snprintf(n->summary, sizeof(n->summary), _("A pass for %s"), news->subject);
}

static void write_change(const struct notice_news *news, struct notice *n)
{
	switch (news->after) {
	case CONDITION_OPEN:
		write_open(news, n);
		break;
	case CONDITION_NOTED:
		snprintf(n->summary, sizeof(n->summary), "%s: %s", news->subject,
			spent(news->reason));
		snprintf(n->body, sizeof(n->body), _("It stays open; the rest is up to you."));
		n->ended = true;
		break;
	case CONDITION_PASS:
		write_pass(news, n);
		break;
	case CONDITION_SLOW:
		snprintf(n->summary, sizeof(n->summary), "%s: %s", news->subject,
			spent(news->reason));
		write_until(news, N_("It is slow from now on, until %s."),
			N_("It is slow from now on."), n);
		n->ended = true;
		n->may_pass = is_by_limit(news->reason);
		break;
	case CONDITION_SHUT:
		write_shut(news, n);
		break;
	case CONDITION_FOCUS:
		write_focus(news, n);
		break;
	}
}

void notice_write(const struct notice_news *news, struct notice *ret)
{
	struct notice n = { 0 };

	snprintf(n.subject, sizeof(n.subject), "%s", news->subject);
	if (news->warned)
		write_warning(news, &n);
	else
		write_change(news, &n);
	*ret = n;
}

/* By the first byte of a letter in UTF-8. */
static size_t letter_bytes(char first)
{
	const unsigned char c = (unsigned char)first;

	return c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
}

static void trim(char *text)
{
	const size_t n = strlen(text);
	size_t last = n > 0 ? n - 1 : 0;

	while (last > 0 && ((unsigned char)text[last] & 0xc0) == 0x80)
		last--;
	if (n - last < letter_bytes(text[last]))
		text[last] = 0;
}

void notice_trim(struct notice *n)
{
	trim(n->summary);
	trim(n->body);
}

void notice_add_instead(struct notice *n, const char *what)
{
	size_t length = strlen(n->body);

	if (length > 0 && length + 1 < sizeof(n->body)) {
		n->body[length++] = '\n';
		n->body[length] = 0;
	}
	print_form(N_("Instead: %s"), what, n->body + length, sizeof(n->body) - length);
}
