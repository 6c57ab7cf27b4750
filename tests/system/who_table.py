"""Who may do what: every method, property and signal of the bus, and what becomes of it for each caller.

    who_table.py run PRIVATE SYSTEM      tries every cell; root, with the world that tests/system/who makes
    who_table.py print                   the table, as SECURITY.md has it

A member of the interface that has no row here is a failure, and so is a row without a member.
"""
import contextlib
import itertools
import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET

from who_bus import DENIED, INTERFACE, NAME, PATH, Caller, Polkit, wait_for

ANNA, BEN, CLARA, STRANGER = 2001, 2002, 2003, 4242
RULES = pathlib.Path(__file__).parents[2] / "packaging/polkit/focusd.rules"
YES, NO, WHOSE = "yes", "no", "whose?"  # whose: nobody is meant by "oneself"
LOOSEN, OTHERS, SEE, GRANT, RELOAD = (
    "org.focusd1." + name for name in ("loosen", "manage-others", "see-others", "grant", "reload"))
NO_PERSON = "org.focusd1.Error.NoSuchPerson"
falling = itertools.count(3 * 24 * 3600, -1)  # limits, each stricter than the last


class Row:
    """what: for people; the answers for root, anna, ben and whoever is nobody; share: for what carries a household's
    budget; export: for what answers Prometheus, which the packaged rule of polkit lets see others; which actions of
    polkit change a no. All of it is about anna where it says so, else about the caller. before: calls that make ready
    for it, each (caller, method, signature, arguments…); after: calls that clear up, which may fail."""

    def __init__(self, method, what, signature, arguments, answers, **more):
        self.method, self.what, self.signature, self.arguments = method, what, signature, arguments
        self.root, self.anna, self.ben, self.nobody = answers
        self.own_action = more.get("own_action")  # anna's own no
        self.action = more.get("action")          # everybody else's
        self.share, self.export = more.get("share", NO), more.get("export", self.nobody)
        self.before, self.after = more.get("before", ()), more.get("after", ())
        self.interface = more.get("interface", INTERFACE)

    def values(self, hall):
        return [a(hall) if callable(a) else a for a in self.arguments]


def view(method, what, *rest):
    """Two rows: of oneself, and of anna. Most of what people look at is so; one view of all needs a person."""
    signature, of_all, arguments = rest
    return [
        Row(method, f"one's own {what}", "s" + signature, ["", *arguments],
            (YES if of_all else WHOSE, YES, YES, NO), export=YES if of_all else WHOSE, action=SEE),
        Row(method, f"Anna's {what}", "s" + signature, ["anna", *arguments], (YES, YES, NO, NO), export=YES,
            action=SEE),
    ]


def pending(person):
    """What waits to be looser, of that person or ("") of everybody: its id."""
    def find(hall):
        _, text = hall.root.call("GetPending", "s", "")
        found = re.search(rf"\('([^']*)', '{person}', 'delta'", text)
        assert found, f"nothing of {person!r} waits: {text}"
        return found.group(1)
    return find


def ask_looser(person):
    """A limit that is looser than the last such wish, which waits for a day."""
    return ("root", "SetLimit", "ssxs", "delta", "week", lambda hall: 6 * 24 * 3600 + next(hall.rising), person)


def request(hall):
    _, text = hall.root.call("ListDeclared", "s", "anna")
    return int(re.search(r"\((?:int64 )?(\d+), 'anna', 'grant', 'asked', 'beta'", text).group(1))


def end_pass(person, target="beta"):
    return ("root", "Cancel", "ss", target, person)


FOR_ANNA = (YES, YES, NO, NO)
ROWS = [
    *view("GetStatus", "present", "", True, []),
    *view("GetEvents", "events", "xu", True, [0, 100]),
    *view("Explain", "day on a site", "ss", False, ["alpha", ""]),
    *view("GetReport", "report", "sss", True, ["", "", "2020-01-01"]),
    *view("GetSittings", "sittings", "ss", True, ["", ""]),
    *view("Habit", "usual days", "", False, []),
    *view("Allowance", "passes that are left", "", False, []),
    *view("Instead", "list of other things to do", "", False, []),
    *view("ListDeclared", "passes, requests and focus", "", True, []),
    *view("GetPending", "changes that wait", "", True, []),
    *view("Subscribe", "signals", "", True, []),
    Row("Probe", "the way of one's own look-ups", "s", [""], (YES, YES, YES, YES)),
    Row("Probe", "the way of Anna's", "s", ["anna"], (YES, YES, NO, NO)),
    Row("Examine", "what doctor finds (names and lines of files: root alone)", "", [], (YES, YES, YES, YES)),
    Row("ListSites", "the sites", "", [], (YES, YES, YES, YES)),
    Row("GetGateway", "whether other machines' devices are metered", "", [], (YES, YES, YES, YES)),
    Row("ListDevices", "the devices on the network", "", [], (YES, NO, NO, NO), export=YES, own_action=SEE,
        action=SEE),
    Row("AssignDevice", "say whose a device is", "ss", ["02:00:00:00:00:01", "anna"], (YES, NO, NO, NO),
        own_action=OTHERS, action=OTHERS),
    Row("FindHost", "whose a host name is", "s", ["www.alpha.example"], (YES, YES, YES, YES)),
    Row("SetLimit", "be stricter with oneself (root: with everybody)", "ssxs",
        ["delta", "week", lambda hall: next(falling), ""], (YES, YES, YES, NO), action=OTHERS),
    Row("SetLimit", "be stricter with Anna", "ssxs", ["delta", "week", lambda hall: next(falling), "anna"], FOR_ANNA,
        action=OTHERS),
    Row("SetLimit", "loosen Anna's limit", "ssxs", ["delta", "week", 500000, "anna"], (YES, NO, NO, NO),
        own_action=LOOSEN, action=OTHERS),
    Row("SetLimit", "lift Anna's limit", "ssxs", ["delta", "week", -1, "anna"], (YES, NO, NO, NO),
        own_action=LOOSEN, action=OTHERS),
    Row("CancelPending", "keep Anna's rule as it is", "s", [pending("anna")], FOR_ANNA, action=OTHERS,
        before=[ask_looser("anna")]),
    Row("CancelPending", "keep everybody's", "s", [pending("")], (YES, NO, NO, NO), own_action=OTHERS, action=OTHERS,
        before=[ask_looser("")]),
    Row("Declare", "take a pass", "ssxss", ["pass", "beta", 60, "why not", ""], (WHOSE, YES, YES, WHOSE),
        after=[end_pass("anna"), end_pass("ben")]),
    Row("Declare", "take Anna's pass", "ssxss", ["pass", "beta", 60, "why not", "anna"], FOR_ANNA, action=OTHERS,
        after=[end_pass("anna")]),
    Row("Declare", "open outside the hours", "ssxss", ["open", "gamma", 60, "", ""], (WHOSE, YES, YES, WHOSE),
        after=[end_pass("anna", "gamma"), end_pass("ben", "gamma")]),
    Row("Declare", "ask for a pass", "ssxss", ["ask", "beta", 60, "please", ""], (WHOSE, YES, YES, WHOSE),
        after=[end_pass("anna"), end_pass("ben")]),
    Row("Grant", "grant what Anna asked for", "xss", [request, "", ""], (YES, NO, NO, NO), own_action=GRANT,
        action=GRANT, before=[("anna", "Declare", "ssxss", "ask", "beta", 60, "please", "")],
        after=[end_pass("anna")]),
    Row("Cancel", "end Anna's pass", "ss", ["beta", "anna"], FOR_ANNA, action=OTHERS,
        before=[("anna", "Declare", "ssxss", "pass", "beta", 60, "why not", "")], after=[end_pass("anna")]),
    Row("Focus", "focus", "sxs", ["delta", 600, ""], (WHOSE, YES, YES, WHOSE),
        after=[end_pass("anna", "focus"), end_pass("ben", "focus")]),
    Row("Focus", "have Anna focus", "sxs", ["delta", 600, "anna"], FOR_ANNA, action=OTHERS,
        after=[end_pass("anna", "focus")]),
    Row("Focus", "make Anna's focus shorter", "sxs", ["delta", 60, "anna"], (YES, NO, NO, NO),
        own_action=LOOSEN, action=OTHERS, before=[("anna", "Focus", "sxs", "delta", 600, "")],
        after=[end_pass("anna", "focus")]),
    Row("Cancel", "end Anna's focus", "ss", ["focus", "anna"], (YES, NO, NO, NO), own_action=LOOSEN, action=OTHERS,
        before=[("anna", "Focus", "sxs", "delta", 600, "")], after=[end_pass("anna", "focus")]),
    Row("Forget", "forget one's own past", "ssss", ["", "", "2020-01-01", "2020-01-02"], (WHOSE, YES, YES, WHOSE)),
    Row("Forget", "forget Anna's past", "ssss", ["anna", "", "2020-01-01", "2020-01-02"], FOR_ANNA, action=OTHERS),
    Row("Reload", "have the files read again", "", [], (YES, NO, NO, NO), own_action=RELOAD, action=RELOAD),
    Row("ShareOwn", "what this device tells its household", "as", [[]], (YES, NO, NO, NO), share=YES),
    Row("ShareOthers", "what other devices tell", "sssxa(sa(xx))", ["phone", "anna", "2026-11-23", 0, []],
        (YES, NO, NO, NO), share=YES),
    Row("SharePasses", "what was declared on other devices", "sssxa(ssxx)", ["phone", "anna", "2026-11-23", 0, []],
        (YES, NO, NO, NO), share=YES),
]
STANDARD = "org.freedesktop.DBus."
PROPERTIES = STANDARD + "Properties"
READABLE = ["Version", "Day"]
PROPERTY_ROWS = [
    *(Row("Get", f"read the property {name}", "ss", [INTERFACE, name], (YES, YES, YES, YES), interface=PROPERTIES)
      for name in READABLE),
    Row("GetAll", "read all properties", "s", [INTERFACE], (YES, YES, YES, YES), interface=PROPERTIES),
    Row("Introspect", "see what there is", "", [], (YES, YES, YES, YES), interface=STANDARD + "Introspectable"),
    Row("Ping", "ask whether somebody is there", "", [], (YES, YES, YES, YES), interface=STANDARD + "Peer"),
    Row("GetMachineId", "ask for the machine's id", "", [], (YES, YES, YES, YES), interface=STANDARD + "Peer"),
]
WRITE = Row("Set", "write a property", "", [], (NO, NO, NO, NO))
SIGNAL_ROWS = [Row(name, "a signal about Anna", "", [], (YES, YES, NO, NO), export=YES)
               for name in ("Changed", "Warned", "Refused")]
# without a word about anybody, to who called ShareOwn; on the system bus to the last one alone
SHARED = Row("Shared", "the signal that there is news to share", "", [], (YES, NO, NO, NO), share=YES)
STANDARD_INTERFACES = {STANDARD + name for name in ("Introspectable", "Peer", "Properties")}


def answer_of(error):
    return YES if error is None else NO if error == DENIED else WHOSE if error == NO_PERSON else error


def packaged_rules():
    """Which accounts the packaged rules of polkit let do what, in this program's names."""
    found = re.findall(r'subject\.user == "([\w-]+)" && action\.id == "(org\.focusd1\.[\w-]+)"\)\s*return polkit.Result.YES',
                       RULES.read_text())
    assert len(found) == RULES.read_text().count("org.focusd1."), f"a rule that is not understood; so far {found}"
    return [(pwd.getpwnam(user).pw_uid, action) for user, action in found]


class Hall:
    """Everybody, connected in every way there is."""

    def __init__(self, private, system):
        self.rising = itertools.count(1)
        self.polkit = Polkit(system, packaged_rules())
        self.private, self.system = private, system
        self.root, self.root_bus = self.both_ways(0)
        self.anna, self.anna_bus = self.both_ways(ANNA)
        self.ben, self.ben_bus = self.both_ways(BEN)
        self.clara, self.clara_bus = self.both_ways(CLARA)
        self.hook, self.sharer, self.exporter = (
            pwd.getpwnam("focusd" + name).pw_uid for name in ("-dns", "-share", "-export"))
        self.share, self.share_bus = self.both_ways(self.sharer)
        self.export, self.export_bus = self.both_ways(self.exporter)
        # (the bus daemon of the reference lets nobody in whose account does not exist)
        self.strangers = [(f"account {STRANGER}, own socket", Caller(STRANGER, private, peer=True)),
                          (f"account {self.hook}, own socket", Caller(self.hook, private, peer=True)),
                          (f"account {self.hook}, system bus", Caller(self.hook, system))]
        # how a message would call itself to be taken for root's, for the bus daemon's or for the keeper's own
        self.senders = [":1.0", NAME, "org.freedesktop.DBus"]

    def both_ways(self, uid):
        return Caller(uid, self.private, peer=True), Caller(uid, self.system)

    def by_name(self, name):
        return {"root": self.root, "anna": self.anna, "ben": self.ben}[name]


failures, cells = [], 0


def check(row, who, found, expected, detail=""):
    global cells
    cells += 1
    if found != expected:
        failures.append(f"{row.method} ({row.what}), {who}: found {found}, expected {expected} {detail}")


def leaks(row, who, text, other):
    """What somebody gets to read does not name another, nor what only they have said."""
    if re.search(rf"\b{other}\b|{other}'s secret", text):
        failures.append(f"{row.method} ({row.what}), {who}: it tells of {other}: {text[:300]}")


def run_calls(hall, calls):
    for name, method, signature, *arguments in calls:
        yield hall.by_name(name).call(method, signature, *[a(hall) if callable(a) else a for a in arguments])


@contextlib.contextmanager
def made_ready(hall, row):
    for error, text in run_calls(hall, row.before):
        assert error is None, f"{row.what}: can't make ready: {error} {text}"
    yield
    list(run_calls(hall, row.after))


def called(hall, row, who, caller, expected, asks=None, **more):
    """One cell; asks: the action that polkit is asked, of whom."""
    hall.polkit.asked()
    error, text = caller.call(row.method, row.signature, *row.values(hall), interface=row.interface, **more)
    asked = hall.polkit.asked()
    check(row, who, answer_of(error), expected, text[:200])
    check(row, who + ": what polkit is asked", asked, [asks] if asks else [])
    return text if error is None else ""


def attempt(hall, row, *cell, **more):
    """The same, made ready and cleared up."""
    with made_ready(hall, row):
        return called(hall, row, *cell, **more)


def try_row(hall, row):
    hall.polkit.answers("no")
    for way, caller in (("own socket", hall.root), ("system bus", hall.root_bus)):
        attempt(hall, row, f"root, {way}", caller, row.root)
    for way, caller in (("own socket", hall.anna), ("system bus", hall.anna_bus)):
        asks = (ANNA, row.own_action) if row.anna == NO and caller is hall.anna_bus and row.own_action else None
        leaks(row, f"anna, {way}", attempt(hall, row, f"anna, {way}", caller, row.anna, asks), "ben")
    for way, caller in (("own socket", hall.ben), ("system bus", hall.ben_bus)):
        asks = (BEN, row.action) if row.ben == NO and caller is hall.ben_bus and row.action else None
        leaks(row, f"ben, {way}", attempt(hall, row, f"ben, {way}", caller, row.ben, asks), "anna")
    with made_ready(hall, row):
        try_nobodies(hall, row)
        try_accounts(hall, row)
    for sender in hall.senders:
        attempt(hall, row, f"ben who calls himself {sender}, own socket", hall.ben, row.ben, sender=sender)
    try_polkit(hall, row)


# These may nothing that has to be made ready: once is enough.

def try_nobodies(hall, row):
    for who, caller in [("clara, own socket", hall.clara), *hall.strangers]:
        uid = int(who.split()[1].rstrip(",")) if who.startswith("account") else CLARA
        asks = (uid, row.action) if row.nobody == NO and "bus" in who and row.action else None
        text = called(hall, row, who, caller, row.nobody, asks)
        for name in ("anna", "ben"):
            leaks(row, who, text, name)


def try_accounts(hall, row):
    """Those of the package's own programs."""
    asks = (hall.exporter, row.action) if row.nobody == NO and row.action else None
    for way, caller in (("own socket", hall.share), ("system bus", hall.share_bus)):
        called(hall, row, f"focusd-share, {way}", caller, row.share)
    called(hall, row, "focusd-export, own socket", hall.export, row.nobody)  # where no polkit is asked
    called(hall, row, "focusd-export, system bus", hall.export_bus, row.export, asks)


def try_polkit(hall, row):
    may = row.action is not None and row.nobody == NO
    asks = (CLARA, row.action) if may else None
    attempt(hall, row, "clara, polkit says no", hall.clara_bus, row.nobody, asks)
    hall.polkit.answers("yes")
    # without a person of her own, "oneself" is everybody to an administrator who looks, and nobody else
    expected = row.root if may else row.nobody
    attempt(hall, row, "clara, polkit says yes", hall.clara_bus, expected, asks)
    own = row.own_action is not None and row.anna == NO
    attempt(hall, row, "anna, polkit says yes", hall.anna_bus, YES if own else row.anna,
            (ANNA, row.own_action) if own else None)


def try_bad(hall, row):
    """Arguments of another kind than the method takes are refused before anybody looks at them."""
    others = set() if "a" in row.signature else {row.signature + "s", row.signature.replace("s", "x", 1)}
    for signature in ({"", "t"} | others) - {row.signature}:
        arguments = ["anna" if kind == "s" else 1 for kind in signature]
        error, text = hall.root.call(row.method, signature, *arguments, interface=row.interface)
        check(row, f"root with ({signature})", error, "org.freedesktop.DBus.Error.InvalidArgs", text)


def try_without_polkit(hall):
    hall.polkit.end()
    for row in ROWS:
        with made_ready(hall, row):
            for who, caller in (("clara", hall.clara_bus), ("focusd-export", hall.export_bus)):
                error, text = caller.call(row.method, row.signature, *row.values(hall))
                check(row, who + ", no polkit", answer_of(error), row.nobody, text[:200])
    hall.polkit.start()


def try_properties(hall):
    everybody = [hall.root, hall.root_bus, hall.anna, hall.anna_bus, hall.ben, hall.ben_bus, hall.clara,
                 hall.clara_bus, hall.export, hall.export_bus, *(caller for _, caller in hall.strangers)]
    for who, callers in (("anybody", everybody), ("focusd-share", [hall.share, hall.share_bus])):
        for caller in callers:
            for row in PROPERTY_ROWS:
                error, text = caller.call(row.method, row.signature, *row.values(hall), interface=row.interface)
                check(row, who, answer_of(error), row.share if who == "focusd-share" else row.nobody, text)
            for name in READABLE:  # sd-bus says in these words that nobody may write it
                error, text = caller.call("Set", "ssv", INTERFACE, name, {"variant": "s"}, interface=PROPERTIES)
                check(WRITE, f"{who}: {name}", error, DENIED if who == "focusd-share" else
                      "org.freedesktop.DBus.Error.PropertyReadOnly", text)


def check_members(hall):
    """Every member of the object has its rows, and nothing else is at any other place."""
    for caller in (hall.root, hall.anna_bus):
        _, text = caller.call("Introspect", interface=STANDARD + "Introspectable")
        node = ET.fromstring(text[text.index("<node"):text.rindex("</node>") + 7].replace("\\n", "\n"))
        interfaces = {i.get("name"): i for i in node.findall("interface")}
        members = interfaces.pop(INTERFACE)
        for kind, known in (("method", {row.method for row in ROWS}), ("signal", {row.method for row in [*SIGNAL_ROWS, SHARED]}),
                            ("property", set(READABLE))):
            found = {m.get("name") for m in members.findall(kind)}
            if found != known:
                failures.append(f"{kind}: without a row, or a row without it: {sorted(found ^ known)}")
        if set(interfaces) != STANDARD_INTERFACES:
            failures.append(f"interfaces: {sorted(interfaces)}")
        _, text = caller.call("Introspect", interface=STANDARD + "Introspectable", path="/")
        nodes = re.findall(r'<node name="([^"]*)"', text)
        if not set(nodes) <= {"org", PATH[1:]}:
            failures.append(f"objects: {nodes}")


def try_names(hall):
    """The bus daemon's part (packaging/dbus): nobody else is the keeper."""
    row = Row("RequestName", "be the keeper", "su", [NAME, 4], (NO, NO, NO, NO))
    for who, caller in (("anna", hall.anna_bus), ("clara", hall.clara_bus), ("focusd-share", hall.share_bus),
                        ("focusd-export", hall.export_bus), *hall.strangers):
        if "own socket" not in who:
            error, text = caller.call("RequestName", "su", NAME, 4, to="org.freedesktop.DBus",
                                      path="/org/freedesktop/DBus", interface="org.freedesktop.DBus")
            check(row, who, answer_of(error), NO, text)
    error, text = hall.anna_bus.call("Anything", interface="org.example.Other")
    check(Row("Anything", "another interface", "", [], (NO,) * 4), "anna", answer_of(error), NO, text)


class Ears:
    """What each of these, (who, caller), hears from now on."""

    def __init__(self, those):
        self.those = those
        self.heard = {caller: [] for _, caller in those}
        self.listen()
        for heard in self.heard.values():
            heard.clear()

    def listen(self):
        """Until an answer: it comes after whatever was sent before."""
        for _, caller in self.those:
            caller.call("Ping", interface=STANDARD + "Peer")
            self.heard[caller] += caller.heard()

    def names(self, caller):
        """Of what is about Anna, or nobody."""
        return {name for name, body in self.heard[caller] if not body or body[0] == "anna"}

    def wait(self, cause, those, names):
        def all_there():
            self.listen()
            return all(self.names(caller) >= names for _, caller in those)

        wait_for(lambda: f"{names} by {cause}; so far {[(who, self.names(c)) for who, c in those]}", all_there)
        self.listen()

    def check(self, row, hears):
        for who, caller in self.those:
            check(row, who, YES if row.method in self.names(caller) else NO, YES if (who, caller) in hears else NO)


def try_signals(hall, cause):
    """Each signal about anna, for real: root, she and focusd-export hear it, by every way, and nobody else."""
    hears = [("root", hall.root), ("root", hall.root_bus), ("anna", hall.anna), ("anna", hall.anna_bus),
             ("focusd-export", hall.export_bus)]
    own = [("ben", hall.ben), ("ben", hall.ben_bus)]
    # Clara was let in before, by polkit, and has come anew
    deaf = [("clara", Caller(CLARA, hall.private, peer=True)), ("clara", Caller(CLARA, hall.system)),
            ("focusd-export, own socket", hall.export), ("focusd-share", hall.share), ("focusd-share", hall.share_bus),
            *hall.strangers]
    for _, caller in hears + own:
        error, text = caller.call("Subscribe", "s", "")
        assert error is None, text
    ears = Ears(hears + own + deaf)
    with subprocess.Popen(cause, start_new_session=True) as going_on:
        ears.wait("what goes on", hears, {row.method for row in SIGNAL_ROWS})
        os.killpg(going_on.pid, signal.SIGTERM)
    ears.listen()
    for row in SIGNAL_ROWS:
        ears.check(row, hears)
    for who, caller in deaf:
        rest = [s for s in ears.heard[caller] if who != "focusd-share" or s[0] != SHARED.method]
        if rest:
            failures.append(f"{who} hears {rest}")


def try_shared(hall):
    """There is news: what called ShareOwn hears of it, on the system bus who called last; and nobody else."""
    everybody = [("root", hall.root), ("root", hall.root_bus), ("focusd-share", hall.share),
                 ("focusd-share", hall.share_bus), ("anna", hall.anna), ("anna", hall.anna_bus), ("ben", hall.ben),
                 ("ben", hall.ben_bus), ("clara", hall.clara), ("clara", hall.clara_bus),
                 ("focusd-export", hall.export), ("focusd-export", hall.export_bus), *hall.strangers]
    for last in ("root", hall.root_bus), ("focusd-share", hall.share_bus):
        for _, caller in (*everybody[:4], last):
            error, text = caller.call("ShareOwn", "as", [])
            assert error is None, text
        hears = [("root", hall.root), ("focusd-share", hall.share), last]
        ears = Ears(everybody)
        error, text = hall.ben.call("Declare", "ssxss", "ask", "beta", 60, "please", "")
        assert error is None, text
        ears.wait("a request", hears, {SHARED.method})
        ears.check(SHARED, hears)
        list(run_calls(hall, [end_pass("ben")]))


def try_broken(hall, path):
    """With a mistake where the file is about anna, and after a try of hers to encrypt her look-ups: root is told of both,
    others of neither."""
    with open(path, "a", encoding="utf-8") as f:
        f.write("[person anna site alpha]\nlimit = soon\n")
    error, text = hall.root.call("Reload")
    assert error and "focusd.conf:" in text, text
    rows = [row for row in ROWS if row.what in ("one's own present", "one's own events") or row.method == "Examine"]
    told = {row.method: hall.root.call(row.method, row.signature, *row.arguments)[1] for row in rows}
    assert "focusd.conf:" in told["GetStatus"] and "anna's programs tried" in told["Examine"], told
    for who, caller in (("ben", hall.ben), ("ben", hall.ben_bus), ("clara", Caller(CLARA, hall.system)), *hall.strangers):
        for row in rows:
            text = caller.call(row.method, row.signature, *row.arguments)[1]
            if re.search(r"\banna\b|focusd\.conf:|\bsoon\b|programs tried|encrypted-dns", text):
                failures.append(f"{row.method}, {who}, with a mistake in the file: it tells of it: {text}")
    own = "\n".join(hall.anna.call(row.method, row.signature, *row.arguments)[1] for row in rows)
    own += hall.anna.call("SetLimit", "ssxs", "delta", "week", 1, "")[1]
    if re.search(r"focusd\.conf:|\bsoon\b", own) or "anna's programs tried" not in own or "it can't be written" not in own:
        failures.append(f"anna, with a mistake in the file: {own}")


def actions(row):
    """Of polkit's, as the table has them."""
    short = [a.removeprefix("org.focusd1.") for a in (row.own_action, row.action) if a]
    return short[0] if len(set(short)) == 1 else ", ".join(short) if short else ""


def table():
    lines = ["| | | root | Anna | Ben | others | focusd-share | focusd-export | polkit |", "|---" * 9 + "|"]
    lines += [f"| {row.method} | {row.what} | {row.root} | {row.anna} | {row.ben} | {row.nobody} | {row.share} "
              f"| {row.export} | {actions(row)} |" for row in [*ROWS, *PROPERTY_ROWS, WRITE, *SIGNAL_ROWS, SHARED]]
    return "\n".join(line.replace("|  |", "| |") for line in lines)


def run(private, system, cause):
    hall = Hall(private, system)
    check_members(hall)
    for row in ROWS:
        try_row(hall, row)
        try_bad(hall, row)
    try_without_polkit(hall)
    try_properties(hall)
    try_names(hall)
    try_signals(hall, cause)
    try_shared(hall)
    try_broken(hall, os.environ["WHO_CONFIG"])
    for line in failures:
        print(line)
    print(f"{cells} cells, {len(failures)} not as they should be")
    return 1 if failures else 0


if __name__ == "__main__":
    if sys.argv[1] == "print":
        print(table())
    else:
        sys.exit(run(sys.argv[2], sys.argv[3], sys.argv[4:]))
