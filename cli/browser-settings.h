#pragma once
/* What a browser's files say about encrypted look-ups of its own (DNS over HTTPS). Pure: texts and
 * JSON in, a value out. */
#include <jansson.h>
#include <stdbool.h>

enum doh_mode {
	DOH_UNSET,     /* the browser does what it thinks best, and heeds the canary names */
	DOH_OFF,       /* it asks the system */
	DOH_PREFERRED, /* it asks its own server first, and the system when that fails */
	DOH_FORCED     /* it asks nobody but its own server */
};

#define DOH_SERVER_MAX 160
struct doh {
	enum doh_mode mode;
	bool locked;                 /* a person can't change it */
	char server[DOH_SERVER_MAX]; /* "" where it does not say; text that is fit to show */
};

/* Chromium and what is made of it: a file of policies/managed, and the profile's "Local State". */
struct doh doh_of_chromium_policy(const json_t *policy);
struct doh doh_of_chromium_state(const json_t *state);
/* Firefox: policies.json, and a profile's prefs.js or user.js. */
struct doh doh_of_firefox_policy(const json_t *policies);
struct doh doh_of_firefox_prefs(const char *text);

/* What puts look-ups into the system's hands, as the browsers' makers document it. */
json_t *doh_cure_chromium(void);
/* policies.json with our entry (NULL: there was none); everything else in it stays. A new object.
 */
json_t *doh_cure_firefox(const json_t *policies);
/* The reverse: our entry makes way for the one that was there before (NULL: none). False: the entry
 * is not ours any more, and stays. */
bool doh_uncure_firefox(json_t *policies, const json_t *before);
