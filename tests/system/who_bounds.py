"""Callers who mean harm: who_bounds.py PRIVATE SYSTEM KEEPER-PID

Bytes that are no D-Bus, names that look like paths and lines of a configuration, texts without end, and more of everything
than one account may have: the keeper serves everybody else, and neither grows nor writes elsewhere.
"""
import os
import random
import socket
import struct
import sys

from who_bus import DENIED, INTERFACE, NAME, PATH, Caller, Polkit, connect_raw, send_call

ANNA, BEN, CLARA = 2001, 2002, 2003
LIMITS = "org.freedesktop.DBus.Error.LimitsExceeded"
QUESTIONS_EACH, LISTENERS_EACH = 4, 16  # daemon/polkit.c, daemon/bus-signals.c
GROWS_KB = 32 << 10                     # more than this is a leak or a flood; what is freed may stay the allocator's
private, system, keeper = sys.argv[1], sys.argv[2], int(sys.argv[3])
socket_path = private.removeprefix("unix:path=")


def resident_kb():
    with open(f"/proc/{keeper}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))


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
CALLS = [("GetStatus", "s"), ("GetEvents", "sxu"), ("Explain", "sss"), ("GetReport", "ssss"), ("GetSittings", "sss"),
         ("Forget", "ssss"), ("SetLimit", "ssxs"), ("FindHost", "s"), ("Probe", "s"), ("Declare", "ssxss"),
         ("Focus", "sxs"), ("Grant", "xss"), ("Cancel", "ss"), ("ListDeclared", "s"), ("GetPending", "s"),
         ("CancelPending", "s"), ("Subscribe", "s"), ("Habit", "s"), ("Instead", "s"), ("Allowance", "s")]
WORDS = {"SetLimit": ["alpha", "day", "anna"], "Declare": ["ask", "beta", "why", "anna"], "Focus": ["alpha", "anna"],
         "Forget": ["anna", "alpha", "", ""], "Explain": ["anna", "alpha", ""], "Grant": ["anna", "beta"],
         "Cancel": ["beta", "anna"]}


def names_that_mean_more():
    n = 0
    for method, signature in CALLS:
        texts = signature.count("s")
        good = WORDS.get(method, [""] * texts)
        for at in range(texts):
            for name in NAMES:
                words = iter(good[:at] + [name] + good[at + 1:])
                arguments = [next(words) if kind == "s" else 60 for kind in signature]
                for caller in (root, anna):
                    error, text = caller.call(method, signature, *arguments)
                    assert len(text) < 20000, f"{method}: an answer of {len(text)} bytes to {name[:40]!r}"
                    assert len(name) <= 4096 or error == LIMITS, f"{method}: {error} {text[:200]}"
                    assert error is None or not error.startswith("lost"), f"{method}: {name[:40]!r}: {error}"
                    n += 1
    serves("names")
    print(f"ok: {n} calls with names that mean more")


# 3. More than one account may have.
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


bytes_that_are_no_dbus()
grown_from, files = resident_kb(), n_files()
names_that_mean_more()
connections()
listeners()
questions()
unread()
expect("no descriptor is left", n_files() <= files, True)
assert resident_kb() - grown_from < GROWS_KB, f"the keeper has grown by {resident_kb() - grown_from} kB"
print(f"ok: the keeper has grown by {resident_kb() - grown_from} kB")
