#pragma once
/* Events for the journal, with fields and a message id (journalctl MESSAGE_ID=…); silent where
 * nobody keeps a journal of us. What people do is told with debug lines only, and what becomes of
 * their rules without their names. */

/* kind as in the ledger's events; person, site, text may be NULL. */
void journal_event(const char *kind, const char *person, const char *site, const char *text);
