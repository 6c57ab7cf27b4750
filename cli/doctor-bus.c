/* The programs on the system bus that focusd works with. Only asked where there is a system bus and
 * nobody named another door; none of them is started by the question. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "doctor-checks.h"
#include "language.h"
#include "names.h"

#define WAIT_USEC (2 * USEC_PER_SEC)

static bool has_owner(sd_bus *bus, const char *name)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;

	return sd_bus_get_name_creds(bus, name, 0, &creds) >= 0;
}

/* Runs, or would be started when it is asked. */
static bool is_there(sd_bus *bus, const char *name)
{
	char **activatable = NULL;
	bool there = has_owner(bus, name);

	if (!there && sd_bus_list_names(bus, NULL, &activatable) >= 0)
		for (char **a = activatable; a && *a; a++)
			there |= strcmp(*a, name) == 0;
	for (char **a = activatable; a && *a; a++)
		free(*a);
	free(activatable);
	return there;
}

static void check_clock_sync(sd_bus *bus, struct doctor *d)
{
	int synchronised = 0;

	if (is_there(bus, "org.freedesktop.timedate1") &&
		sd_bus_get_property_trivial(bus, "org.freedesktop.timedate1",
			"/org/freedesktop/timedate1", "org.freedesktop.timedate1",
			"NTPSynchronized", NULL, 'b', &synchronised) >= 0 &&
		!synchronised)
		doctor_add(d, "clock", DOCTOR_WARNING, "timedatectl set-ntp true",
			_("The clock is not synchronised with the network's"));
}

/* systemd-resolved asks its servers by TLS, and we ask them in the clear for metered names. */
static void check_resolved(sd_bus *bus, struct doctor *d)
{
	_cleanup_free_ char *mode = NULL;

	if (has_owner(bus, "org.freedesktop.resolve1") &&
		sd_bus_get_property_string(bus, "org.freedesktop.resolve1",
			"/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager",
			"DNSOverTLS", NULL, &mode) >= 0 &&
		strcmp(mode, "yes") == 0)
		doctor_add(d, "resolved", DOCTOR_WARNING,
			_("set upstream = in [dns] to a server that answers on port 53"),
			_("systemd-resolved asks its servers by TLS only; focusd-dns asks them on "
			  "port 53, where they may not answer"));
}

static void check_names(sd_bus *bus, struct doctor *d)
{
	size_t missing = 0;

	if (!has_owner(bus, FOCUSD_BUS_NAME) && ++missing)
		doctor_add(d, "bus", DOCTOR_WARNING,
			"systemctl reload dbus; systemctl restart focusd",
			_("focusd is not on the system bus: only its own socket serves"));
	if (!is_there(bus, "org.freedesktop.PolicyKit1") && ++missing)
		doctor_add(d, "bus", DOCTOR_WARNING, _("install polkit"),
			_("There is no polkit: only root may loosen a limit"));
	if (!is_there(bus, "org.freedesktop.login1") && ++missing)
		doctor_add(d, "bus", DOCTOR_WARNING, _("install systemd-logind or elogind"),
			_("There is no logind: a locked screen is not seen"));
	if (missing == 0)
		doctor_add(d, "bus", DOCTOR_OK, NULL,
			_("focusd, polkit and logind are on the system bus"));
}

void doctor_check_bus(struct doctor *d)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;

	if (sd_bus_open_system(&bus) < 0) {
		doctor_add(d, "bus", DOCTOR_OK, NULL,
			_("This machine has no system bus; focusd's own socket serves"));
		return;
	}
	if (sd_bus_set_method_call_timeout(bus, WAIT_USEC) < 0)
		return;
	check_names(bus, d);
	check_clock_sync(bus, d);
	check_resolved(bus, d);
}
