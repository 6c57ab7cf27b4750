#!/usr/bin/env python3
"""What the two other ways of counting can see, noted while a session runs.

    recorder.py ADDRESSES LOOKUPS

Once a second the bytes of every real address ("BOOT-TIME ADDRESS DOWN UP", only what moved), from
counters of its own in nftables, past the translation of leases; and every name that is asked for
("BOOT-TIME NAME"), as a name server sees it. Ends with its world.
"""

import json
import socket
import struct
import subprocess
import sys
import threading
import time

HOOK_PORT = 5399
ETHERNET_HEAD, UDP_HEAD = 14, 8
TABLE = """
table inet bench {
	set down4 { type ipv4_addr; flags dynamic; counter; }
	set down6 { type ipv6_addr; flags dynamic; counter; }
	set up4 { type ipv4_addr; flags dynamic; counter; }
	set up6 { type ipv6_addr; flags dynamic; counter; }
	chain in {
		type filter hook prerouting priority raw;
		iifname "uplink" add @down4 { ip saddr }
		iifname "uplink" add @down6 { ip6 saddr }
	}
	chain out {
		type filter hook postrouting priority 200;
		oifname "uplink" add @up4 { ip daddr }
		oifname "uplink" add @up6 { ip6 daddr }
	}
}
"""


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def read_counters():
    """{address: {"down": bytes, "up": bytes}}"""
    found = {}
    listing = subprocess.run(["nft", "-j", "list", "table", "inet", "bench"], check=True,
                             capture_output=True).stdout
    for item in json.loads(listing)["nftables"]:
        for element in item.get("set", {}).get("elem", []):
            e = element["elem"]
            found.setdefault(e["val"], {"down": 0, "up": 0})[
                item["set"]["name"][:-1]] = e["counter"]["bytes"]
    return found


def record_addresses(path):
    before = {}
    with open(path, "w", buffering=1) as f:
        while True:
            time.sleep(1)
            found = read_counters()
            for address, c in found.items():
                old = before.get(address, {"down": 0, "up": 0})
                if c != old:
                    print("%.3f %s %d %d" % (now(), address, c["down"] - old["down"],
                                             c["up"] - old["up"]), file=f)
            before = found


def question(packet):
    """The name asked for in a UDP packet to the name hook, or None."""
    kind = struct.unpack("!H", packet[12:14])[0]
    if kind == 0x0800 and packet[ETHERNET_HEAD + 9] == socket.IPPROTO_UDP:
        head = (packet[ETHERNET_HEAD] & 0xf) * 4
    elif kind == 0x86dd and packet[ETHERNET_HEAD + 6] == socket.IPPROTO_UDP:
        head = 40
    else:
        return None
    udp = packet[ETHERNET_HEAD + head:]
    if struct.unpack("!H", udp[2:4])[0] != HOOK_PORT:
        return None
    labels, at = [], UDP_HEAD + 12
    while at < len(udp) and udp[at]:
        labels.append(udp[at + 1:at + 1 + udp[at]].decode("latin-1"))
        at += 1 + udp[at]
    return ".".join(labels).lower()


def record_lookups(path):
    """A packet on the loopback is seen twice, leaving and arriving: only the arriving one counts."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    tap.bind(("lo", 0))
    with open(path, "w", buffering=1) as f:
        while True:
            packet, (_, _, kind, _, _) = tap.recvfrom(2048)
            name = question(packet) if kind == socket.PACKET_HOST else None
            if name:
                print("%.3f %s" % (now(), name), file=f)


def main(addresses, lookups):
    subprocess.run(["nft", "-f", "-"], input=TABLE.encode(), check=True)
    threading.Thread(target=record_lookups, args=(lookups,), daemon=True).start()
    record_addresses(addresses)


if __name__ == "__main__":
    main(*sys.argv[1:])
