"""What tests/system/hostile asks and counts: hostile.client.py WHAT [DIRECT]; THROUGH is 127.0.0.1:5399."""
import multiprocessing
import os
import pathlib
import random
import resource
import select
import socket
import statistics
import struct
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
        s.send(packet)
        try:
            return s.recv(65535)
        except (TimeoutError, ConnectionRefusedError):
            return None


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


def ask_all(where, packets):
    """Answers in the order of the questions, some dozens at a time by sockets of their own."""
    found = [None] * len(packets)
    for first in range(0, len(packets), 64):
        batch = {}
        for i in range(first, min(first + 64, len(packets))):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.connect(where)
            s.send(packets[i])
            batch[s] = i
        end = time.monotonic() + 10
        while batch and time.monotonic() < end:
            for s in select.select(list(batch), [], [], 0.3)[0]:
                try:
                    found[batch[s]] = s.recv(65535)
                except ConnectionRefusedError:
                    pass
                batch.pop(s).__index__()
                s.close()
            if not DROPS_WAIT and not select.select(list(batch), [], [], 0.3)[0]:
                break
        for s in batch:
            s.close()
    return found


DROPS_WAIT = True
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
    yield struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1"
    yield struct.pack(">6H", 1, 0x100, 65535, 65535, 65535, 65535) + name("www.alpha.example")
    yield struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + b"\x3f" + b"a" * 63 + b"\0\0\1\0\1"
    yield struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + (b"\x3f" + b"a" * 63) * 5 + b"\0\0\1\0\1"


def hostile():
    """Whatever is asked: an answer to that very id, or none; no other packet."""
    global DROPS_WAIT
    DROPS_WAIT = False
    packets = [p for p in bad_questions()]
    counts = {}
    for packet, a in zip(packets, ask_all(THROUGH, packets)):
        if a is None:
            counts["dropped"] = counts.get("dropped", 0) + 1
            continue
        assert len(a) >= 12 and a[2] & 0x80, f"{packet.hex()} has no answer but {a.hex()}"
        assert a[:2] == packet[:2], f"{packet.hex()}: another's id"
        assert len(packet) >= 12 and not packet[2] & 0x80, f"{packet.hex()} was worth an answer"
        counts[a[3] & 15] = counts.get(a[3] & 15, 0) + 1
    print(f"  {len(packets)} messages:", counts)
    served()


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


def attack(kind, stop):
    """One account's worst, in a process of its own: at most 10,000 connections, or questions."""
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
        except (BlockingIOError, ConnectionRefusedError, PermissionError):
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


def latency(kind):
    """How long Anna waits for answers without and beside an attack of Ben's, by turns; as root."""
    quiet, loud = {}, {}
    os.seteuid(2001)
    for _ in range(int(os.environ["FOCUSD_LATENCY"])):
        asked(50, quiet)
        stop = multiprocessing.Event()
        attacker = multiprocessing.Process(target=attack, args=(kind, stop), daemon=True)
        attacker.start()
        time.sleep(0.5)
        asked(50, loud)
        stop.set()
        attacker.join()
        time.sleep(0.2)
    for text, a in quiet.items():
        b = loud[text]
        print(f"  {text} beside {kind}: median {statistics.median(a):.3f} → {statistics.median(b):.3f} ms "
              f"({statistics.median(b) / statistics.median(a):.2f} times), 90 % {statistics.quantiles(a, n=10)[-1]:.3f} → "
              f"{statistics.quantiles(b, n=10)[-1]:.3f} ms, {sum(t >= 1000 for t in b)} of {len(b)} lost")


def birthday():
    """A metered name is asked for once, however many ask: guesses of the id have one to hit. (Answers to
    other names are their asker's alone: who multiplies questions harms nobody else.)"""
    packets = [query("forged.sub.alpha.example") for _ in range(200)]
    found = ask_all(THROUGH, packets)
    assert any(a and addresses(a) for a in found)
    for a in found:
        assert not a or all(address[:2] == b"\xc6\x13" for address in addresses(a)), a.hex()


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
    "flood": flood,
    "drizzle": drizzle,
    "beside": beside,
    "latency": lambda: latency(sys.argv[2]),
    "slow-loris": lambda: slow_loris(10000),
}[WHAT]()
