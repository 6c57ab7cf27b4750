"""What tests/system/hostile asks and counts: hostile.client.py WHAT [DIRECT]; THROUGH is 127.0.0.1:5399."""
import multiprocessing
import os
import pathlib
import random
import resource
import select
import shlex
import socket
import statistics
import struct
import subprocess
import sys
import time

THROUGH = ("127.0.0.1", 5399)
WHAT = sys.argv[1]
random.seed(4242)


def name(text):
    return b"".join(bytes([len(l)]) + l.encode() for l in text.split(".")) + b"\0"


def query(text, kind=1, ident=None, flags=0x100, extra=b"", additional=0):
    ident = random.randrange(65536) if ident is None else ident
    return struct.pack(">6H", ident, flags, 1, 0, 0, additional) + name(text) + struct.pack(">2H", kind, 1) + extra


def exchange(where, packet, timeout=6.0):
    """The answer, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.connect(where)
        send_when_allowed(s, packet)
        try:
            return s.recv(65535)
        except (TimeoutError, ConnectionRefusedError):
            return None


def send_when_allowed(s, packet):
    """As soon as one account may: the kernel drops what is more."""
    while True:
        try:
            return s.send(packet)
        except PermissionError:
            time.sleep(0.01)


def over_tcp(where, packet, timeout=10.0):
    with socket.create_connection(where, timeout) as s:
        s.sendall(struct.pack(">H", len(packet)) + packet)
        head = s.recv(2, socket.MSG_WAITALL)
        return s.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL) if len(head) == 2 else None


def served():
    """Others are: a lease, and a name that is passed on."""
    for text, wanted in (("www.alpha.example", b"\xc6\x13\x80"), ("www.plain.example", None)):
        began = time.monotonic()
        for _ in range(3):  # as any stub does that is told to come again
            a = exchange(THROUGH, query(text), 20)
            if a and a[3] & 15 != 2:
                break
        assert a and a[3] & 15 in (0, 3), f"{text} is not answered"
        assert wanted is None or wanted in a, f"{text} has no lease"
        print(f"  {text}: {(time.monotonic() - began) * 1000:.1f} ms")


def send_all(where, packets):
    """By sockets of their own."""
    sockets = {}
    for i, packet in enumerate(packets):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(where)
        send_when_allowed(s, packet)
        sockets[s] = i
    return sockets


def settle(where):
    """What was asked before this is on its way, or refused; then, that its answers are here."""
    for _ in range(2):
        assert any(exchange(where, query("q.settled.plain.example"), 20) for _ in range(3)), "nobody is served"


def ask_all(where, packets, drops=False, at_once=64):
    """Answers in the order of the questions, some dozens at a time; drops: some get none, nor are waited for."""
    found = [None] * len(packets)
    for first in range(0, len(packets), at_once):
        waiting = send_all(where, packets[first:first + at_once])
        end = time.monotonic() + 10
        if drops:
            settle(where)
        while waiting and time.monotonic() < end:
            ready = select.select(list(waiting), [], [], 0 if drops else 0.3)[0]
            if drops and not ready:
                break
            for s in ready:
                try:
                    found[first + waiting[s]] = s.recv(65535)
                except ConnectionRefusedError:
                    pass
                waiting.pop(s)
                s.close()
        for s in waiting:
            s.close()
    return found


OPT = b"\0\0\x29\x10\0\0\0\0\0\0\0"
COOKIE = b"\0\0\x29\x10\0\0\0\x80\0\0\x0c\0\x0a\0\x08abcdefgh"


def good_questions(n):
    kinds = (1, 28, 2, 5, 6, 12, 15, 16, 33, 48, 64, 65, 99, 255, 257, 65280)
    for i in range(n):
        text = ".".join("".join(random.choice("abcXYZ019-_") for _ in range(random.randrange(1, 20)))
                        for _ in range(random.randrange(1, 5)))
        extra = random.choice((b"", OPT, COOKIE))
        yield query("q%d." % i + text + ".plain.example", random.choice(kinds),
                    flags=0x100 | random.choice((0, 0, 0x10, 0x20)), extra=extra, additional=bool(extra))


def differential(direct):
    """The same bytes by both ways, but for nothing: the id is the asker's by either."""
    packets = list(good_questions(int(os.environ.get("FOCUSD_QUERIES", "10000"))))
    by_us, by_them = ask_all(THROUGH, packets), ask_all((direct, 53), packets)
    by_tcp = packets[::40]
    by_us += [over_tcp(THROUGH, p) for p in by_tcp]
    by_them += [over_tcp((direct, 53), p) for p in by_tcp]
    packets += by_tcp
    different = [i for i, (a, b) in enumerate(zip(by_us, by_them)) if a != b]
    for i in different[:5]:
        print("asked", packets[i].hex(), "through", by_us[i] and by_us[i].hex(), "direct",
              by_them[i] and by_them[i].hex())
    unanswered = sum(a is None for a in by_them)
    print(f"  {len(packets)} questions, {len(by_tcp)} of them by TCP, {len(different)} differ, {unanswered} unanswered")
    assert not different and not unanswered


def corpus():
    folder = os.environ.get("FOCUSD_DNS_MESSAGES")
    for path in sorted(pathlib.Path(folder).rglob("*")) if folder else ():
        if path.is_file() and path.name != "INDEX.tsv" and path.stat().st_size <= 4000:
            yield path.read_bytes()


# A reader of its own of what is a message, by the standards and not by what focusd does.

def name_end(packet, at):
    """Behind the name that begins there (RFC 1035, 2.3.4 and 4.1.4): whatever it points to stands before it."""
    end, first, length = None, at, 0
    while True:
        size = packet[at]
        if size >= 0xc0:
            target = (size & 63) << 8 | packet[at + 1]
            end = at + 2 if end is None else end
            if not 12 <= target < first:
                raise ValueError("a pointer that leads nowhere")
            at = first = target
            continue
        length += 1 + size
        if size > 63 or length > 255:
            raise ValueError("a label of an unknown kind, or a name without end")
        at += 1 + size
        if size == 0:
            return at if end is None else end


def malformed(packet):
    """What is wrong with it as a query, by RFC 1035, 6891 (a second OPT) and 9619 (a second question); None also where
    these leave it open."""
    if len(packet) < 12:
        return "no header"
    if packet[2] & 0x80:
        return "an answer"
    _, flags, n_questions, *n_records = struct.unpack(">6H", packet[:12])
    if not flags & 0x7800 and n_questions > 1:
        return "two questions"
    at, options = 12, 0
    try:
        for _ in range(n_questions):
            at = name_end(packet, at) + 4
            packet[at - 1]
        for _ in range(sum(n_records)):
            at = name_end(packet, at)
            kind, _, _, size = struct.unpack(">HHIH", packet[at:at + 10])
            options += kind == 41
            at += 10 + size
            packet[at - 1]
    except (IndexError, struct.error):
        return "cut"
    except ValueError as e:
        return str(e)
    return "two OPT records" if options > 1 else None


def is_plain(packet):
    """One question, and perhaps an OPT that says nothing: nobody may call that malformed."""
    if malformed(packet) or packet[2] & 0x78 or packet[4:10] != b"\0\1\0\0\0\0":
        return False
    rest = packet[name_end(packet, 12) + 4:]
    return rest == b"" if packet[10:12] == b"\0\0" else rest[:3] + rest[9:] == b"\0\0\x29\0\0"


def crafted():
    """By what is wrong with them."""
    def header(questions=1, answers=0, authorities=0, additional=0, flags=0x100):
        return struct.pack(">6H", random.randrange(65536), flags, questions, answers, authorities, additional)

    www, end, long_label = name("www.alpha.example"), b"\0\1\0\1", b"\x3f" + b"a" * 63
    record = b"\xc0\x0c\0\1\0\1\0\0\0\0"
    return {
        "a header alone": header(), "no type": header() + www, "half a type": header() + www + b"\0",
        "half a label": header() + www[:6], "no end of the name": header() + www[:-1] + b"\1",
        "a pointer to itself": header() + b"\xc0\x0c" + end, "a pointer ahead": header() + b"\xc0\x20" + end + bytes(40),
        "a pointer into the header": header() + b"\xc0\0" + end, "a circle": header() + b"\1a\xc0\x0c" + end,
        "half a pointer": header() + b"\xc0", "a label of kind 01": header() + b"\x41a\0" + end,
        "a label of kind 10": header() + b"\x81a\0" + end, "a name of 321 bytes": header() + long_label * 5 + b"\0" + end,
        "a name of 256 bytes": header() + long_label * 3 + b"\x3e" + b"a" * 62 + b"\0" + end,
        "65535 of everything": header(65535, 65535, 65535, 65535) + www + end,
        "65535 answers": header(answers=65535) + www + end, "65535 authorities": header(authorities=65535) + www + end,
        "65535 more": header(additional=65535) + www + end,
        "two questions": header(2) + (www + end) * 2, "two questions, one there": header(2) + www + end,
        "two OPTs": header(additional=2) + www + end + OPT * 2,
        "an OPT too long": header(additional=1) + www + end + OPT[:-1] + b"\1",
        "a record too long": header(answers=1) + www + end + record + b"\0\5abcd",
        "half a record": header(answers=1) + www + end + record,
        "a record's circle": header(answers=1) + www + end + struct.pack(">H", 0xc000 + 12 + len(www + end)) + record[2:] + b"\0\0",
        "an answer": header(flags=0x8180) + www + end,
    }


def bad_questions():
    yield from corpus()
    base = query("www.alpha.example", extra=OPT, additional=1)
    for n in range(len(base)):
        yield base[:n]
    for _ in range(3000):
        packet = bytearray(random.choice((base, query("www.plain.example"))))
        for _ in range(random.randrange(1, 6)):
            packet[random.randrange(len(packet))] = random.randrange(256)
        yield bytes(packet)
    yield from crafted().values()
    for opcode in range(1, 16):
        yield query("www.alpha.example", flags=0x100 | opcode << 11)


def judge(packet, a):
    """Whatever is asked has an answer to that very id, or none; what is malformed none but FORMERR, and no more of it
    than the question; of another opcode it may be NOTIMP."""
    wrong = malformed(packet)
    if a is None:
        return "dropped"
    rcode, what = a[3] & 15, f"{packet.hex()} ({wrong}) is answered by {a.hex()}"
    assert len(a) >= 12 and a[2] & 0x80 and a[:2] == packet[:2], what
    assert wrong not in ("no header", "an answer"), what
    if packet[2] & 0x78:
        assert rcode in (1, 4), what
    elif wrong:
        assert rcode == 1, what
    if packet[2] & 0x78 or wrong:
        assert a[6:12] == bytes(6) and a[12:] in (b"", packet[12:len(a)]), what
        assert a[4:6] == (b"\0\1" if a[12:] else b"\0\0"), what
    assert not is_plain(packet) or rcode not in (1, 4), what
    return rcode


def hostile():
    packets = list(bad_questions())
    counts = {}
    for packet, a in zip(packets, ask_all(THROUGH, packets, drops=True)):
        kind = "malformed" if malformed(packet) else "plain" if is_plain(packet) else "else"
        of_it = counts.setdefault(kind, {})
        said = judge(packet, a)
        of_it[said] = of_it.get(said, 0) + 1
    print(f"  {len(packets)} messages:", counts)
    assert counts["malformed"].get(1), "nothing is refused"
    for what, packet in crafted().items():
        assert malformed(packet), f"{what} is nothing wrong"
        hostile_by_tcp(packet)
    served()


def hostile_by_tcp(packet):
    """A good question comes behind it: what comes back is told in that order, or the connection ends."""
    good = query("www.alpha.example")
    with socket.create_connection(THROUGH, 20) as s:
        for message in (packet, good):
            s.sendall(struct.pack(">H", len(message)) + message)
        while True:
            head = s.recv(2, socket.MSG_WAITALL)
            if len(head) < 2:
                return
            a = s.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
            if a[:2] == good[:2]:
                return
            judge(packet, a)


def addresses(packet):
    """The A records at the end of a reply of ours, which compresses its names to two bytes."""
    return [packet[i + 12:i + 16] for i in range(len(packet) - 15)
            if packet[i:i + 6] == b"\xc0\x0c\0\1\0\1" and packet[i + 10:i + 12] == b"\0\4"]


def forged():
    for text in ("forged.plain.example", "otherport.plain.example", "forged.alpha.example",
                 "otherport.alpha.example", "othercase.plain.example", "othercase.alpha.example"):
        for i in range(1 if "alpha" in text else 20):
            a = exchange(THROUGH, query(text))
            assert a and a[3] & 15 == 0, f"{text}: no answer"
            got = addresses(a)
            good = b"\xc6\x13" if "alpha" in text else b"\xc0\0\2\x50"
            assert len(got) == 1 and got[0].startswith(good), f"{text}: {got}"


def own_letters(text):
    """An answer with a true address, in the letters of the question."""
    q = query(text)
    a = exchange(THROUGH, q)
    assert a and a[3] & 15 == 0, f"{text}: {a and a.hex()}"
    assert a[12:len(q)] == q[12:], f"{text} comes back as {a[12:len(q)]}"
    good = b"\xc6\x13" if "alpha" in text.lower() else b"\xc0\0\2\x50"
    assert [x.startswith(good) for x in addresses(a)] == [True], f"{text}: {addresses(a)}"


def capitals(text):
    """How many capital letters the upstream saw in a question, by what it answers."""
    a = exchange(THROUGH, query(text))
    return addresses(a)[0][3] - 100


def mixed():
    """Letters are mixed on the way, differently each time."""
    counts = [capitals("capitals.with.letters.enough.plain.example") for _ in range(30)]
    print("  capitals of 35 letters:", counts)
    assert len(set(counts)) > 3 and max(counts) > 5


def caseless(label):
    """An upstream that answers in other letters, or not where they are mixed, is served, and so are
    those behind it."""
    own_letters(f"{label}.www.alpha.example")
    for i in range(60):
        own_letters(f"{label}.www{i}.plain.example")
        if i % 5 == 4 and capitals("capitals.plain.example") == 0:
            break
    if label != "mixed":
        own_letters(f"{label}.wWw.Plain.EXAMPLE")
        own_letters(f"{label}.wWw.ALPHA.exAMPLE")
    assert i < 59, "it is still asked in mixed letters"
    served()


def tricks():
    """An upstream's tricks for a metered name: never an address of this machine, a lease's own, or a
    wrong one; an answer in any case."""
    aaaa = b"\xc0\x0c\0\x1c\0\1"
    for text in ("circle", "pointers", "forward", "counts", "short", "chain", "home", "zero", "lease", "mapped", "link",
                 "group", "reserved"):
        for kind in (1, 28):
            a = exchange(THROUGH, query(text + ".alpha.example", kind))
            assert a and a[3] & 15 in (0, 2), f"{text}: {a and a.hex()}"
            assert addresses(a) == [] and aaaa not in a, f"{text}: {a.hex()}"
        a = exchange(THROUGH, query(text + ".plain.example"))
        assert a, f"{text}.plain.example is not passed on"
    a = exchange(THROUGH, query("elsewhere.alpha.example", 28))
    assert a and aaaa in a and bytes.fromhex("200100020000f0") in a, f"a server's AAAA has no lease: {a and a.hex()}"
    a = exchange(THROUGH, query("huge.alpha.example"))
    assert a and len(addresses(a)) == 4, "a huge answer has its four leases"
    a = over_tcp(THROUGH, query("huge.plain.example"))
    assert a and len(a) > 65000, "64 kB come through"
    served()


def flood():
    """Questions of one person, faster than anybody reads, half to silent names: twenty thousand, and
    until the kernel has had enough of them."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(THROUGH)
    s.setblocking(False)
    refused, i, end = 0, 0, time.monotonic() + 60
    while i < 20000 or not refused and time.monotonic() < end:
        text = ("silent.x%d.plain.example", "silent.x%d.alpha.example", "q%d.plain.example")[i % 3] % i
        i += 1
        try:
            s.send(query(text))
        except PermissionError:
            refused += 1
        except (BlockingIOError, ConnectionRefusedError):
            pass
    print(f"  {i} questions, {refused} refused")
    assert refused, "one person may ask without end"


def drizzle():
    """Names whose servers are silent, some two thousand a second for eight seconds: more than there
    are places for, were each kept until its end."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(THROUGH)
    s.setblocking(False)
    end, i = time.monotonic() + 8, 0
    while time.monotonic() < end:
        for _ in range(20):
            i += 1
            try:
                s.send(query("silent.y%d.plain.example" % i))
            except (BlockingIOError, ConnectionRefusedError):
                pass
        time.sleep(0.01)


def beside():
    """Forty people's questions meanwhile."""
    time.sleep(2)
    for _ in range(40):
        served()
        time.sleep(0.05)


def attack(kind, stop, processors):
    """One account's worst, in a process of its own: at most 10,000 connections, or questions."""
    os.sched_setaffinity(0, processors)
    if kind == "unsolicited":
        os.seteuid(0)
        with subprocess.Popen(shlex.split(os.environ["FORGER"]), stdout=subprocess.DEVNULL) as forger:
            stop.wait()
            forger.terminate()
        return
    texts = {"questions": "q%d.plain.example", "silence": "silent.z%d.plain.example",
             "leases": "x%d.alpha.example", "forgeries": "forged.f%d.plain.example"}
    os.seteuid(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (10200, 10200))
    os.setuid(2002)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(THROUGH)
    s.setblocking(False)
    held, i = [], 0
    while not stop.is_set():
        i += 1
        try:
            if kind in texts:
                # of leases there are so many
                s.send(query(texts[kind] % (i % 100 if kind == "leases" else i)))
            elif kind == "connections":
                held.append(socket.socket())
                held[-1].setblocking(False)
                held[-1].connect_ex(THROUGH)
                if len(held) == 10000:
                    held = []
        except PermissionError:
            time.sleep(0.001)  # the kernel lets it ask no faster, and refusing costs nobody else
        except (BlockingIOError, ConnectionRefusedError):
            pass
        if kind == "forgeries":  # a hundred forged answers each
            time.sleep(0.01)


def asked(n, found):
    """The times of n questions each, in ms: for a lease, and for a name that is passed on."""
    for _ in range(n):
        for text in ("www.alpha.example", "www.plain.example"):
            began = time.monotonic()
            exchange(THROUGH, query(text), 1)  # what is lost counts as that second
            found.setdefault(text, []).append((time.monotonic() - began) * 1000)
            time.sleep(0.002)


WAITS = 2  # times as long as beside nothing, at the most


def latency(kind):
    """How long Anna waits for answers without and beside an attack of Ben's, by turns, of which the middle one counts;
    as root, on a machine that has nothing else to do. Whoever has an account can keep a processor busy, and an upstream
    is elsewhere: these two have another one than the hook and she."""
    turns, processors = [], sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, processors[:1])
    os.sched_setaffinity(int(os.environ["HOOK"]), processors[:1])
    for pid in map(int, os.environ["UPSTREAM"].split()):
        os.sched_setaffinity(pid, processors[-1:])
    os.seteuid(2001)
    for _ in range(int(os.environ["FOCUSD_LATENCY"])):
        quiet, loud = {}, {}
        asked(50, quiet)
        stop = multiprocessing.Event()
        attacker = multiprocessing.Process(target=attack, args=(kind, stop, processors[-1:]))
        attacker.start()
        time.sleep(0.5)
        asked(50, loud)
        stop.set()
        attacker.join()
        time.sleep(0.2)
        turns.append((quiet, loud))
    for text in turns[0][0]:
        medians = [(statistics.median(quiet[text]), statistics.median(loud[text])) for quiet, loud in turns]
        ratios = sorted(b / a for a, b in medians)
        lost = sum(t >= 1000 for _, loud in turns for t in loud[text])
        print(f"  {text} beside {kind}: {statistics.median(a for a, _ in medians):.3f} → "
              f"{statistics.median(b for _, b in medians):.3f} ms; times, by turns: "
              f"{' '.join(f'{r:.2f}' for r in ratios)}; {lost} of {50 * len(turns)} lost")
        middle = ratios[len(ratios) // 2]
        assert middle <= WAITS, f"beside {kind} others wait {middle:.2f} times as long"
        assert lost <= len(turns), f"beside {kind} {lost} questions of others are lost"


ATTEMPT_SEC = 0.8  # daemon/dns/forward.c


def birthday():
    """A metered name is asked for once, however many ask: guesses of the id have one to hit. (Answers to
    other names are their asker's alone: who multiplies questions harms nobody else.)"""
    text, began = "forged.sub.alpha.example", time.monotonic()
    found = ask_all(THROUGH, [query(text) for _ in range(200)], at_once=200)
    a = exchange(THROUGH, query(f"asked.{text}.plain.example"), 20)
    took = time.monotonic() - began
    n = int.from_bytes(addresses(a)[0], "big") & 0xffff
    print(f"  {len(found)} questions are {n} of the upstream, within {took:.2f} s")
    assert 1 <= n <= 1 + took / ATTEMPT_SEC, f"the upstream is asked {n} times within {took:.2f} s"
    assert any(a and addresses(a) for a in found)
    for a in found:
        assert not a or all(address[:2] == b"\xc6\x13" for address in addresses(a)), a.hex()


# Their true answers are late: each question leaves a forger time for some hundred guesses. A metered one is asked once.
UNSOLICITED = ["late.v%d.alpha.example" % i for i in range(20)] + ["late.plain.example"] * 40


def unsolicited():
    """While answers to just these names are forged: they are served, and with what is true."""
    for text in UNSOLICITED:
        answers = (exchange(THROUGH, query(text), 20) for _ in range(3))
        a = next((a for a in answers if a and a[3] & 15 != 2), None)
        assert a and a[3] & 15 == 0, f"{text}: {a and a.hex()}"
        good = b"\xc6\x13" if "alpha" in text else b"\xc0\0\2\x50"
        assert [x.startswith(good) for x in addresses(a)] == [True], f"{text}: {addresses(a)}"
    served()


def slow_loris(n):
    """Connections that say a byte now and then, or nothing, and frames of every length."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (n + 200, n + 200))
    held = []
    for i in range(n):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(THROUGH)
        held.append(s)
        if i % 500 == 499:
            served()
    for s in held[-200:]:
        try:
            s.send(b"\0")
        except OSError:
            pass
    served()
    q = query("www.alpha.example")
    a = over_tcp(THROUGH, q)
    assert a and a[:2] == q[:2], "TCP is served beside them"
    for s in held:
        s.close()
    for frame in (b"\xff\xff" + bytes(70000), b"\x10\x01" + bytes(5000), b"\0\0" * 20000, b"\0\1x" * 9000):
        with socket.create_connection(THROUGH, 10) as s:
            try:
                s.sendall(frame)
                s.recv(10)
            except OSError:
                pass
    served()


{
    "served": served,
    "differential": lambda: differential(sys.argv[2]),
    "hostile": hostile,
    "forged": forged,
    "tricks": tricks,
    "mixed": mixed,
    "caseless": lambda: caseless(sys.argv[2]),
    "birthday": birthday,
    "unsolicited": unsolicited,
    "unsolicited-names": lambda: print(*UNSOLICITED),
    "flood": flood,
    "drizzle": drizzle,
    "beside": beside,
    "latency": lambda: latency(sys.argv[2]),
    "slow-loris": lambda: slow_loris(10000),
}[WHAT]()
