/* Our block comes and goes; the rest of the file stays byte for byte, whatever it is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "core/hosts-text.h"

#define BLOCK                              \
	"198.19.128.1 www.alpha.example\n" \
	"2001:2:0:f000::1 www.alpha.example\n"
#define OURS                                        \
	"198.19.128.1 www.alpha.example # focusd\n" \
	"2001:2:0:f000::1 www.alpha.example # focusd\n"
#define BEGIN   "# focusd: begin\n"
#define UNENDED "# focusd: begin after a line without an end\n"
#define GONE    "# focusd: begin where there was no file\n"
#define END     "# focusd: end\n"

static void hosts_text_done(struct hosts_text *t)
{
	free(t->bytes);
}
#define _cleanup_text_ _cleanup_(hosts_text_done)

static struct hosts_text strip(const char *bytes, size_t n)
{
	struct hosts_text t;

	assert_int_equal(hosts_text_strip(bytes, n, &t), 0);
	assert_int_equal(t.bytes[t.n], 0);
	return t;
}

static struct hosts_text insert(const char *bytes, size_t n, const char *block)
{
	struct hosts_text t;

	assert_int_equal(hosts_text_insert(bytes, n, block, strlen(block), &t), 0);
	assert_int_equal(t.bytes[t.n], 0);
	return t;
}

static void assert_bytes(const struct hosts_text *t, const char *bytes, size_t n)
{
	assert_int_equal(t->n, n);
	assert_memory_equal(t->bytes, bytes, n);
}

static void assert_strips(const char *from, const char *to)
{
	_cleanup_text_ struct hosts_text t = strip(from, strlen(from));

	assert_string_equal(t.bytes, to);
}

/* Nothing of ours in it: it comes back exactly, over several blocks. */
static void assert_round(const char *bytes, size_t n)
{
	_cleanup_text_ struct hosts_text same = strip(bytes, n), with = insert(bytes, n, BLOCK);
	_cleanup_text_ struct hosts_text again = insert(with.bytes, with.n, BLOCK);
	_cleanup_text_ struct hosts_text other =
		insert(with.bytes, with.n, "198.19.128.9 z.example\n");
	_cleanup_text_ struct hosts_text back = strip(with.bytes, with.n);
	_cleanup_text_ struct hosts_text other_back = insert(other.bytes, other.n, "");

	assert_bytes(&same, bytes, n);
	assert_bytes(&again, with.bytes, with.n);
	assert_memory_equal(with.bytes, bytes, n);
	assert_non_null(memmem(with.bytes + n, with.n - n, OURS, strlen(OURS)));
	assert_bytes(&back, bytes, n);
	assert_bytes(&other_back, bytes, n);
	assert_false(back.gone);
}

static void test_the_block_stands_at_the_end(void **state)
{
	static const char before[] = "127.0.0.1\tlocalhost\n";
	_cleanup_text_ struct hosts_text t = insert(before, strlen(before), BLOCK);

	assert_string_equal(t.bytes, "127.0.0.1\tlocalhost\n" BEGIN OURS END);
}

static void test_every_file_comes_back(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {
#define ROW(text) { text, sizeof(text) - 1 }
		ROW(""),
		ROW("\n"),
		ROW("\n\n\n"),
		ROW("a"),
		ROW("127.0.0.1 localhost"),
		ROW("127.0.0.1 localhost\n"),
		ROW("127.0.0.1 localhost\r\n::1 localhost\r\n"),
		ROW("127.0.0.1 localhost\r\n::1 localhost"),
		ROW("127.0.0.1 localhost\r"),
		ROW("\r"),
		ROW("\0"),
		ROW("\0\n\0\0"),
		ROW("127.0.0.1 a\0b\n\xff\xfe\n"),
		ROW("\xef\xbb\xbf# a mark of byte order\n"),
		ROW("# focusd\n"),
		ROW("  # focusd\n"),
		ROW("#focusd: begin\n"),
		ROW("# focusd: beginning\n"),
		ROW("# focusd: begi"),
		ROW("# focusd: end."),
		ROW("# focusd: end\0\n"),
		ROW("# about # focusd\n"),
		ROW("10.0.0.1 box # focusd is here\n"),
		ROW("10.0.0.1 box# focusd\n"),
		ROW("10.0.0.1 box #focusd\n"),
		ROW("   "),
		ROW("\t\n"),
#undef ROW
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_round(rows[i].bytes, rows[i].n);
}

static void test_a_line_without_an_end(void **state)
{
	_cleanup_text_ struct hosts_text t = insert("a b", 3, BLOCK);

	assert_string_equal(t.bytes, "a b\n" UNENDED OURS END);
	/* what was added behind us begins a line of its own */
	assert_strips("a b\n" UNENDED OURS END "c d\n", "a b\nc d\n");
	assert_strips("a b\n" UNENDED "c d\n" OURS END, "a b\nc d\n");
	assert_strips("a b\n" UNENDED "\n", "a b\n\n");
	/* and what was added before us, by somebody who ended the line, keeps its end but one */
	assert_strips("a b\nc d\n" UNENDED OURS END, "a b\nc d");
	assert_strips("a b\n" UNENDED UNENDED OURS END, "a b");
	assert_strips(UNENDED OURS END, "");
}

static void test_a_file_that_was_not_there(void **state)
{
	_cleanup_text_ struct hosts_text made = insert(NULL, 0, BLOCK);
	_cleanup_text_ struct hosts_text again = insert(made.bytes, made.n, BLOCK);
	_cleanup_text_ struct hosts_text back = strip(made.bytes, made.n);
	_cleanup_text_ struct hosts_text none = insert(NULL, 0, "");
	_cleanup_text_ struct hosts_text empty = insert("", 0, BLOCK);
	_cleanup_text_ struct hosts_text empty_back = strip(empty.bytes, empty.n);
	static const char grown[] = GONE OURS END "10.0.0.1 box\n";
	_cleanup_text_ struct hosts_text theirs = strip(grown, strlen(grown));
	_cleanup_text_ struct hosts_text theirs_again = insert(grown, strlen(grown), BLOCK);

	assert_string_equal(made.bytes, GONE OURS END);
	assert_string_equal(again.bytes, made.bytes);
	assert_int_equal(back.n, 0);
	assert_true(back.gone);
	assert_true(none.gone);
	/* an empty file was a file */
	assert_string_equal(empty.bytes, BEGIN OURS END);
	assert_int_equal(empty_back.n, 0);
	assert_false(empty_back.gone);
	/* somebody writes into the file we made: it is theirs now */
	assert_string_equal(theirs.bytes, "10.0.0.1 box\n");
	assert_false(theirs.gone);
	assert_string_equal(theirs_again.bytes, "10.0.0.1 box\n" BEGIN OURS END);
}

static void test_broken_blocks(void **state)
{
	/* half of the markers */
	assert_strips("a\n" BEGIN OURS "b\n", "a\nb\n");
	assert_strips("a\n" OURS END "b\n", "a\nb\n");
	assert_strips("a\n" OURS "b\n", "a\nb\n");
	assert_strips("a\n" BEGIN "b\n", "a\nb\n");
	assert_strips("a\n" END "b\n", "a\nb\n");
	assert_strips("a\n# focusd: begin", "a\n");
	assert_strips("a\n" BEGIN "198.19.128.1 x.example # focusd", "a\n");
	/* doubled, nested, the wrong way round */
	assert_strips("a\n" BEGIN OURS END "b\n" BEGIN OURS END "c\n", "a\nb\nc\n");
	assert_strips(BEGIN BEGIN OURS END END "c\n", "c\n");
	assert_strips(END OURS BEGIN "c\n", "c\n");
	/* edited by hand */
	assert_strips("a\n" BEGIN "10.0.0.1 box\n" OURS "10.0.0.2 mine\n" END "b\n",
		"a\n10.0.0.1 box\n10.0.0.2 mine\nb\n");
	assert_strips("a\r\n# focusd: begin\r\n198.19.128.1 x.example # focusd\r\n# focusd: end\r\n"
		      "b\r\n",
		"a\r\nb\r\n");
	assert_strips(
		"\t # focusd: begin \n  198.19.128.1\tx.example\t# focusd\t\n # focusd: end\n", "");
	/* a comment of ours made their line: the line stays */
	assert_strips("#198.19.128.1 x.example # focusd\n", "#198.19.128.1 x.example # focusd\n");
	/* sorted by somebody */
	assert_strips("# focusd: begin\n# focusd: end\n127.0.0.1 a\n198.19.128.1 x # focusd\nz\n",
		"127.0.0.1 a\nz\n");
	/* a line of ours in the middle of another is none */
	assert_strips("a # focusd: begin\n", "a # focusd: begin\n");
}

/* Cut anywhere: their part is never harmed, and the next block heals it. */
static void test_cut_at_every_byte(void **state)
{
	static const char theirs[] = "127.0.0.1 localhost\n10.0.0.1 box";
	_cleanup_text_ struct hosts_text whole = insert(theirs, strlen(theirs), BLOCK);

	for (size_t cut = strlen(theirs) + 1; cut <= whole.n; cut++) {
		_cleanup_text_ struct hosts_text t = strip(whole.bytes, cut);
		_cleanup_text_ struct hosts_text again = insert(whole.bytes, cut, BLOCK);
		_cleanup_text_ struct hosts_text back = strip(again.bytes, again.n);

		assert_memory_equal(t.bytes, theirs, strlen(theirs));
		assert_bytes(&back, t.bytes, t.n);
	}
}

static void test_a_block_that_is_none(void **state)
{
	static const char *const rows[] = { "x\n", "\n", "198.19.128.1 a.example",
		"198.19.128.1  a.example\n", " 198.19.128.1 a.example\n",
		"198.19.128.1\ta.example\n", "198.19.128.1 a.example \n",
		"198.19.128.1 a.example\r\n", "198.19.128.1 A.example\n",
		"198.19.128.1 a.example b.example\n", "198.19.128.1 a.example.\n",
		"198.19.128.1 a.example # x\n", "198.19.128 a.example\n", "198.19.128.1 \n",
		"a.example 198.19.128.1\n", "# focusd: end\n", BLOCK "127.0.0.1 root\n\n",
		BLOCK "::1%lo a.example\n" };
	struct hosts_text t = { 0 };

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (hosts_text_insert("a\n", 2, rows[i], strlen(rows[i]), &t) != -EBADMSG)
			fail_msg("\"%s\" was taken", rows[i]);
	assert_int_equal(hosts_text_insert("a\n", 2, "1.2.3.4 a\0b\n", 12, &t), -EBADMSG);
	assert_null(t.bytes);
}

static void test_limits(void **state)
{
	_cleanup_free_ char *block = NULL;
	size_t n;
	FILE *f = open_memstream(&block, &n);
	struct hosts_text t;

	for (int i = 0; i < HOSTS_LINES_MAX; i++)
		fprintf(f, "198.19.128.1 h%d.example\n", i);
	fflush(f);
	assert_int_equal(hosts_text_insert("", 0, block, n, &t), 0);
	free(t.bytes);
	fputs("198.19.128.1 one.more.example\n", f);
	fclose(f);
	assert_int_equal(hosts_text_insert("", 0, block, n, &t), -E2BIG);
}

static void test_a_large_file(void **state)
{
	const size_t n = 1 << 20;
	_cleanup_free_ char *bytes = malloc(n);
	size_t at = 0;

	/* one line of a megabyte, then many, then whatever */
	memset(bytes, 'x', n);
	assert_round(bytes, n);
	while (at + 40 < n)
		at += (size_t)snprintf(bytes + at, n - at, "0.0.0.0 host%zu.example\n", at);
	assert_round(bytes, n);
	srand(1);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)rand();
	assert_round(bytes, n);
}

/* Pieces of ours and of theirs in any order: strip(insert(x)) == strip(x), and twice is once. */
static void test_any_order(void **state)
{
	static const char *const pieces[] = { BEGIN, UNENDED, GONE, END, OURS, "a b\n", "\n", "x",
		"# focusd", " ", "\r\n", "# focusd: begin", "1.2.3.4 y # focusd" };

	srand(2);
	for (int i = 0; i < 20000; i++) {
		char x[2048] = "";

		for (int k = rand() % 8; k > 0; k--)
			strcat(x, pieces[(size_t)rand() % ELEMENTSOF(pieces)]);
		_cleanup_text_ struct hosts_text plain = strip(x, strlen(x));
		_cleanup_text_ struct hosts_text twice = strip(plain.bytes, plain.n);
		_cleanup_text_ struct hosts_text with = insert(x, strlen(x), BLOCK);
		_cleanup_text_ struct hosts_text back = strip(with.bytes, with.n);

		assert_bytes(&twice, plain.bytes, plain.n);
		assert_bytes(&back, plain.bytes, plain.n);
		assert_int_equal(back.gone, plain.gone);
	}
}

static bool holds(const char *bytes)
{
	return hosts_text_holds(bytes, strlen(bytes), BLOCK, strlen(BLOCK));
}

static void test_it_is_told_whether_our_lines_are_there(void **state)
{
	assert_true(holds("10.0.0.1 box\n" BEGIN OURS END));
	assert_true(holds(BEGIN OURS END "10.0.0.1 written behind us\n"));
	assert_true(holds("198.19.128.1 www.alpha.example # focusd\r\n10.0.0.1 between\n"
			  "  2001:2:0:f000::1 www.alpha.example\t# focusd"));
	assert_true(hosts_text_holds("10.0.0.1 box\n# focusd: end\n", 28, "", 0));
	assert_false(holds(""));
	assert_false(holds(BEGIN END));
	assert_false(holds("198.19.128.1 www.alpha.example # focusd\n"));
	assert_false(holds("198.19.128.2 www.alpha.example # focusd\n"
			   "2001:2:0:f000::1 www.alpha.example # focusd\n"));
	assert_false(holds(OURS "198.19.128.3 stale.example # focusd\n"));
	assert_false(holds(OURS OURS));
	assert_false(holds("#198.19.128.1 www.alpha.example # focusd\n"
			   "2001:2:0:f000::1 www.alpha.example # focusd\n"));
	assert_false(hosts_text_holds(OURS, strlen(OURS), "", 0));
}

/* What insert() writes is what holds() looks for. */
static void test_what_is_inserted_is_there(void **state)
{
	static const char *const files[] = { "", "a", "10.0.0.1 box\n", OURS,
		BEGIN "1 x # focusd\n" };

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_text_ struct hosts_text t = insert(files[i], strlen(files[i]), BLOCK);

		assert_true(hosts_text_holds(t.bytes, t.n, BLOCK, strlen(BLOCK)));
	}
}

static void test_what_others_say_of_a_name(void **state)
{
	static const char *const names[] = { "www.b.example", "a.example", "c.example", "d.example",
		"e.example" };
	static const char file[] = "0.0.0.0 www.B.example. other\n"
				   "::1\ta.example # c.example\n"
				   "# 10.0.0.1 c.example\n"
				   "198.19.128.1 d.example # focusd\n"
				   "e.example\n"
				   "10.0.0.2 www.e.example xc.example";
	static const bool expected[] = { true, true, false, false, false };
	bool claimed[ELEMENTSOF(names)] = { false, false, true };

	assert_int_equal(
		hosts_text_claimed(file, strlen(file), names, ELEMENTSOF(names), claimed), 0);
	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (claimed[i] != expected[i])
			fail_msg("%s: %d", names[i], claimed[i]);
	assert_int_equal(hosts_text_claimed(file, 30, names, 0, claimed), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_block_stands_at_the_end),
		cmocka_unit_test(test_every_file_comes_back),
		cmocka_unit_test(test_a_line_without_an_end),
		cmocka_unit_test(test_a_file_that_was_not_there),
		cmocka_unit_test(test_broken_blocks),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_a_block_that_is_none),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_a_large_file),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_it_is_told_whether_our_lines_are_there),
		cmocka_unit_test(test_what_is_inserted_is_there),
		cmocka_unit_test(test_what_others_say_of_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
