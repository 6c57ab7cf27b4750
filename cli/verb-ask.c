/* ask: puts a request to whoever administers this machine. */
#include <inttypes.h>

#include "declared.h"
#include "language.h"

enum exit_code verb_ask(const struct invocation *i)
{
	struct declared_reply r = { 0 };
	enum exit_code code;

	if (declared_call(i, "ask", &r, &code)) {
		printf(_("Asked. An administrator grants it with: focusctl grant %" PRId64 "\n"),
			r.declared.id);
		code = EXIT_DONE;
	}
	sd_bus_message_unref(r.message);
	return code;
}
