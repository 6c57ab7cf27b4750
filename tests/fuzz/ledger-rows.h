#pragma once
/* Any values in any column of a ledger that stays open: what reads rows, and what is made of them.
 */
#include "fuzz.h"

void rows_use(struct fuzz_input *in);

struct ledger;
/* All that is ever asked of a ledger. */
void rows_ask(struct ledger *l);
