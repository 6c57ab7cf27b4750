/* Names hold letters, digits and a few signs, and none of those that CSV quotes; an account of a
 * directory service may, so it is quoted where it must be. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "export.h"
#include "print.h"

static void print_quoted(FILE *f, const char *text)
{
	if (!strpbrk(text, "\",\r\n")) {
		fputs(text, f);
		return;
	}
	putc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', f);
		putc(*text, f);
	}
	putc('"', f);
}

void export_csv_head(FILE *f)
{
	fputs("person,site,start,end,used_sec,bytes_down,bytes_up,opens\r\n", f);
}

int export_csv_add(const struct sitting *s, void *userdata)
{
	char start[PRINT_TEXT_MAX], end[PRINT_TEXT_MAX];
	FILE *f = userdata;

	print_quoted(f, s->person);
	putc(',', f);
	print_quoted(f, s->site);
	fprintf(f, ",%s,%s,%.3f,%" PRIu64 ",%" PRIu64 ",%d\r\n",
		print_instant(s->start_usec, start), print_instant(s->end_usec, end),
		(double)s->used_usec / (double)USEC_PER_SEC, s->down_bytes, s->up_bytes,
		s->opens != 0);
	return 0;
}
