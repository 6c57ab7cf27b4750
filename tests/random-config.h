#pragma once
/* For tests: configurations by chance, few names and few values so that two of them meet often. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"

/* xorshift64: the same seed, the same text, on every machine. */
static inline unsigned random_below(uint64_t *seed, unsigned n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (unsigned)((*seed >> 20) % n);
}

#define PICK(seed, ...)                                     \
	((const char *const[]){ __VA_ARGS__ }[random_below( \
		seed, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))])

static inline void random_rules(FILE *f, uint64_t *seed)
{
	if (random_below(seed, 2))
		fprintf(f, "limit = %s per day\n",
			PICK(seed, "none", "10min", "30min", "1h", "2h"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "limit = %s per week\n", PICK(seed, "none", "3h", "5h"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "limit = %s per sitting\nbreak = %s\n",
			PICK(seed, "none", "5min", "20min"), PICK(seed, "1min", "10min", "1h"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "opens = %s per day\n", PICK(seed, "none", "0", "3", "10"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "rollover = %s\n", PICK(seed, "none", "5min", "1h"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "uncounted = %s\n",
			PICK(seed, "mon-fri 09:00-12:00", "daily 23:00-06:00", ""));
	for (unsigned i = random_below(seed, 3); i > 0; i--)
		fprintf(f, "open = %s\n",
			PICK(seed, "daily 12:00-13:00", "mon-fri 08:00-12:30",
				"sat,sun 22:00-02:00", "mon 00:00-24:00", "never",
				"fri-mon 18:00-23:59"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "warn = %s\n", PICK(seed, "", "5min", "10min 30s"));
	if (random_below(seed, 2))
		fprintf(f, "when-spent = %s\n", PICK(seed, "block", "slow", "notify"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "slow-rate = %s/s\n", PICK(seed, "16kB", "1MB", "1234B"));
}

static inline void random_site(FILE *f, uint64_t *seed, char name)
{
	fprintf(f, "[site %c]\ndomain = %c.example\n", name, name);
	if (random_below(seed, 2))
		fprintf(f, "title = The %c\ncategory = news\n", name);
	if (random_below(seed, 3))
		fprintf(f, "%s = media.%c.example\n", PICK(seed, "cdn", "free", "domain"), name);
	if (random_below(seed, 4) == 0)
		fprintf(f, "cdn = %c-static.example\n", name);
	if (random_below(seed, 4) == 0)
		fprintf(f, "%s = help.%c.example\n", PICK(seed, "free", "cdn"), name);
	if (random_below(seed, 4) == 0)
		fprintf(f, "main = m.%c.example\n", name);
	if (random_below(seed, 6) == 0)
		fprintf(f, "domains-file = /lists/%c\n", "xyz"[random_below(seed, 3)]);
	if (random_below(seed, 4) == 0)
		fprintf(f, "sitting = %s\nburst = %s within 5s\nbridge = %s\n",
			PICK(seed, "any", "both"), PICK(seed, "16kB", "999B", "2MB"),
			PICK(seed, "30s", "2min"));
	if (random_below(seed, 4) == 0)
		fprintf(f, "beacon = %s\nsettle = %s\ntail = %s\n",
			PICK(seed, "none", "2kB within 30s"), PICK(seed, "0s", "5s", "20s"),
			PICK(seed, "1s", "5s"));
	random_rules(f, seed);
}

static inline void random_globals(FILE *f, uint64_t *seed)
{
	if (random_below(seed, 3) == 0)
		fprintf(f, "[focus]\nday-start = %s\npeople = %s\n", PICK(seed, "00:00", "04:00"),
			PICK(seed, "auto", "anna", "anna ben", "carl"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "[dns]\nintercept = %s\nseal = %s\nupstream = %s\n",
			PICK(seed, "auto", "any", "none"), PICK(seed, "limited", "yes", "no"),
			PICK(seed, "auto", "192.0.2.53", "[2001:db8::53]:5353"));
	if (random_below(seed, 4) == 0)
		fprintf(f, "[share]\nbroker = %s\ndevice = %s\n",
			PICK(seed, "", "mqtt://192.0.2.1", "mqtts://broker.example:1"),
			PICK(seed, "", "desk", "tv"));
	if (random_below(seed, 4) == 0)
		fprintf(f, "[hosts]\nmanage = %s\n[gate]\nlog-group = %u\n",
			PICK(seed, "auto", "yes", "no"), random_below(seed, 9));
	if (random_below(seed, 3) == 0)
		fprintf(f, "[network]\ngateway = %s\ninside = %s\nunknown-devices = %s\n",
			PICK(seed, "yes", "no"), PICK(seed, "lan0", "lan1"),
			PICK(seed, "free", "block-metered"));
}

static inline void random_passes(FILE *f, uint64_t *seed)
{
	if (random_below(seed, 3) == 0)
		fprintf(f, "[passes]\npasses = %s per day\npass-wait = %s\n",
			PICK(seed, "1", "3", "9"), PICK(seed, "0s", "20s", "5min"));
	if (random_below(seed, 3) == 0)
		fprintf(f, "[focus]\nfocus-time = %s\n",
			PICK(seed, "mon-fri 09:00-12:00", "daily 11:00-13:00", ""));
}

static inline void random_people(FILE *f, uint64_t *seed, const char *sites, const char *groups)
{
	const char *const accounts = PICK(seed, "user = anna\n", "user = a1\nuser = a2\n", "");

	if (random_below(seed, 2))
		fprintf(f, "[person %s]\n%s%s", PICK(seed, "anna", "annika"), accounts,
			PICK(seed, "", "device = 02:00:00:00:00:0a\n", "device = 192.0.2.7\n"));
	else if (random_below(seed, 4) == 0)
		fprintf(f, "[person ben]\npasses = %s per day\nfocus-time = %s\ntry = a walk\n",
			PICK(seed, "0", "5"), PICK(seed, "", "fri 09:00-17:00"));
	for (unsigned i = random_below(seed, 3); i > 0 && *sites; i--) {
		fprintf(f, "[person %s site %c]\n", i == 1 ? "ben" : "carl",
			sites[random_below(seed, (unsigned)strlen(sites))]);
		random_rules(f, seed);
	}
	if (*groups && random_below(seed, 2)) {
		fprintf(f, "[person ben group %c]\n",
			groups[random_below(seed, (unsigned)strlen(groups))]);
		random_rules(f, seed);
	}
}

/* The text; the caller's. */
static inline char *random_config(uint64_t *seed)
{
	char sites[8] = "", groups[4] = "", *text = NULL;
	size_t size, n = 0, n_groups = 0;
	FILE *f = open_memstream(&text, &size);

	random_globals(f, seed);
	random_passes(f, seed);
	for (char name = 'a'; name <= 'd'; name++)
		if (random_below(seed, 4)) {
			sites[n++] = name;
			random_site(f, seed, name);
		}
	if (random_below(seed, 3) == 0 && n > 0 && sites[0] != 'd')
		fprintf(f, "[site e]\ndomain = www.%c.example\n", sites[n++ - 1]);
	for (char name = 'x'; name <= 'y' && n > 0; name++)
		if (random_below(seed, 2)) {
			groups[n_groups++] = name;
			fprintf(f, "[group %c]\n", name);
			for (unsigned i = 0; i < 2; i++)
				fprintf(f, "site = %c\n",
					sites[random_below(seed, (unsigned)strspn(sites, "abcd"))]);
			random_rules(f, seed);
		}
	random_people(f, seed, sites, groups);
	if (random_below(seed, 2))
		fprintf(f, "[commitment]\nloosen-after = %s\n", PICK(seed, "none", "24h", "1h"));
	fclose(f);
	return text;
}
