/* What libc would do: its list of services, and whether resolved is there. */
#include "system/name-service.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "core/nsswitch.h"

#define RESOLVED_SOCKET "/run/systemd/resolve/io.systemd.Resolve"
#define TEXT_MAX        65536 /* a nsswitch.conf is a screenful */

bool name_service_uses_resolved(const char *nsswitch_conf)
{
	_cleanup_fclose_ FILE *f = fopen(nsswitch_conf, "re");
	_cleanup_free_ char *text = malloc(TEXT_MAX + 1);
	struct stat st;
	size_t n;

	if (!f || !text)
		return false;
	n = fread(text, 1, TEXT_MAX, f);
	text[n] = 0;
	return nsswitch_before_dns(text, "hosts", "resolve") && stat(RESOLVED_SOCKET, &st) == 0 &&
	       S_ISSOCK(st.st_mode);
}
