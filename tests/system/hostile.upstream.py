"""An upstream resolver for tests/system/hostile, on UDP and TCP: hostile.upstream.py ADDRESS.

The first label of a name says how it is answered; most labels are a trick that some forger or broken
server plays. What it tells of a query is a function of the query, so that two ways can be compared."""
import collections
import hashlib
import multiprocessing
import socket
import socketserver
import struct
import sys
import threading

ADDRESS = sys.argv[1]
REAL = socket.inet_aton("192.0.2.80")
ASKED = collections.Counter()  # how often, by name
LATE_SEC = 0.05
FORGED = socket.inet_aton("192.0.2.66")
# What is no site's server, for A and for AAAA.
NOWHERE = {b"home": ("127.0.0.1", "::1"), b"zero": ("0.0.0.0", "::"), b"lease": ("198.19.128.1", "2001:2:0:f000::1"),
           b"mapped": ("127.0.0.1", "::ffff:127.0.0.1"), b"link": ("169.254.0.1", "fe80::1"),
           b"group": ("224.0.0.1", "ff02::1"), b"reserved": ("255.255.255.255", "::ffff:192.0.2.80")}


def labels_of(query):
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    return labels, at + 5


def swapped(query):
    """The question with every letter in the other case."""
    _, end = labels_of(query)
    return bytes(c ^ 32 if chr(c).isalpha() else c for c in query[12:end - 4]) + query[end - 4:end]


def record(address, owner=b"\xc0\x0c", ttl=60):
    return owner + struct.pack(">HHIH", 1 if len(address) == 4 else 28, 1, ttl, len(address)) + address


def message(query, records=b"", count=0, flags=0x8180, ident=None, question=None):
    _, end = labels_of(query)
    return ((query[:2] if ident is None else ident) + struct.pack(">HHHHH", flags, 1, count, 0, 0) +
            (query[12:end] if question is None else question) + records)


def wrong_id(query, n):
    return struct.pack(">H", (struct.unpack(">H", query[:2])[0] + n) & 0xffff)


def cnames(query, n, loop=False):
    """n CNAMEs from the question on, then an address, or back to the beginning."""
    _, end = labels_of(query)
    packet, owner = message(query, count=n + (not loop)), b"\xc0\x0c"
    for i in range(n):
        last = loop and i == n - 1
        target = b"\xc0\x0c" if last else b"\x04c%03d" % i + b"\xc0" + bytes([13 + query[12]])
        packet += owner + struct.pack(">HHIH", 5, 1, 60, len(target)) + target
        owner = struct.pack(">H", 0xc000 | (len(packet) - len(target)))
    return packet if loop else packet + record(REAL, owner)


def forgeries(query):
    """Each is no answer to the question; the true one comes last."""
    forged = record(FORGED)
    _, end = labels_of(query)
    other = b"\5other\7example\0\0\1\0\1"
    for n in range(1, 100):
        yield message(query, forged, 1, ident=wrong_id(query, n))
    yield message(query, record(FORGED), 1, question=other)
    yield message(query, forged, 1, question=query[12:end - 4] + b"\0\x1c\0\1")  # AAAA
    yield message(query, forged, 1, question=query[12:end - 4] + b"\0\1\0\3")  # CHAOS
    yield message(query, forged, 1, flags=0x0100)  # a question
    yield query[:2] + struct.pack(">HHHHH", 0x8180, 0, 1, 0, 0) + forged
    yield query[:2] + struct.pack(">HHHHH", 0x8180, 2, 1, 0, 0) + query[12:end] * 2 + forged
    yield query[:11]
    yield b""
    yield query[:2]


def note_asked(query):
    labels, _ = labels_of(query)
    ASKED[b".".join(labels).lower()] += 1


def answers(query, tcp):
    """What is sent back, one after the other; from=other: by another port."""
    try:
        labels, end = labels_of(query)
    except IndexError:
        labels, end = [], 12
    if not labels:
        return [query[:2] + b"\x81\x81" + bytes(8)]
    note_asked(query)
    how, text = labels[0].lower(), b".".join(labels).lower()
    if how == b"asked":  # for the name before .plain.example
        n = ASKED[text.removeprefix(b"asked.").removesuffix(b".plain.example")]
        return [message(query, record(struct.pack(">I", 0xc0000000 + n)), 1)]
    if how == b"forged":
        return [*forgeries(query), message(query, record(REAL), 1)]
    if how == b"otherport":
        return [("other", message(query, record(FORGED), 1)), message(query, record(REAL), 1)]
    capitals = sum(chr(c).isupper() for c in query[12:end - 4])
    if how == b"capitals":
        return [message(query, record(bytes([192, 0, 2, 100 + capitals])), 1)]
    if how == b"othercase" and capitals and not tcp:
        # small letters are what a forger who sees nothing would guess first
        small = query[12:end - 4].lower() + query[end - 4:end]
        guesses = (message(query, record(FORGED), 1, question=q) for q in (small, swapped(query)))
        return [*guesses, message(query, record(REAL), 1)]
    if how == b"mixed" and capitals and not tcp:
        return []
    if how in (b"othercase", b"mixed", b"late"):
        return [message(query, record(REAL), 1)]
    if how == b"case":
        return [message(query, record(REAL), 1, question=swapped(query))]
    if how == b"caseudp":
        return None if tcp else [message(query, record(REAL), 1, question=swapped(query))]
    if how == b"chain":
        return [cnames(query, 60)]
    if how == b"circle":
        return [cnames(query, 5, loop=True)]
    if how == b"pointers":
        here = struct.pack(">H", 0xc000 | end)
        return [message(query, record(REAL, here), 1)]
    if how == b"forward":
        return [message(query, record(REAL, b"\xc0\xff"), 1)]
    if how == b"counts":
        return [message(query, record(REAL), 65535)]
    if how == b"short":
        return [message(query, record(REAL)[:-3], 1)]
    if how in NOWHERE or how == b"elsewhere":
        by4, by6 = NOWHERE.get(how, ("192.0.2.80", "2001:db8::80"))
        six = query[end - 4:end - 2] == b"\0\x1c"
        return [message(query, record(socket.inet_pton(*((socket.AF_INET6, by6) if six else (socket.AF_INET, by4)))), 1)]
    if how == b"huge":
        if not tcp:
            return [message(query, flags=0x8380)]
        packet = message(query, count=4090)
        for i in range(4090):
            packet += record(struct.pack(">I", 0xc0000250 + i % 16))
        return [packet]
    if how == b"silent":
        return []
    # anything else: a function of all but the id and the letters' case, of any shape
    seed = hashlib.sha256(query[2:12] + query[12:end - 4].lower() + query[end - 4:]).digest()
    owner = (b"\xc0\x0c", query[12:end - 4])[seed[7] % 2]
    rcode = (0, 0, 0, 3, 0, 0)[seed[0] % 6]
    count = seed[1] % 5 if rcode == 0 else 0
    records = b"".join(record(bytes([192, 0, 2, seed[2 + i]]), owner) for i in range(count))
    packet = message(query, records, count, flags=0x8180 | rcode)
    if len(packet) > 512 and not query[11] and not tcp:
        return [message(query, flags=0x8380)]  # the asker has not said that it bears more
    return [packet]


def answer_udp(query, peer, s, other):
    try:
        for a in answers(query, False):
            if isinstance(a, tuple):
                other.sendto(a[1], peer)
            else:
                s.sendto(a, peer)
    except (IndexError, struct.error, OSError) as e:
        print("not answered:", e, query.hex(), file=sys.stderr)


def serve_udp(s, other, tcp):
    """What has a hundred answers has them of a process of its own: nobody waits behind it."""
    queue = multiprocessing.SimpleQueue()

    def forge():
        while True:
            answer_udp(*queue.get(), s, other)

    multiprocessing.get_context("fork").Process(target=forge, daemon=True).start()
    tcp.start()  # after the fork, which takes no thread along
    while True:
        query, peer = s.recvfrom(65535)
        if query[13:19].lower() == b"forged":
            note_asked(query)
            queue.put((query, peer))
        elif query[13:17].lower() == b"late":
            threading.Timer(LATE_SEC, answer_udp, (query, peer, s, other)).start()
        else:
            answer_udp(query, peer, s, other)


class Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while True:
                head = self.request.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                query = self.request.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                replies = answers(query, True)
                if replies is None:  # hangs up
                    return
                for a in replies:
                    if not isinstance(a, tuple):
                        self.request.sendall(struct.pack(">H", len(a)) + a)
        except (IndexError, struct.error, OSError) as e:
            print("not answered:", e, file=sys.stderr)


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    udp.bind((ADDRESS, 53))
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind((ADDRESS, 5353))
    tcp = threading.Thread(target=TcpServer((ADDRESS, 53), Tcp).serve_forever, daemon=True)
    serve_udp(udp, other, tcp)


main()
