#pragma once
/* The functions in the table of config-keys.c that are in files of their own: each takes one key's
 * value into the section in force, as struct config_key has it. */
#include "core/config-internal.h"

/* config-meter.c */
int config_set_sitting(struct config_builder *b, const char *value);
int config_set_burst(struct config_builder *b, const char *value);
int config_set_bridge(struct config_builder *b, const char *value);
int config_set_beacon(struct config_builder *b, const char *value);
int config_set_settle(struct config_builder *b, const char *value);
int config_set_tail(struct config_builder *b, const char *value);
/* config-lists.c */
int config_set_domains_file(struct config_builder *b, const char *value);
/* config-passes.c */
int config_set_pass_number(struct config_builder *b, const char *value);
int config_set_pass_time(struct config_builder *b, const char *value);
int config_set_pass_wait(struct config_builder *b, const char *value);
int config_set_pass_max(struct config_builder *b, const char *value);
int config_set_open_time(struct config_builder *b, const char *value);
int config_set_focus_time(struct config_builder *b, const char *value);
/* config-share.c */
int config_set_broker(struct config_builder *b, const char *value);
int config_set_household(struct config_builder *b, const char *value);
int config_set_device(struct config_builder *b, const char *value);
int config_set_share_user(struct config_builder *b, const char *value);
int config_set_password_file(struct config_builder *b, const char *value);
int config_set_ca(struct config_builder *b, const char *value);
int config_set_certificate(struct config_builder *b, const char *value);
int config_set_key(struct config_builder *b, const char *value);
int config_set_home_assistant(struct config_builder *b, const char *value);
/* config-instead.c */
int config_set_try(struct config_builder *b, const char *value);
/* config-network.c */
int config_set_gateway(struct config_builder *b, const char *value);
int config_set_unknown_devices(struct config_builder *b, const char *value);
int config_set_inside(struct config_builder *b, const char *value);
int config_set_gateway_port(struct config_builder *b, const char *value);
int config_set_person_device(struct config_builder *b, const char *value);
/* config-limits.c */
int config_set_limit(struct config_builder *b, const char *value);
int config_set_break(struct config_builder *b, const char *value);
int config_set_opens(struct config_builder *b, const char *value);
int config_set_rollover(struct config_builder *b, const char *value);
int config_set_open(struct config_builder *b, const char *value);
int config_set_uncounted(struct config_builder *b, const char *value);
int config_set_warn(struct config_builder *b, const char *value);
int config_set_when_spent(struct config_builder *b, const char *value);
int config_set_slow_rate(struct config_builder *b, const char *value);
/* Calls add for each word of a list; stops at the first error. */
int config_each_word(struct config_builder *b, const char *value,
	int (*add)(struct config_builder *b, const char *word));
