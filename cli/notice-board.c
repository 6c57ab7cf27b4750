/* Keeps what was said, and puts together what belongs together. */
#include "notice-board.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "language.h"

#define SITES_MAX  1024                                            /* the keeper has at most 512 */
#define AGAIN_USEC ((int64_t)SEC_PER_HOUR * (int64_t)USEC_PER_SEC) /* the same words again */

struct known_site {
	char name[NOTICE_SUBJECT_MAX];
	char subject[NOTICE_SUBJECT_MAX]; /* under which its end was told */
	enum notice_condition condition;
};

struct last_words {
	char subject[NOTICE_SUBJECT_MAX];
	char summary[NOTICE_TEXT_MAX], body[NOTICE_TEXT_MAX];
	int64_t told_usec;
};

struct heard {
	struct heard *next;
	bool warned;
	enum notice_condition before, after;
	char site[NOTICE_SUBJECT_MAX], subject[NOTICE_SUBJECT_MAX], reason[NOTICE_SUBJECT_MAX];
	int64_t until_usec, left_sec;
};

struct notice_board {
	struct known_site *sites;
	struct last_words *words;
	size_t n_sites, n_words;
	struct heard *heard; /* oldest first */
	bool learnt;
};

struct notice_board *notice_board_new(void)
{
	return calloc(1, sizeof(struct notice_board));
}

struct notice_board *notice_board_free(struct notice_board *b)
{
	while (b && b->heard) {
		struct heard *h = b->heard;

		b->heard = h->next;
		free(h);
	}
	if (b) {
		free(b->sites);
		free(b->words);
	}
	free(b);
	return NULL;
}

static void copy(char to[NOTICE_SUBJECT_MAX], const char *from)
{
	snprintf(to, NOTICE_SUBJECT_MAX, "%s", from);
}

static int find_site(struct notice_board *b, const char *name, struct known_site **ret)
{
	struct known_site *sites;

	for (size_t i = 0; i < b->n_sites; i++)
		if (strcmp(b->sites[i].name, name) == 0) {
			*ret = &b->sites[i];
			return 0;
		}
	if (b->n_sites == SITES_MAX)
		return -E2BIG;
	sites = reallocarray(b->sites, b->n_sites + 1, sizeof(*sites));
	if (!sites)
		return -ENOMEM;
	b->sites = sites;
	sites[b->n_sites] = (struct known_site){ 0 };
	copy(sites[b->n_sites].name, name);
	*ret = &sites[b->n_sites++];
	return 0;
}

static int add_heard(struct notice_board *b, const struct heard *heard)
{
	struct heard **end = &b->heard, *h = malloc(sizeof(*h));

	if (!h)
		return -ENOMEM;
	*h = *heard;
	h->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = h;
	return 0;
}

/* Under which subject a site's change is told: where its end was told, its opening is. */
static const char *subject_of(
	const struct known_site *s, enum notice_condition after, const char *target)
{
	if (after == CONDITION_FOCUS)
		return NOTICE_FOCUS;
	if (*s->subject && (after == CONDITION_OPEN || after == CONDITION_PASS))
		return s->subject;
	return target;
}

static int hear_change(struct notice_board *b, const struct notice_signal *signal)
{
	struct heard h = { .until_usec = signal->until_usec };
	struct known_site *s;
	int r;

	r = find_site(b, signal->site, &s);
	if (r < 0)
		return r;
	h.before = s->condition;
	h.after = notice_condition_of(signal->state, signal->reason);
	if (h.before == h.after)
		return 0;
	copy(h.site, signal->site);
	copy(h.subject, subject_of(s, h.after, signal->target));
	copy(h.reason, signal->reason);
	r = add_heard(b, &h);
	if (r < 0)
		return r;
	copy(s->subject, h.subject);
	s->condition = h.after;
	return 0;
}

int notice_board_hear(struct notice_board *b, const struct notice_signal *signal)
{
	struct heard h = { .warned = true, .left_sec = signal->left_sec };

	if (!signal->warned)
		return hear_change(b, signal);
	if (b->n_sites == SITES_MAX)
		return -E2BIG;
	copy(h.site, signal->site);
	copy(h.subject, signal->target);
	copy(h.reason, signal->reason);
	return add_heard(b, &h);
}

int notice_board_learn(struct notice_board *b, const struct status_person *p)
{
	int r = 0;

	for (size_t i = 0; i < p->n && r >= 0; i++) {
		const struct status_entry *e = &p->entries[i];
		struct known_site *s;

		if (e->is_group)
			continue;
		if (b->learnt) {
			r = hear_change(b, &(struct notice_signal){
						   .site = e->name,
						   .target = e->name,
						   .state = e->state,
						   .reason = e->reason,
						   .until_usec = e->until_usec,
					   });
			continue;
		}
		r = find_site(b, e->name, &s);
		if (r >= 0)
			s->condition = notice_condition_of(e->state, e->reason);
	}
	b->learnt |= r >= 0;
	return r;
}

static bool belongs(const struct heard *a, const struct heard *b)
{
	return a->warned == b->warned && a->after == b->after && a->before == b->before &&
	       strcmp(a->subject, b->subject) == 0;
}

#define SITES_NAMED 4 /* the rest is a number */

/* Adds one more to "alpha, beta". */
static void name_site(char *sites, size_t room, const char *site, size_t n_before)
{
	const size_t length = strlen(sites);

	if (n_before < SITES_NAMED)
		snprintf(sites + length, room - length, "%s%s", n_before ? ", " : "", site);
}

/* Takes the first and all that belong to it; their sites go to `sites`. */
static struct heard take_matter(struct notice_board *b, char *sites, size_t room)
{
	const struct heard first = *b->heard;
	size_t n = 0, length;

	*sites = 0;
	for (struct heard **at = &b->heard; *at;) {
		struct heard *h = *at;

		if (!belongs(&first, h)) {
			at = &h->next;
			continue;
		}
		name_site(sites, room, h->site, n++);
		*at = h->next;
		free(h);
	}
	length = strlen(sites);
	if (n > SITES_NAMED)
		snprintf(sites + length, room - length, _(" and %zu more"), n - SITES_NAMED);
	return first;
}

/* Was this said a while ago? A subject that is not known yet is kept if there is room. */
static bool was_said(struct notice_board *b, const struct notice *n, int64_t now_usec)
{
	struct last_words *w = NULL, *words;
	bool same;

	for (size_t i = 0; i < b->n_words && !w; i++)
		if (strcmp(b->words[i].subject, n->subject) == 0)
			w = &b->words[i];
	if (!w) {
		words = b->n_words < SITES_MAX
				? reallocarray(b->words, b->n_words + 1, sizeof(*words))
				: NULL;
		if (!words)
			return false;
		b->words = words;
		w = &words[b->n_words++];
		*w = (struct last_words){ 0 };
		copy(w->subject, n->subject);
	}
	same = strcmp(w->summary, n->summary) == 0 && strcmp(w->body, n->body) == 0 &&
	       now_usec - w->told_usec < AGAIN_USEC;
	if (same)
		return true;
	memcpy(w->summary, n->summary, sizeof(w->summary));
	memcpy(w->body, n->body, sizeof(w->body));
	w->told_usec = now_usec;
	return false;
}

bool notice_board_next(struct notice_board *b, int64_t now_usec, struct notice *ret)
{
	while (b->heard) {
		char sites[SITES_NAMED * NOTICE_SUBJECT_MAX + 32];
		const struct heard h = take_matter(b, sites, sizeof(sites));
		struct notice n;

		notice_write(
			&(struct notice_news){
				.warned = h.warned,
				.before = h.before,
				.after = h.after,
				.subject = h.subject,
				.reason = h.reason,
				.sites = sites,
				.left_sec = h.left_sec,
				.until_usec = h.until_usec,
				.now_usec = now_usec,
			},
			&n);
		if (was_said(b, &n, now_usec))
			continue;
		*ret = n;
		return true;
	}
	return false;
}
