#pragma once
/* What focusd-share does: it carries what this device used to the broker, and what other devices
 * say to the keeper. It decides nothing about anybody's time, and stores nothing: what is to be
 * known when it comes back is in the keeper's ledger and in the broker's retained messages. */
struct sd_event;
struct share;

/* address: of the keeper's private socket. */
int share_new(struct sd_event *event, const char *address, struct share **ret);
/* Says good-bye. */
struct share *share_free(struct share *s);
