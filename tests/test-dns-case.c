/* The letters of a question: turned, compared, and given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/dns-case.h"
#include "core/dns-message.h"

#define HEADER "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
#define ASKED         \
	"\x03"        \
	"wwW\x07"     \
	"Exam-1@\x03" \
	"com\x00"
#define TURNED        \
	"\x03"        \
	"WWw\x07"     \
	"eXAM-1@\x03" \
	"COM\x00"
#define TYPE   "\x00\x01\x00\x01"
#define RECORD "\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07"

static const struct dns_case none, all = { { 255, 255, 255, 255, 255, 255, 255, 255 } };

static void test_letters_are_turned_and_nothing_else(void **state)
{
	uint8_t query[] = HEADER ASKED TYPE;

	dns_case_flip(query, sizeof(query) - 1, &all);
	assert_memory_equal(query, HEADER TURNED TYPE, sizeof(query));
	dns_case_flip(query, sizeof(query) - 1, &none);
	assert_memory_equal(query, HEADER TURNED TYPE, sizeof(query));
	dns_case_flip(query, sizeof(query) - 1, &all);
	assert_memory_equal(query, HEADER ASKED TYPE, sizeof(query));
}

static void test_each_letter_has_its_bit(void **state)
{
	/* the second byte of the name is its first letter, the sixth its label's second */
	const struct dns_case two = { { 1U << 1 | 1U << 6 } };
	uint8_t query[] = HEADER ASKED TYPE;

	dns_case_flip(query, sizeof(query) - 1, &two);
	assert_memory_equal(query,
		HEADER "\x03"
		       "WwW\x07"
		       "ExAm-1@\x03"
		       "com\x00" TYPE,
		12 + 5);
	assert_int_equal(query[12 + 6], 'X');
	dns_case_flip(query, sizeof(query) - 1, &two);
	assert_memory_equal(query, HEADER ASKED TYPE, sizeof(query));
}

static void test_other_letters_are_told(void **state)
{
	static const uint8_t asked[] = HEADER ASKED TYPE, turned[] = HEADER TURNED TYPE;

	assert_true(dns_case_kept(asked, asked, sizeof(asked) - 1));
	assert_false(dns_case_kept(turned, asked, sizeof(asked) - 1));
}

static void test_the_asker_has_its_own_letters_back(void **state)
{
	static const uint8_t query[] = HEADER TURNED TYPE;
	/* a server that repeats the name in full, and in a record's data */
	uint8_t full[] = HEADER TURNED TYPE TURNED RECORD TURNED;
	static const uint8_t full_expected[] = HEADER ASKED TYPE ASKED RECORD ASKED;
	/* a server that has small letters only */
	uint8_t small[] = HEADER "\x03"
				 "www\x07"
				 "exam-1@\x03"
				 "com\x00" TYPE "\xc0\x0c" RECORD;
	static const uint8_t small_expected[] = HEADER ASKED TYPE "\xc0\x0c" RECORD;

	dns_case_restore(full, sizeof(full) - 1, query, sizeof(query) - 1, &all);
	assert_memory_equal(full, full_expected, sizeof(full));
	dns_case_restore(small, sizeof(small) - 1, query, sizeof(query) - 1, &all);
	assert_memory_equal(small, small_expected, sizeof(small));
}

static void test_what_was_not_turned_stays(void **state)
{
	static const uint8_t query[] = HEADER ASKED TYPE;
	uint8_t answer[] = HEADER ASKED TYPE TURNED RECORD;

	dns_case_restore(answer, sizeof(answer) - 1, query, sizeof(query) - 1, &none);
	assert_memory_equal(answer, HEADER ASKED TYPE TURNED RECORD, sizeof(answer));
}

static void test_broken_questions_stay_as_they_are(void **state)
{
	static const uint8_t rows[][20] = {
		HEADER "\xc0\x0c",
		HEADER "\x05"
		       "abc",
		HEADER "\x40"
		       "abc",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t packet[20];

		for (size_t n = 0; n <= 16; n++) {
			uint8_t *exact = malloc(n + 1); /* ASan sees a byte too far */

			memcpy(exact, rows[i], n);
			dns_case_flip(exact, n, &all);
			assert_memory_equal(exact, rows[i], n);
			free(exact);
		}
		memcpy(packet, rows[i], sizeof(packet));
		dns_case_restore(packet, 16, rows[i], 16, &all);
		assert_memory_equal(packet, rows[i], sizeof(packet));
	}
}

static void test_the_longest_name(void **state)
{
	uint8_t query[DNS_HEADER_BYTES + 255 + 4] = { 0 }, before[sizeof(query)];
	struct dns_case every;

	memset(&every, 255, sizeof(every));
	for (size_t at = DNS_HEADER_BYTES; at < DNS_HEADER_BYTES + 254; at += 64) {
		const size_t left = DNS_HEADER_BYTES + 254 - at;

		query[at] = (uint8_t)(left < 64 ? left - 1 : 63);
		memset(query + at + 1, 'q', query[at]);
	}
	memcpy(before, query, sizeof(query));
	dns_case_flip(query, sizeof(query), &every);
	assert_int_equal(query[DNS_HEADER_BYTES + 253], 'Q');
	assert_int_equal(query[DNS_HEADER_BYTES + 254], 0);
	dns_case_flip(query, sizeof(query), &every);
	assert_memory_equal(query, before, sizeof(query));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters_are_turned_and_nothing_else),
		cmocka_unit_test(test_each_letter_has_its_bit),
		cmocka_unit_test(test_other_letters_are_told),
		cmocka_unit_test(test_the_asker_has_its_own_letters_back),
		cmocka_unit_test(test_what_was_not_turned_stays),
		cmocka_unit_test(test_broken_questions_stay_as_they_are),
		cmocka_unit_test(test_the_longest_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
