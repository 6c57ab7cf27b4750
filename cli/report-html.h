#pragma once
/* A report as one page that asks for nothing outside itself: light and dark, on paper and on a
 * phone, with a table behind every picture. */
#include <stdio.h>

#include "report-words.h"
#include "report.h"

struct report_page {
	const struct report_view *view;
	const struct report_words *words;
};
/* -EIO, -ENOMEM */
int report_write_html(FILE *f, const struct report_page *page);

/* report-style.c */
extern const char report_style[];
