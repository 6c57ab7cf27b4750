#pragma once
/* The case of a question's letters as a second id (draft-vixie-dnsext-dns0x20): names mean the same
 * in any case, and nearly every server repeats the question as it came. Who forges an answer
 * without having seen the question must guess a bit for each letter. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_CASE_BYTES 32 /* a bit for each byte of the longest name */

struct dns_case {
	uint8_t flips[DNS_CASE_BYTES];
};

/* Turns the case of the letters whose bits are set, in the question of a query; twice changes
 * nothing. A query whose question can't be read stays as it is. */
void dns_case_flip(uint8_t *query, size_t n, const struct dns_case *c);
/* Of an answer that matches the query (dns_answer_matches()): is it the same letter by letter? */
bool dns_case_kept(const uint8_t *answer, const uint8_t *query, size_t n_query);
/* Gives the asker's own letters back, in the question of a matching answer and wherever else the
 * name stands in full as it was asked; query has the letters as they were sent, c the flips. */
void dns_case_restore(
	uint8_t *answer, size_t n, const uint8_t *query, size_t n_query, const struct dns_case *c);
