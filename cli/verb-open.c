/* open: uses a site outside its hours, and says so before. */
#include "declared.h"

enum exit_code verb_open(const struct invocation *i)
{
	struct declared_reply r = { 0 };
	enum exit_code code;

	if (declared_call(i, "open", &r, &code)) {
		declared_print_open(&r.declared);
		code = EXIT_DONE;
	}
	sd_bus_message_unref(r.message);
	return code;
}
