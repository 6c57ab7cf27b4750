"""Callers who mean harm: who_bounds.py PRIVATE SYSTEM KEEPER-PID STATE DROP-IN

Bytes that are no D-Bus, names that look like paths and lines of a configuration, texts without end, and more of everything
than one account may have, or anybody say: the keeper serves everybody else, and neither grows, in memory or on the disk,
nor writes elsewhere.
"""
import os
import pathlib
import random
import re
import socket
import struct
import sys
import time
import xml.etree.ElementTree as ET

from who_bus import DENIED, INTERFACE, NAME, PATH, Caller, Polkit, connect_raw, send_call

ANNA, BEN, CLARA = 2001, 2002, 2003
LIMITS = "org.freedesktop.DBus.Error.LimitsExceeded"
BAD_CONFIG, BAD_VALUE = "org.focusd1.Error.BadConfig", "org.freedesktop.DBus.Error.InvalidArgs"
QUESTIONS_EACH, LISTENERS_EACH = 4, 16  # daemon/polkit.c, daemon/bus-signals.c
GROWS_KB = 32 << 10                     # more than this is a leak or a flood; what is freed may stay the allocator's
CHANGES_EACH = 200                      # daemon/core/budget.h
STRETCHES_EACH, OTHERS = 1440, 64       # daemon/core/household.h
TOLD, TOLD_CALL = 4096, 100             # daemon/core/told-passes.h
# SQLite's log is 4 MB before it is written over, and as much is in the file; what devices say, 1.6 MB, is there twice
STATE_KB = 10 << 10
DROPIN_BYTES = 16 << 10                 # a line for each limit of each person, and for each device
private, system, keeper = sys.argv[1], sys.argv[2], int(sys.argv[3])
state, dropin = pathlib.Path(sys.argv[4]), pathlib.Path(sys.argv[5])
socket_path = private.removeprefix("unix:path=")


def resident_kb():
    with open(f"/proc/{keeper}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))


def state_kb():
    """On the disk; of files that may go meanwhile."""
    sizes = []
    for path in state.rglob("*"):
        try:
            sizes.append(path.stat().st_blocks // 2)
        except FileNotFoundError:
            pass
    return sum(sizes)


def dropin_bytes():
    return dropin.stat().st_size if dropin.exists() else 0


def n_files():
    return len(os.listdir(f"/proc/{keeper}/fd"))


def expect(what, found, expected):
    assert found == expected, f"{what}: found {found}, expected {expected}"
    print(f"ok: {what}")


root, anna = Caller(0, private, peer=True), Caller(ANNA, private, peer=True)


def serves(what):
    for caller in (root, anna):
        error, text = caller.call("GetStatus", "s", "")
        assert error is None, f"after {what}: {error} {text}"


# 1. Bytes that are no D-Bus, before and after the greeting.
def header(kind=1, endian=b"l", version=1, body=0, serial=1, fields=b""):
    return struct.pack("<cBBBIII", endian, kind, 0, version, body, serial, len(fields)) + fields


def text_field(code, signature, text):
    data = text.encode("utf-8", "surrogateescape")
    return bytes([code, 1]) + signature + b"\0" + struct.pack("<I", len(data)) + data + b"\0"


def padded(*fields):
    out = b""
    for f in fields:
        out += b"\0" * (-len(out) % 8) + f
    return out


def to_method(name):
    return padded(text_field(1, b"o", PATH), text_field(2, b"s", INTERFACE), text_field(3, b"s", name))


def whole(message):
    return message + b"\0" * (-len(message) % 8)


chance = random.Random(7)
NOISE = [chance.randbytes(n) for n in (1, 16, 17, 100, 4000)]
BEFORE = [b"", b"\0", b"AUTH EXTERNAL 30\r\n", b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n", b"\0AUTH\r\n" * 1000, b"\0" + b"A" * 100000,
          b"\0AUTH ANONYMOUS\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", *NOISE]
AFTER = [
    *NOISE,
    header(endian=b"x"), header(version=9), header(kind=0), header(kind=77), header(serial=0),
    header(body=0x7fffffff), header(body=0xffffffff), header(fields=b"\xff" * 64),
    struct.pack("<cBBBIII", b"l", 1, 0, 1, 0, 1, 0xffffffff),
    struct.pack(">cBBBIII", b"B", 1, 0, 1, 0x7ffffff, 1, 0x3ffffff),
    whole(header(fields=to_method("GetStatus"))),                             # no argument where there is one
    whole(header(fields=to_method("Get\xffStatus"))), whole(header(fields=to_method("../../etc/passwd"))),
    whole(header(fields=to_method("A" * 300))), whole(header(fields=padded(text_field(1, b"o", "//")))),
    whole(header(kind=2, fields=to_method("GetStatus"))), whole(header(kind=4, fields=to_method("Changed"))),
    whole(header(fields=padded(to_method("GetStatus"), text_field(8, b"g", "s")), body=8)) + b"\xff\xff\xff\xff\0\0\0\0",
    whole(header(fields=padded(to_method("GetStatus"), text_field(8, b"g", "a" * 200)), body=8)) + b"\0" * 8,
]


def bytes_that_are_no_dbus():
    for greeted, all_of_it in ((False, BEFORE), (True, AFTER)):
        for data in all_of_it:
            s = connect_raw(socket_path, BEN, greeted)
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                s.settimeout(20)
                while s.recv(1 << 16):
                    pass
            except OSError:
                pass  # it is let go at once, which is well
            s.close()
            serves(data[:40])
    print(f"ok: {len(BEFORE) + len(AFTER)} kinds of bytes that are no D-Bus")


# 2. Names that mean more than they say.
NAMES = ["../../../etc/cron.d/x", "/etc/passwd", "alpha\n[site beta]\nlimit = none per day", "alpha]", "%s%n%99999d", "\x01\x1b[2J",
         "anna/../../x", "90-focusctl.conf", "'; DROP TABLE event; --", "x" * 4096, "x" * 4097, "y" * (1 << 20)]
# Each with arguments that would do, so far as there are any: every text of them is a name in turn.
CALLS = {
    "GetStatus": ("s", ""), "GetEvents": ("sxu", "", 60, 60), "Explain": ("sss", "anna", "alpha", ""),
    "GetReport": ("ssss", "", "", "", ""), "GetSittings": ("sss", "", "", ""), "Habit": ("s", ""), "Instead": ("s", ""),
    "Allowance": ("s", ""), "ListDeclared": ("s", ""), "GetPending": ("s", ""), "CancelPending": ("s", ""),
    "Subscribe": ("s", ""), "Probe": ("s", ""), "FindHost": ("s", ""), "Examine": ("",), "ListSites": ("",),
    "GetGateway": ("",), "ListDevices": ("",), "Reload": ("",), "Forget": ("ssss", "anna", "alpha", "", ""),
    "SetLimit": ("ssxs", "alpha", "day", 60, "anna"), "Declare": ("ssxss", "ask", "beta", 60, "why", "anna"),
    "Focus": ("sxs", "alpha", 60, "anna"), "Grant": ("xss", 60, "anna", "beta"), "Cancel": ("ss", "beta", "anna"),
    "AssignDevice": ("ss", "02:00:00:00:00:01", "anna"), "ShareOwn": ("as", ["a problem"]),
    "ShareOthers": ("sssxa(sa(xx))", "phone", "anna", "2026-11-23", 0, [("alpha", [(60, 120)])]),
    "SharePasses": ("sssxa(ssxx)", "phone", "anna", "2026-11-23", 0, [("pass", "beta", 60, 120)]),
}
ANSWER_MAX = {"ListSites": 200000}  # of bytes; others have less to say


def every_method_is_called():
    _, text = root.call("Introspect", interface="org.freedesktop.DBus.Introspectable")
    node = ET.fromstring(text[text.index("<node"):text.rindex("</node>") + 7].replace("\\n", "\n"))
    methods = {m.get("name"): "".join(a.get("type") for a in m.findall("arg") if a.get("direction") == "in")
               for m in node.findall(f"interface[@name='{INTERFACE}']/method")}
    expect("every method is called with names", {method: call[0] for method, call in CALLS.items()}, methods)


def with_names(value, name):
    """That value with one of its texts after the other replaced, and whether that is within a list."""
    if isinstance(value, str):
        yield name, False
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            for other, _ in with_names(item, name):
                yield type(value)([*value[:i], other, *value[i + 1:]]), True


def calls_with(method, name):
    signature, *good = CALLS[method]
    for i, value in enumerate(good):
        for other, listed in with_names(value, name):
            yield signature, [*good[:i], other, *good[i + 1:]], listed


def call_with_name(caller, method, name, call):
    signature, arguments, listed = call
    error, text = caller.call(method, signature, *arguments)
    what = f"{method} with {name[:40]!r}: {error} {text[:200]}"
    assert len(text) < ANSWER_MAX.get(method, 20000), f"an answer of {len(text)} bytes: {what}"
    assert error is None or not error.startswith("lost"), what
    # lists are those of the household's alone: judged, and cut or refused, by who reads them
    assert len(name) <= 4096 or listed or error == LIMITS, what
    assert not method.startswith("Share") or caller is root or error in (DENIED, LIMITS), what


def names_that_mean_more():
    n = 0
    for method in CALLS:
        for name in NAMES:
            for call in calls_with(method, name):
                for caller in (root, anna):
                    call_with_name(caller, method, name, call)
                    n += 1
        serves(f"{method} with names")
    print(f"ok: {n} calls with names that mean more")


CHANGE = ("SetLimit", "AssignDevice", "Reload")  # each has all files read again


def again_and_again():
    """Everything, and most of it allowed: the last answer is as long as the first ones."""
    lengths = {}
    for i in range(8):
        for method, (signature, *arguments) in CALLS.items():
            for caller in (root, anna):
                if method not in CHANGE or i < 2:
                    _, text = caller.call(method, signature, *arguments)
                    lengths.setdefault((method, caller is root), []).append(len(text))
    for (method, by_root), of_it in lengths.items():
        # (two lists are of what was done on the day)
        assert max(of_it) < ANSWER_MAX.get(method, 20000), f"{method}: {max(of_it)} bytes"
        assert method in ("GetEvents", "ListDeclared") or of_it[-1] <= max(of_it[:2]) + 100, \
            f"{method} by {'root' if by_root else 'anna'}: {of_it}"
    print("ok: no answer grows")


# 3. More than anybody may say.
def changes():
    """One account's of a day: what they leave on the disk has an end. (Forgetting is one that costs least.)"""
    for n in range(CHANGES_EACH + 1):
        error, text = anna.call("Forget", "ssss", "anna", "alpha", "2020-01-01", "2020-01-02")
        if error == LIMITS:
            break
        assert error is None, f"{error} {text}"
    expect("one account's changes end", error, LIMITS)
    expect("with limits, too", anna.call("SetLimit", "ssxs", "alpha", "week", 60, "")[0], LIMITS)


def limits():
    """One line for each, however often it is changed."""
    sizes = []
    for n in range(10):
        error, text = root.call("SetLimit", "ssxs", "alpha", "week", 300000 - n * 60, "")
        assert error is None, f"{error} {text}"
        sizes.append(dropin_bytes())
    assert max(sizes) - min(sizes) < 40, f"the drop-in: {sizes}"
    print(f"ok: limits take no more lines ({sizes[-1]} bytes)")


def devices():
    """Anna has all that she may but two: one was called before, the others are in the configuration."""
    before = dropin_bytes()
    answers = [root.call("AssignDevice", "ss", f"02:00:00:00:01:{n:02x}", "anna")[0] for n in range(4)]
    expect("one person's devices end", answers, [None, None, BAD_CONFIG, BAD_CONFIG])
    most = dropin_bytes()
    assert most < before + 3 * 64, f"two devices: {before} to {most} bytes"
    for n in (0, 2):  # one that is hers, one that is nobody's
        error, text = root.call("AssignDevice", "ss", f"02:00:00:00:01:{n:02x}", "")
        assert error is None, f"device {n} is nobody's: {error} {text}"
    assert dropin_bytes() < most, f"one device less: {most} to {dropin_bytes()} bytes"
    print(f"ok: a device is a line ({most - before} bytes for two)")


def household():
    """What devices say: the broker's word for it, of as many as it likes, and of people who are none."""
    _, day = root.call("Get", "ss", INTERFACE, "Day", interface="org.freedesktop.DBus.Properties")
    day = re.search(r"\d{4}-\d\d-\d\d", day).group()
    now = time.time_ns() // 1000

    def told(method, signature, n, of_it):
        answers = [root.call(method, signature, f"device{i}", "anna" if i < 4 else f"x{i}", day, 0, of_it)[0]
                   for i in range(n)]
        assert set(answers) == {None, BAD_VALUE}, answers
        return answers.count(None)

    stretches = [(now - 20 * (n + 1) * 1000000, now - (20 * n + 10) * 1000000) for n in range(STRETCHES_EACH)]
    expect("so many devices are heard", told("ShareOthers", CALLS["ShareOthers"][0], OTHERS + 8, [("alpha", stretches)]), OTHERS)
    passes = [("pass", "beta", now - (n + 1) * 1000000, now - n * 1000000) for n in range(TOLD_CALL)]
    expect("and so many passes", told("SharePasses", CALLS["SharePasses"][0], TOLD // TOLD_CALL + 8, passes), TOLD // TOLD_CALL)
    problems = [f"problem {n} " + "x" * 4000 for n in range(1000)]
    expect("problems are told", root.call("ShareOwn", "as", problems)[0], None)
    _, text = root.call("GetStatus", "s", "")
    assert len(text) < 20000, f"a status of {len(text)} bytes"
    # cut within a letter, it would be no text any more, and nobody would have a status
    for n in range(2):
        expect("in any letters", root.call("ShareOwn", "as", ["x" * n + "ä" * 400])[0], None)
        serves("problems in any letters")


# 4. More than one account may have.
def connections():
    before = n_files()
    crowd = [connect_raw(socket_path, BEN, True) for _ in range(200)]
    serves("a crowd")
    assert n_files() <= before + 8, f"{n_files() - before} of 200 connections"
    for s in crowd:
        s.close()
    print("ok: one account has eight connections at most")


def listeners():
    crowd = [Caller(BEN, system) for _ in range(LISTENERS_EACH + 4)]
    answers = [caller.call("Subscribe", "s", "")[0] for caller in crowd]
    expect("one account's listeners", (answers.count(None), answers.count(LIMITS)), (LISTENERS_EACH, 4))
    hers = Caller(ANNA, system)
    expect("another's may listen", hers.call("Subscribe", "s", "")[0], None)
    for caller in (*crowd, hers):
        caller.end()


def questions():
    """While nobody answers for polkit, as when somebody sits before a password."""
    polkit, clara = Polkit(system), Caller(CLARA, system)
    polkit.answers("silent")
    crowd = [Caller(BEN, system) for _ in range(QUESTIONS_EACH + 4)]
    for caller in crowd:
        caller.begin("GetStatus", "s", "anna")
    # what is above the bound is refused at once; the others wait
    refused = [caller for caller in crowd[QUESTIONS_EACH:] if caller.answer()[0] == DENIED]
    expect("one account's questions", (len(refused), len(polkit.asked())), (4, QUESTIONS_EACH))
    polkit.answers("yes")
    expect("another's is asked", clara.call("GetStatus", "s", "anna")[0], None)
    for caller in crowd:
        caller.kill()
    polkit.end()


def unread():
    before = resident_kb()
    s = connect_raw(socket_path, BEN, True)
    sent = 0
    try:
        s.settimeout(60)
        while sent < 1000000:
            sent += send_call(s, "ListSites")
    except OSError:
        pass
    s.close()
    serves("somebody who does not read")
    assert sent < 1000000, "who does not read is never let go"
    assert resident_kb() - before < GROWS_KB, f"{resident_kb() - before} kB more"
    print(f"ok: who does not read is let go, after {sent} questions")


every_method_is_called()
bytes_that_are_no_dbus()
grown_from, files = resident_kb(), n_files()
names_that_mean_more()
again_and_again()
limits()
devices()
household()
changes()
connections()
listeners()
questions()
unread()
expect("no descriptor is left", n_files() <= files, True)
for what, found, most in (("memory, in kB, has grown by", resident_kb() - grown_from, GROWS_KB),
                          ("state folder, in kB, is", state_kb(), STATE_KB),
                          ("drop-in, in bytes, is", dropin_bytes(), DROPIN_BYTES)):
    assert found < most, f"the keeper's {what} {found}"
    print(f"ok: the keeper's {what} {found}")
