"""What the hook's account could send to the keeper: sandbox.storm.py SOCKET KIND."""
import os
import random
import socket
import struct
import sys

PATH, KIND = sys.argv[1:]
HEAD = b"\2"  # HOOK_VERSION
HELLO = HEAD + b"\1\x15\x17\x15\x17\0test"
# Where no site's server can be.
NOWHERE = ["127.0.0.1", "198.19.128.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "::", "2001:2:0:f000::1",
           "169.254.0.1", "224.0.0.1", "255.255.255.255", "fe80::1", "ff02::1"]
random.seed(4242)


def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(PATH)
    s.settimeout(20)
    return s


def send(s, packet, fds=()):
    """Sends it; a new connection where the keeper has ended this one."""
    try:
        if fds:
            socket.send_fds(s, [packet], fds)
        else:
            s.send(packet)
        return s
    except (ConnectionError, BrokenPipeError, TimeoutError):
        s.close()
        return connect()


def ask(name, addresses=(b"\xc0\x00\x02\x50",)):
    return (HEAD + b"\4" + bytes([(1 << len(addresses)) - 1, 4 if len(addresses[0]) == 4 else 6, len(addresses)]) +
            b"".join(addresses) + struct.pack(">QI", 0, 9) + name)


def mutated():
    packet = bytearray(random.choice([HELLO, ask(b"www.alpha.example"), HEAD + b"\2", HEAD + b"\5",
                                      HEAD + b"\6\0\4\0www.alpha.example", HEAD + b"\11\3",
                                      HEAD + b"\10\x15\x17\x15\x17"]))
    for _ in range(random.randrange(4)):
        packet[random.randrange(len(packet))] = random.randrange(256)
    return bytes(packet[:random.randrange(1, len(packet) + 1)] if random.random() < .3 else packet)


def main():
    s = connect()
    if KIND == "noise":
        for _ in range(3000):
            s = send(s, os.urandom(random.randrange(1, 700)))
        s = send(s, os.urandom(60000))
    elif KIND == "mutated":
        for _ in range(6000):
            s = send(s, mutated())
    elif KIND == "descriptors":
        null = os.open("/dev/null", os.O_RDONLY)
        for _ in range(500):
            s = send(s, random.choice([HELLO, ask(b"www.alpha.example")]), [null] * 50)
    elif KIND == "halves":
        for n in range(1, len(HELLO)):
            s = send(s, HELLO[:n])
        for packet in (HELLO, ask(b"www.alpha.example")):
            for n in range(1, len(packet)):
                s = send(s, packet[:n])
    elif KIND == "connections":
        held = [connect() for _ in range(200)]
        for other in held:
            send(other, HELLO).close()
    elif KIND == "asks":
        s = send(s, HELLO)
        for i, text in enumerate(NOWHERE):  # before the site is full
            address = socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
            s = send(s, ask(b"home%d.alpha.example" % i, (address,)))
        for i in range(5000):  # answers are never read
            s = send(s, ask(b"h%d.alpha.example" % i))
    else:
        sys.exit(f"{KIND}: expected noise, mutated, descriptors, halves, connections or asks")
    s.close()


main()
