#pragma once
/* Asks for the root where the upstream servers, or the uplinks, may have fallen silent
 * (dns/silence.h), and says when that begins and ends. Nothing is asked, and no timer runs, while
 * they answer. */
#include "core/hook-table.h"
#include "dns/forward.h"

struct outage;

/* tell: bits of enum hook_silence, when they are others or first known; and after a setup. forward
 * must outlive it. */
int outage_new(struct sd_event *event, struct forward *forward,
	void (*tell)(uint8_t silent, void *userdata), void *userdata, struct outage **ret);
struct outage *outage_free(struct outage *o);
/* Who they are. Where both lists are the same, the one tells of both. */
void outage_setup(struct outage *o, const struct hook_setup *setup);
/* What has become of a question to one of the lists. */
void outage_note(struct outage *o, bool uplinks, bool answered);
/* The network is another one. */
void outage_hurry(struct outage *o);
