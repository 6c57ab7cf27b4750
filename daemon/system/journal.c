/* One row per kind of event; the ids are ours for ever (systemd.journal-fields(7)). The journal is
 * read by every administrator and kept for years: where people go is not for it. It refuses to name
 * a person or a site, unless debug lines were asked for; the ledger has it all. */
#include "system/journal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "base/log.h"

/* What of an event is everybody's who reads the journal. */
enum told {
	TOLD_WHOLE, /* it is about this machine, and nobody is in it */
	TOLD_BARE,  /* that it happened: whose rule, and which, says focusctl log */
	TOLD_NEVER  /* what a person does */
};

struct row {
	const char *kind;
	const char *id;
	int priority;
	enum told told;
	bool declared; /* what somebody did, no state of a site */
};

static const struct row rows[] = {
	{ "start", "32cf5e1748de46d9b42e00adbbd06a64", LOG_INFO, TOLD_WHOLE, false },
	{ "stop", "8df0607f44cb46708616202331cc34c1", LOG_INFO, TOLD_WHOLE, false },
	{ "reload", "83f9ef444cbc490684f5c3fc1ba7a6d2", LOG_INFO, TOLD_WHOLE, false },
	{ "blocked", "ded8c6d5122c48f098bc80f729d99d85", LOG_NOTICE, TOLD_NEVER, false },
	{ "slow", "093345b5c44942b7bc647cc3f033e491", LOG_NOTICE, TOLD_NEVER, false },
	{ "open", "67c98ac843e24f95a6a9b47db0c9147a", LOG_INFO, TOLD_NEVER, false },
	{ "warned", "c2e3bcdddfd3453f9b185456d5c3b1c2", LOG_NOTICE, TOLD_NEVER, false },
	{ "spent", "39c8946ed75742809f0524d552c6ea59", LOG_NOTICE, TOLD_NEVER, false },
	{ "asked", "b7d5fc3297a040a7b8a69b2f57d16270", LOG_NOTICE, TOLD_NEVER, true },
	{ "unanswered", "18c2eddfba0d4640bd9054dad1d615da", LOG_INFO, TOLD_NEVER, true },
	{ "pass-waiting", "cea05fb7e4ec4053b91542b53b8d0c9e", LOG_INFO, TOLD_NEVER, true },
	{ "pass", "f74e26dc879a454387609a867edc4018", LOG_NOTICE, TOLD_NEVER, true },
	{ "opening", "c5c0dd707daf4618b0e25432aeb08e41", LOG_NOTICE, TOLD_NEVER, true },
	{ "grant", "2d50e0cc44eb434bb17e81c3cf876f72", LOG_NOTICE, TOLD_NEVER, true },
	{ "pass-over", "2ba331c364494b8eb776ccedbf2ce01f", LOG_INFO, TOLD_NEVER, true },
	{ "cancelled", "f3c3a4b5adc34f74a99bd1ca931a28cc", LOG_INFO, TOLD_NEVER, true },
	{ "focus", "be8767d1611046439675e114d4d03e50", LOG_NOTICE, TOLD_NEVER, true },
	{ "focus-over", "f9a06757b2e94172b1fc3fd7c7616a73", LOG_INFO, TOLD_NEVER, true },
	{ "pending", "f02fb25636af49adb11cd9df860cbd05", LOG_NOTICE, TOLD_BARE, true },
	{ "loosened", "592a701f6c3e47a78f9f0a67551c603e", LOG_NOTICE, TOLD_BARE, true },
	{ "withdrawn", "d70a96ed28cc46649fe155110eeaaaa5", LOG_INFO, TOLD_BARE, true },
	{ "kept", "36b72bdf4af14a7f90445a3a5ddbe5c6", LOG_NOTICE, TOLD_BARE, true },
	{ "forget", "564d645c7b754050af82fdcfec13ca16", LOG_NOTICE, TOLD_BARE, true },
	{ "hook-lost", "cab4e4d0a50040f3bec45185aa2f2716", LOG_WARNING, TOLD_WHOLE, false },
	{ "flush", "7118fdfcaf514c7eb4ea86f31b4ea615", LOG_WARNING, TOLD_WHOLE, false },
	{ "hosts", "e72aed8f2e044520bc8811769cf51586", LOG_WARNING, TOLD_WHOLE, false },
	{ "crash", "2ae22422c0b74a9f8a8f807a0acf5543", LOG_WARNING, TOLD_WHOLE, false },
	{ "problem", "26c4865f0dc34c12900e8ae48df7d32a", LOG_WARNING, TOLD_WHOLE, false },
	{ "solved", "9105ccfcff844a0a8b0b580190ab4e1c", LOG_INFO, TOLD_WHOLE, false },
	{ "clock-jump", "67731efd6f4f4aacaf16cc9635e49740", LOG_WARNING, TOLD_WHOLE, false },
	{ "network-lost", "b4ec155ca17444a490b4b68ea4a879cb", LOG_WARNING, TOLD_WHOLE, false },
	{ "network-back", "88e34dc6a2bb4d4984f1ba38b565b54c", LOG_INFO, TOLD_WHOLE, false },
	{ "upstream-lost", "92b76b40c32a49cd8bbee19093dd4209", LOG_WARNING, TOLD_WHOLE, false },
	{ "upstream-back", "c62db3ad94b74480ab4665c8a6fe62fc", LOG_INFO, TOLD_WHOLE, false },
	{ "bus-lost", "5e5637f9d0d0446f9457f72d28c8adc6", LOG_WARNING, TOLD_WHOLE, false },
	{ "bus-back", "d42cab319de14b14aeb268b4165399f9", LOG_INFO, TOLD_WHOLE, false },
	{ "logind-lost", "33ead808d35b4204ab62778014c00203", LOG_WARNING, TOLD_WHOLE, false },
	{ "logind-back", "aab5af15ef564f798c7424cdcc3bc8fe", LOG_INFO, TOLD_WHOLE, false },
	{ "hook-failed", "47e1e2c477f44c1a8fa2a91d1ba6a0b0", LOG_WARNING, TOLD_WHOLE, false },
};

static const struct row *find_row(const char *kind)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (strcmp(rows[i].kind, kind) == 0)
			return &rows[i];
	return NULL;
}

/* Empty fields are as good as none, and make one call of it. */
static void tell(const struct row *row, const char *message, const char *person, const char *site)
{
	sd_journal_send("MESSAGE=%s", message, "MESSAGE_ID=%s", row->id, "PRIORITY=%d",
		row->priority, "FOCUSD_EVENT=%s", row->kind, "FOCUSD_PERSON=%s",
		person ? person : "", "FOCUSD_SITE=%s", site ? site : "", NULL);
}

void journal_event(const char *kind, const char *person, const char *site, const char *text)
{
	const struct row *row = find_row(kind);
	const bool debug = log_is_told(LOG_LEVEL_DEBUG);
	char message[256];

	if (!getenv("JOURNAL_STREAM") || !row || (row->told == TOLD_NEVER && !debug))
		return;
	if (row->told == TOLD_BARE && !debug) {
		snprintf(message, sizeof(message), "%s: focusctl log says whose and what", kind);
		tell(row, message, NULL, NULL);
		return;
	}
	if (person && row->declared)
		snprintf(message, sizeof(message), "%s: %s, %s (%s)", person, kind,
			site ? site : "everything", text ? text : "");
	else if (person && site)
		snprintf(message, sizeof(message), "%s: %s is %s (%s)", person, site, kind,
			text ? text : "");
	else
		snprintf(message, sizeof(message), "%s", text ? text : kind);
	tell(row, message, person, site);
}
