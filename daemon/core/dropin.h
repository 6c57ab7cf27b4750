#pragma once
/* The drop-in that focusctl writes, edited as text so that what a person wrote beside it stays. */
#include "core/config.h"
#include "core/device.h"

/* Returns in *ret (owned by the caller) the text with the limit of that period set in the section
 * [site NAME], [group NAME] or [person P site|group NAME]: the one line is replaced, or added to
 * the section, or the section is added at the end; every other line stays byte for byte. limit_sec
 * LIMIT_NONE writes "limit = none per …", which lifts a limit of an earlier file. text may be "";
 * a head comment is then written first. person may be NULL. */
int dropin_set_limit(const char *text, bool is_group, const char *target, const char *person,
	enum limit_period period, int64_t limit_sec, char **ret);
/* The text with this device in the section [person NAME], and in no other one of it; person NULL:
 * in none at all. */
int dropin_set_device(
	const char *text, const struct device *device, const char *person, char **ret);
