/* conf/focusd.nft and focusd-gateway.nft, line by line, with the values of our configuration. It
 * runs nothing. */
#include "system/gate-rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define RULES_TEXT_MAX 65536

/* The value that takes the place of the file's in "define NAME = VALUE". */
static bool value_of(const struct gate_options *o, const char *name, char *value, size_t size)
{
	char text[ADDRESS_TEXT_MAX];

	if (strcmp(name, "lease4") == 0)
		snprintf(value, size, "%s/%u", address_format(&o->lease4.address, text),
			o->lease4.bits);
	else if (strcmp(name, "lease6") == 0)
		snprintf(value, size, "%s/%u", address_format(&o->lease6.address, text),
			o->lease6.bits);
	else if (strcmp(name, "person") == 0 || strcmp(name, "nobody") == 0)
		snprintf(value, size, "0x%08x", o->mark_mask);
	else if (strcmp(name, "others") == 0)
		snprintf(value, size, "0x%08x", ~o->mark_mask);
	else if (strcmp(name, "gateway_port") == 0)
		snprintf(value, size, "%u", o->gateway_port);
	else
		return false;
	return true;
}

/* Copies one line with our values in it. "log group" takes a number only, no variable. */
static void put_line(const struct gate_options *o, const char *line, FILE *out)
{
	char name[32], value[ADDRESS_TEXT_MAX + 8];
	const char *log = strstr(line, "log group ");

	if (sscanf(line, "define %31s =", name) == 1) {
		/* a context remembers its symbols, and these lines run again after a loss */
		if (value_of(o, name, value, sizeof(value)))
			fprintf(out, "redefine %s = %s\n", name, value);
		else
			fprintf(out, "re%s", line);
		return;
	}
	if (log && *line != '#') {
		const char *rest = log + strlen("log group ");

		fprintf(out, "%.*slog group %u%s", (int)(log - line), line, o->log_group,
			rest + strspn(rest, "0123456789"));
		return;
	}
	fputs(line, out);
}

int gate_rules_read(const struct gate_options *options, const char *path, char **ret)
{
	_cleanup_fclose_ FILE *in = fopen(path, "re");
	_cleanup_free_ char *text = NULL;
	char line[512];
	size_t size;
	FILE *out;

	if (!in)
		return -errno;
	out = text_open(&text, &size);
	if (!out)
		return -ENOMEM;
	while (fgets(line, sizeof(line), in))
		put_line(options, line, out);
	if (text_close(out, &text) < 0)
		return -ENOMEM;
	if (size > RULES_TEXT_MAX)
		return -EFBIG;
	*ret = TAKE_PTR(text);
	return 0;
}
