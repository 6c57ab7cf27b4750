#pragma once
/* Tells when the machine's network is another one: an address or a route came or went (rtnetlink).
 * What there is now it does not say; nothing is asked while nothing changes. */
struct sd_event;
struct netwatch;

/* Calls changed at most every 300 ms: a VPN or a DHCP lease brings many changes at once. */
int netwatch_new(struct sd_event *event, void (*changed)(void *userdata), void *userdata,
	struct netwatch **ret);
struct netwatch *netwatch_free(struct netwatch *w);
