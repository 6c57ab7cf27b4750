#pragma once
/* The button of a notice that asks for a pass, and the one that thinks better of it meanwhile. */
#include "desktop.h"
#include "print.h"

struct client;

#define PASS_BUTTON_TAKE   "pass"
#define PASS_BUTTON_CANCEL "cancel"

/* Whether a pass may be had now, and what its button says; nobody is asked for a password. */
bool pass_button_offer(struct client *c, char label[PRINT_TEXT_MAX]);
/* It was pressed (one of the words above): does so, and says in *ret what came of it. Returns
 * whether it may be cancelled still. */
bool pass_button_press(
	struct client *c, const char *subject, const char *action, struct notice *ret);
