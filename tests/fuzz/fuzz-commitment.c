/* Any text as what waits, in the ledger's row of what is held: refused, or a list that is written
 * and read as the same again. Where the first byte is a plus, two configurations become one by it:
 * only what is due is let go. */
#include <errno.h>

#include "base/cleanup.h"
#include "core/commitment.h"
#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t n_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t n_max, unsigned seed);

#define NOW      (1000 * 3600 * USEC_PER_SEC)
#define MERGED   '+'
#define UNMERGED '-'
#define A_MERGE  16 /* one input in so many */

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);

#define SITES "[site a]\ndomain = a.example\n[site b]\ndomain = b.example\n"

static struct config *held, *wanted; /* wanted is the looser one in each way */
static struct commitment_items all;  /* what waits where nothing was pending before */

static struct config *load(const char *text)
{
	_cleanup_(config_builder_freep) struct config_builder *b = NULL;
	struct config *c = NULL;
	char *error = NULL;

	must(config_builder_new(&b) == 0 && config_builder_text(b, "fuzz", text, &error) == 0 &&
		config_builder_finish(b, &c, &error) == 0);
	return c;
}

static void merge(const struct commitment_items *pending, struct commitment_items *ret)
{
	const struct commitment_question q = { wanted, held, pending, NOW };
	struct commitment_answer a = { 0 };
	_cleanup_free_ char *error = NULL;

	must(commitment_merge(&q, &a, &error) == 0);
	must((a.pending.n > 0) == (a.effective != NULL));
	config_free(a.effective);
	*ret = a.pending;
}

static void leave(void)
{
	config_free(held);
	config_free(wanted);
	commitment_items_done(&all);
}

static void arrive(void)
{
	held = load("[commitment]\nloosen-after = 24h\n" SITES
		    "[site a]\nlimit = 30min per day\nopen = daily 12:00-13:00\n"
		    "[group g]\nsite = a\nsite = b\nlimit = 1h per week\n"
		    "[person anna]\nuser = anna\n[person anna site b]\nlimit = 5min per day\n");
	wanted = load(SITES "[site a]\nlimit = 2h per day\n");
	merge(&all, &all);
	must(all.n > 0 && atexit(leave) == 0);
}

static void must_equal(const struct commitment_items *list, const struct commitment_items *again)
{
	must(list->n == again->n);
	for (size_t i = 0; i < list->n; i++) {
		const struct commitment_item *a = &list->items[i], *b = &again->items[i];

		must(strcmp(a->id, b->id) == 0 && strcmp(a->target, b->target) == 0 &&
			strcmp(a->asked, b->asked) == 0 && strcmp(a->now, b->now) == 0 &&
			strcmp(a->then, b->then) == 0);
		must(!a->person == !b->person && (!a->person || strcmp(a->person, b->person) == 0));
		must(a->due_usec == b->due_usec && a->cancelled == b->cancelled);
	}
}

static void check_again(const struct commitment_items *list)
{
	struct commitment_items again = { 0 };
	_cleanup_free_ char *text = NULL;

	must(commitment_items_write(list, &text) == 0);
	must(commitment_items_read(text, &again) == 0);
	must_equal(list, &again);
	commitment_items_done(&again);
}

/* A list about other things changes nothing. */
static bool is_about(const struct commitment_items *list)
{
	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < all.n; k++)
			if (strcmp(list->items[i].id, all.items[k].id) == 0)
				return true;
	return false;
}

static bool is_any_due(const struct commitment_items *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!list->items[i].cancelled && list->items[i].due_usec <= NOW)
			return true;
	return false;
}

static void check_merge(const struct commitment_items *pending)
{
	struct commitment_items waits;

	merge(pending, &waits);
	must(waits.n == all.n || is_any_due(pending));
	for (size_t i = 0; i < waits.n; i++)
		must(waits.items[i].cancelled || waits.items[i].due_usec > NOW);
	check_again(&waits);
	commitment_items_done(&waits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct fuzz_input in = { data, n };
	const bool merged = fuzz_number(&in, 1) == MERGED;
	_cleanup_free_ char *text = fuzz_text(in.data, in.n);
	struct commitment_items list = { 0 };
	int r;

	if (!held)
		arrive();
	r = commitment_items_read(text, &list);
	must(r == 0 || r == -EBADMSG);
	must(list.n <= COMMITMENT_ITEMS_MAX);
	if (list.n > 0)
		check_again(&list);
	if (merged && is_about(&list))
		check_merge(&list);
	commitment_items_done(&list);
	return 0;
}

/* A merge takes as long as reading ten lists. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t n_max, unsigned seed)
{
	n = LLVMFuzzerMutate(data, n, n_max);
	if (n > 0)
		data[0] = seed % A_MERGE == 0 ? MERGED : UNMERGED;
	return n;
}
