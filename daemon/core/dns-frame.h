#pragma once
/* Messages in a stream: two bytes of length, then so many (RFC 7766 section 8). */
#include <stddef.h>
#include <stdint.h>

#define DNS_FRAME_HEAD 2

/* The first whole message of the bytes that have come so far. 1: *ret borrows it; 0: more of it
 * must come; -EMSGSIZE: it is announced as longer than max. */
int dns_frame_first(const uint8_t *bytes, size_t n, size_t max, const uint8_t **ret, size_t *ret_n);
/* Drops it from the buffer, the rest moves up; returns how many bytes are left. */
size_t dns_frame_drop(uint8_t *bytes, size_t n);
