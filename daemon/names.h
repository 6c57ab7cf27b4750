#pragma once
/* The contract between the programs: bus names, paths, errors and the limits both sides keep.
 * focusctl includes this file and base/ only. */

#define FOCUSD_BUS_NAME             "org.focusd1"
#define FOCUSD_BUS_PATH             "/org/focusd1"
#define FOCUSD_BUS_INTERFACE        "org.focusd1.Manager"

#define FOCUSD_ERROR_NO_SUCH_SITE   "org.focusd1.Error.NoSuchSite"
#define FOCUSD_ERROR_NO_SUCH_PERSON "org.focusd1.Error.NoSuchPerson"
#define FOCUSD_ERROR_BAD_CONFIG     "org.focusd1.Error.BadConfig"
#define FOCUSD_ERROR_NOT_ALLOWED    "org.freedesktop.DBus.Error.AccessDenied"
#define FOCUSD_ERROR_BAD_VALUE      "org.freedesktop.DBus.Error.InvalidArgs"

/* What polkit is asked where an account's own rights end (packaging/polkit). */
#define FOCUSD_ACTION_LOOSEN        "org.focusd1.loosen"
#define FOCUSD_ACTION_MANAGE_OTHERS "org.focusd1.manage-others"
#define FOCUSD_ACTION_SEE_OTHERS    "org.focusd1.see-others"
#define FOCUSD_ACTION_RELOAD        "org.focusd1.reload"
#define FOCUSD_ACTION_GRANT         "org.focusd1.grant"

/* Methods of org.focusd1.Manager. person: "" for everybody the caller may see, unless it says
 * otherwise; times in microseconds since the epoch.
 *
 * GetStatus(s person) -> x now, s day, b enforcing, as problems,
 *     a(suxxa(sbxxxxxxssxb)a(sssx)) people
 *     problems: what stands in a file, and of whom, to root and by see-others alone. Per person:
 * name, uid (all ones: no account), passes of today that are left, how long
 * together (each -1 where there are none at all), entries, and what was opened on other devices of
 * the household and is open here with it: device, kind (pass, open), target, until. Per entry:
 * name, is_group, used_today_sec, used_week_sec, limit_today_sec, limit_week_sec, left_sec,
 * opens_left (each -1 where there is no limit), state, reason, until (0: no such time), active.
 *
 * SetLimit(s target, s period, x limit_sec, s person)
 *     target: a site or a group; period: "day", "week" or "sitting"; limit_sec: -1 for no limit;
 * person: "" for everyone.
 *
 * Reload()
 *     Reads the configuration again; BadConfig carries FILE:LINE: what is wrong.
 *
 * GetEvents(s person, x since, u most) -> a(xssss)
 *     What happened to a person and to focusd itself, oldest first: time, kind, person, site, text;
 *     "" where an event has none. most: at most FOCUSD_EVENTS_MAX.
 *
 * GetReport(s person, s since, s until, s shown_since)
 *     Quota days since ("": as many as there may be) to until ("": today) in columns, as
 *     bus-report.c tells, and from shown_since on ("": nothing) the hours of a week and what was
 *     declared.
 *
 * Explain(s person, s site, s day) -> s person, s day, x start, x end, a(xxxttb) sittings, a(st)
 * hosts, a(st) uncounted, s group A quota day ("": today) of one person ("": oneself) on one site.
 * Per stretch: start, end, used_usec, bytes down and up, and whether it opens a sitting. Bytes by
 * host name, and by reason (away, brief, background). group: whose rule decides now; "": the
 * site's own.
 *
 * GetSittings(s person, s since, s until) -> s next, a(ssxxxttb)
 *     Stretches of the quota days since ("": the first) to until ("": today), as Explain's; at most
 *     FOCUSD_STRETCHES_DAYS days: next is the one to go on with, "" at the end.
 *
 * Forget(s person, s site, s since, s until) -> s person, s kept
 *     Takes those days away ("": all, of every site). kept: the first that still counts, or "".
 *
 * ListSites() -> a(sssasasasb)
 *     Name, title, category, feed hosts, media hosts, free hosts, needs_media (a sitting starts
 * only when feed and media hosts move together).
 *
 * GetGateway() -> b gateway, s unknown_devices, s person, u unknown
 *     Are other machines' devices metered? What becomes of unknown ones (free, block-metered,
 *     person and whose), and how many of them are there now.
 *
 * ListDevices() -> a(sasssx)
 *     An administrator's: device, addresses, name ("": not known), person ("": nobody's), seen (0:
 *     not there now).
 *
 * AssignDevice(s device, s person)
 *     An administrator's: from now on it is theirs; person "": nobody's.
 *
 * FindHost(s host) -> s host, s site, s kind, s by
 *     Whose name that is, which kind (domain, cdn, free), by which host of theirs; "": nobody's.
 *
 * Examine() -> a(ssss)
 *     What focusctl doctor shows of the keeper: check, level (FOCUSD_LEVEL_…), text, cure ("" where
 *     there is none). Everybody may ask; lines of the configuration and other people's names and
 * doings are told to root only.
 *
 * Probe(s person) -> s person, u uid, s lease4, s lease6, a(sb) hosts, as hooks, as resolvers,
 *     t moved_bytes
 *     What it takes to follow one look-up: who is meant ("" and all ones: the caller is not
 * metered), the lease ranges, a feed host of each site and whether it is open for that person (open
 * ones first), where focusd-dns listens, which resolvers the system has, and all bytes that the
 * kernel has counted for that person. person: "" for oneself, or the first.
 *
 * Declare(s kind, s target, x span_sec, s reason, s person) -> (xsssssxxx) declared, u left, x
 * left_sec
 *     kind: pass (lifts a spent limit or closed hours, after a wait), open (lifts closed hours),
 * ask (waits for Grant). target: a site or a group. reason: for pass and ask, at most
 * FOCUSD_REASON_MAX bytes. person: "" for oneself. What was declared: id, person, kind (pass, open,
 * grant, focus), state (asked, waiting, running), target ("" is everything), reason, span_sec,
 * start, end (0: not known yet); and how many passes of today are left, and how long.
 *
 * Focus(s targets, x span_sec, s person) -> as Declare
 *     Shuts these sites and groups, separated by blanks, "": everything, for that long from now.
 * One that holds is made longer; shorter takes an administrator.
 *
 * Grant(x id, s person, s target) -> as Declare
 *     Starts what was asked for: that id, or with 0 that person's for that target.
 *
 * Cancel(s what, s person) -> a(xsssssxxx)
 *     what: "" for all that waits, an id, a site or group, or "focus", which takes an
 * administrator. Each is told as it was before.
 *
 * ListDeclared(s person) -> a(xsssssxxx)
 *     All that is asked, waits or runs.
 *
 * GetPending(s person) -> x loosen_after_sec, a(sssssx) pending
 *     What is to become looser: id, person ("": everybody's rule), target (a site or group, "":
 * neither), what holds now, what will, and from when on (0: it was cancelled, and stays). The two
 * are lines of the configuration. person: "" for everybody the caller may see.
 *
 * CancelPending(s id)
 *     The rule stays as it is until something else is wanted. Everybody's takes an administrator.
 *
 * Subscribe(s person)
 *     From now on this connection gets the signals about that person; person: "" for oneself (an
 * administrator: for everybody). Nobody else gets them: they are sent to subscribers alone, and end
 * with the connection.
 *
 * Signal Changed(s person, s site, s target, s state, s reason, x until)
 *     A site opened, became slow or was shut for that person, or its limit is spent and it stays
 * open (when-spent = notify). target: whose rule it is, the site or a group; state, reason and
 * until as in GetStatus. One for each site of a group: the target tells that they are one matter.
 *
 * Signal Warned(s person, s site, s target, s reason, x left_sec)
 *     In left_sec seconds of looking, the open gap included, it ends: the person's `warn =` says
 * when. reason: what it will be (limit-day, window, pass …). Once for a target, however many of its
 * sites are open.
 *
 * Signal Refused(s person, s server)
 *     A program of theirs tried encrypted look-ups and was refused; once an hour and server at
 * most.
 *
 * Allowance(s person) -> u left, x left_sec, x max_sec
 *     How many passes of today are left, how long together, and how long one may be. person: "" for
 * oneself.
 *
 * Instead(s person) -> as
 *     What this person wants to do when a limit ends, in their own words ([instead] of the
 * configuration). person: "" for oneself.
 *
 * Habit(s person) -> s person, u known_days, a(sbxau)
 *     How long each site and group was used on each of the last FOCUSD_HABIT_DAYS days, today not
 * among them: name, is_group, limit_today_sec (-1: none), used_sec per day, the oldest first. The
 * last known_days of them are known, and what was not used is left out. person: "" for oneself.
 *
 * ShareOwn(as problems) -> x now, s day, a{ss} settings, a(ssa(sa(xx))) own,
 *     a(ssxxs) figures, a(ssa(ssxx)) passes
 *     For focusd-share, which has these problems to tell, and gets the signal Shared from now on:
 *     how late it is, what [share] says (nothing without it), and the stretches of this device
 *     alone, by person, day and site. With home-assistant = yes what status shows, by person and
 * site or group: used_today_sec, left_sec (-1: no limit), state. passes: by person and day, kind,
 * target, start and end of what was declared on this device.
 *
 * ShareOthers(s device, s person, s day, x ahead_usec, a(sa(xx)) sites) -> b news
 *     What another device says of its own stretches, in the time of its clock, which seems to be
 *     ahead by so much. BadValue says why it can't be believed.
 *
 * SharePasses(s device, s person, s day, x ahead, a(ssxx) passes) -> b news
 *     The same of what was declared on it: kind (pass, open), target, start, end.
 *
 * Signal Shared()
 *     There is something new for ShareOwn to tell. To the last caller of it alone.
 *
 * Property Version s, and Day s: the quota day of now.
 */
#define FOCUSD_STATUS_ENTRY      "(sbxxxxxxssxb)"
#define FOCUSD_STATUS_TOLD       "(sssx)"
#define FOCUSD_STATUS_PERSON     "suxxa" FOCUSD_STATUS_ENTRY "a" FOCUSD_STATUS_TOLD
#define FOCUSD_STATUS_SIGNATURE  "xsbasa(" FOCUSD_STATUS_PERSON ")"
#define FOCUSD_EVENTS_SIGNATURE  "a(xssss)"
#define FOCUSD_EVENTS_MAX        10000
#define FOCUSD_EXPLAIN_SIGNATURE "ssxxa(xxxttb)a(st)a(st)s"
#define FOCUSD_STRETCH_SIGNATURE "sa(ssxxxttb)"
#define FOCUSD_STRETCHES_DAYS    31
#define FOCUSD_REPORT_SIGNATURE  "xiiia(six)asaiaqaqauauauatatauaiaqaua(xssss)"
#define FOCUSD_REPORT_DAYS_MAX   3660 /* ten years */
#define FOCUSD_FORGET_SIGNATURE  "ss"
#define FOCUSD_SITES_SIGNATURE   "a(sssasasasb)"
#define FOCUSD_GATEWAY_SIGNATURE "bssu"
#define FOCUSD_DEVICE_ITEM       "(sasssx)"
#define FOCUSD_DEVICES_SIGNATURE "a" FOCUSD_DEVICE_ITEM
#define FOCUSD_HOST_SIGNATURE    "ssss"
#define FOCUSD_DOCTOR_SIGNATURE  "a(ssss)"
#define FOCUSD_PROBE_SIGNATURE   "sussa(sb)asast"

#define FOCUSD_PENDING_ITEM      "(sssssx)"
#define FOCUSD_PENDING_SIGNATURE "xa" FOCUSD_PENDING_ITEM
#define FOCUSD_PASS_SIGNATURE    "(xsssssxxx)"
#define FOCUSD_DECLARE_SIGNATURE FOCUSD_PASS_SIGNATURE "ux"
#define FOCUSD_REASON_MAX        200
#define FOCUSD_TEXT_MAX          4096 /* bytes of any text in a call: as many targets as focus takes */
#define FOCUSD_FOCUS_TARGETS_MAX 64

#define FOCUSD_CHANGED_SIGNATURE "sssssx"
#define FOCUSD_WARNED_SIGNATURE  "ssssx"
#define FOCUSD_REFUSED_SIGNATURE "ss"
#define FOCUSD_HABIT_SIGNATURE   "sua(sbxau)"
#define FOCUSD_HABIT_DAYS        14

/* Whose calls these three are, beside root's. */
#define FOCUSD_SHARE_ACCOUNT "focusd-share"
#define FOCUSD_SHARE_SITES   "a(sa(xx))"
#define FOCUSD_SHARE_FIGURES "a(ssxxs)"
#define FOCUSD_SHARE_PASSES  "a(ssxx)"
#define FOCUSD_SHARE_OWN_SIGNATURE \
	"xsa{ss}a(ss" FOCUSD_SHARE_SITES ")" FOCUSD_SHARE_FIGURES "a(ss" FOCUSD_SHARE_PASSES ")"
#define FOCUSD_SHARE_OTHERS_SIGNATURE "sssx" FOCUSD_SHARE_SITES
#define FOCUSD_SHARE_PASSES_SIGNATURE "sssx" FOCUSD_SHARE_PASSES

#define FOCUSD_LEVEL_OK               "ok"
#define FOCUSD_LEVEL_WARNING          "warning"
#define FOCUSD_LEVEL_FAILED           "failed"

#define FOCUSD_CONFIG_FILE            FOCUSD_SYSCONFDIR "/focusd/focusd.conf"
#define FOCUSD_STATE_DIR              "/var/lib/focusd"
#define FOCUSD_RUNTIME_DIR            "/run/focusd"
#define FOCUSD_BUS_SOCKET             "bus"   /* in the runtime folder; peer to peer, mode 0666 */
#define FOCUSD_HOOK_SOCKET            "hook"  /* in the runtime folder; where focusd-dns connects */
#define FOCUSD_HOSTS_WANTED           "hosts" /* in the runtime folder; what --hosts-write puts in */
#define FOCUSD_HOSTS_FILE             "/etc/hosts"
#define FOCUSD_SEAL_NAME              "encrypted-dns.conf" /* shipped; a person's own beside the config file */
#define FOCUSD_DROPIN_NAME            "90-focusctl.conf" /* in FILE.d; what focusctl writes */

#define FOCUSD_SITE_NAME_MAX          40 /* inih cuts section names at 49 bytes */
#define FOCUSD_PERSON_NAME_MAX        32 /* LOGIN_NAME_MAX of the shadow suite */
#define FOCUSD_LIMIT_SEC_MAX          (7 * 24 * 3600)
