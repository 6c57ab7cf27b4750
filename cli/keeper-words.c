/* Knows the keeper's sentences by their forms, which tests/check-language holds against its
 * sources. The keeper knows no language: it answers many people at once. */
#include "keeper-words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "language.h"

#define PARTS_MOST 4 /* what stands in a sentence */

static const char *const forms[] = {
	/* refusals: whose */
	N_("Only an administrator may look after other people"),
	N_("Only an administrator may have other people's past forgotten"),
	N_("Only an administrator may declare anything for others"),
	N_("Only an administrator may grant what was asked for"),
	N_("Only an administrator may see other people's time"),
	N_("Only an administrator may set other people's limits"),
	N_("Only an administrator may have the configuration read again"),
	N_("A focus holds until its end: only an administrator may end it before"),
	N_("A looser limit is for an administrator to set; a stricter one you may set yourself"),
	N_("What everybody's or somebody else's rules are to be is for an administrator to say"),
	N_("Whose past? Expected a person: focusctl --person NAME forget"),
	N_("Whose time? Expected a person: --person NAME"),
	N_("Whose day? Expected a person: focusctl --person NAME why SITE"),
	N_("You are not metered here: for whom? --person NAME says so"),
	N_("Other people's devices are for an administrator to see"),
	N_("Whose a device is, is for an administrator to say"),
	/* refusals: what is none */
	N_("This machine meters no other ones: expected [network] gateway = yes"),
	N_("%s: expected a hardware address such as aa:bb:cc:dd:ee:ff, an address or a network"),
	N_("%s: no such person; expected one that focusctl status shows"),
	N_("%s: no such site or group; did you mean %s?\nAll of them: focusctl sites"),
	N_("%s: no such site or group\nAll of them: focusctl sites"),
	N_("%s: expected a day such as 2026-11-23"),
	N_("%s: expected a host name such as www.example.com"),
	N_("%s to %s: expected days such as 2026-11-23"),
	N_("%s to %s: expected a first day that is not after the last"),
	N_("%s to %s: expected a day and a later one"),
	N_("%s to %s: expected at most %d days"),
	N_("More than %d rows: expected fewer days"),
	N_("More than %d sites or groups at once"),
	N_("Nothing like that was asked for, or it was answered; all that waits: focusctl grant"),
	N_("%s: nothing that waits or runs is meant by that; expected an id, a site, a group or "
	   "focus"),
	N_("Nothing waits: nothing to cancel"),
	N_("%s: nothing of that kind waits; expected what focusctl pending shows"),
	/* refusals: more than one account may */
	N_("A text of %zu bytes: expected at most %d"),
	N_("%d changes within a day: that is enough for one account"),
	N_("Too many listen already: expected at most %d of one account"),
	/* refusals: passes, openings and focus */
	N_("%s s: expected a span of at most %s"),
	N_("What for? Expected a reason in one line of at most %d bytes, such as --for \"answer "
	   "Anna\""),
	N_("%d declarations today: tomorrow is another day"),
	N_("%d requests wait for an answer already; focusctl cancel takes them back"),
	N_("%s: asked for already, and not answered yet"),
	N_("%s: a pass holds until %s already"),
	N_("%s: opened until %s already"),
	N_("%s: on another device it was opened until %s already, and here with it"),
	N_("%s: focus until %s, and nothing lifts that"),
	N_("%s is open: use it as it is"),
	N_("%s: not its hours are the matter, its time is spent; that takes a pass"),
	N_("There are no passes here; an administrator can be asked: focusctl ask"),
	N_("There are no declared openings here; an administrator can be asked: focusctl ask"),
	N_("A pass is %s at most"),
	N_("All %u passes of today are used; an administrator can be asked: focusctl ask"),
	N_("Of today's %s for passes nothing is left"),
	N_("Of today's %s for passes %s is left"),
	N_("Of today's %s for declared openings nothing is left"),
	N_("Of today's %s for declared openings %s is left"),
	N_("The focus holds until %s: it can be made longer, and shorter by an administrator only"),
	/* refusals: files that can't be used */
	N_("The limit can't be written as the configuration stands: the same command with sudo "
	   "says why"),
	/* problems */
	N_("[network] gateway = yes takes effect when focusd starts again"),
	N_("focusd-dns has no socket for devices: their look-ups go past focusd "
	   "(focusd-dns-gateway.socket is to be enabled)"),
	N_("The old rules stay in force: %s"),
	N_("There is a mistake in the configuration: the old rules stay in force (sudo focusctl "
	   "doctor says where)"),
	N_("What is held against loosening, or is due to be loosened, is not in force (sudo "
	   "focusctl status says why)"),
	N_("The configuration names accounts or files that can't be used (sudo focusctl status "
	   "says which)"),
	N_("No name hook is running: look-ups go past focusd and nothing new is metered"),
	N_("People's look-ups can't be redirected: %s"),
	N_("The lease range is full: new host names are not metered"),
	N_("A site has as many host names as one site may have: new ones of it are not metered"),
	N_("A host name got no lease: %s"),
	N_("The ledger can't be written: %s"),
	N_("The kernel's counters can't be read: %s"),
	N_("The kernel does not take who is who and what is shut: %s"),
	N_("focusd's nftables table was removed and can't be put back: %s"),
	N_("%s names no resolver: the last known ones are asked"),
	N_("No resolver answers, names can't be looked up: %s"),
	N_("The resolvers that know the metered names do not answer: %s"),
	/* events */
	N_("focusd was stopped"),
	N_("configuration read again"),
	N_("the name hook ended"),
	N_("the name hook can't be started: %s"),
	N_("no route leads out of this machine"),
	N_("a route leads out again"),
	N_("a resolver answers again"),
	N_("the system bus is gone; focusd's own socket serves"),
	N_("the system bus is back"),
	N_("logind is gone: traffic alone says who is there"),
	N_("logind is back"),
	N_("the wall clock was put right"),
	N_("the wall clock jumped; no quota was renewed"),
	N_("nftables was changed by something else; put back"),
	N_("focusd's lines in the hosts file were changed by something else; put back"),
};

/* Pieces of a sentence, not terminated. */
struct part {
	const char *text;
	int length;
};

/* The next %s, %d, %u or %zu of a form, or its end. */
static const char *find_place(const char *form)
{
	const char *place = strchr(form, '%');

	return place ? place : form + strlen(form);
}

static const char *behind_place(const char *place)
{
	return place + 1 + strspn(place + 1, "z") + 1;
}

/* What stands in the sentence in each of the form's places; false: it is not of that form. */
static bool take_apart(const char *form, const char *sentence, struct part parts[PARTS_MOST])
{
	size_t n = 0;

	for (;;) {
		const char *place = find_place(form), *next;
		const size_t length = (size_t)(place - form);

		if (strncmp(sentence, form, length) != 0)
			return false;
		sentence += length;
		if (!*place)
			return !*sentence;
		form = behind_place(place);
		next = sentence + strlen(sentence);
		if (*form) {
			const size_t between = (size_t)(find_place(form) - form);

			next = memmem(sentence, strlen(sentence), form, between);
		}
		if (!next || n == PARTS_MOST)
			return false;
		parts[n++] = (struct part){ sentence, (int)(next - sentence) };
		sentence = next;
	}
}

/* The parts in the places of another form. */
static void put_together(const char *form, const struct part *part, char *buffer, size_t size)
{
	size_t n = 0;

	while (*form && n < size) {
		const char *place = find_place(form);

		n += (size_t)snprintf(buffer + n, size - n, "%.*s", (int)(place - form), form);
		form = place;
		if (!*place || n >= size)
			continue;
		n += (size_t)snprintf(buffer + n, size - n, "%.*s", part->length, part->text);
		part++;
		form = behind_place(place);
	}
}

const char *keeper_words(const char *sentence, char *buffer, size_t size)
{
	struct part parts[PARTS_MOST];

	snprintf(buffer, size, "%s", sentence);
	for (size_t i = 0; i < ELEMENTSOF(forms); i++)
		if (take_apart(forms[i], sentence, parts)) {
			put_together(translated(forms[i]), parts, buffer, size);
			break;
		}
	return buffer;
}
