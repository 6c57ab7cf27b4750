#!/usr/bin/python3
"""A journal for one test: privacy.journal.py SOCKET FILE

Takes what programs send to the journal's socket, and appends it to a file, a datagram a block; a large one
comes as a sealed memfd (systemd's "Native Journal Protocol").
"""
import array
import os
import socket
import sys

where, kept = sys.argv[1:]
os.makedirs(os.path.dirname(where), exist_ok=True)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal, open(kept, "ab", buffering=0) as out:
    journal.bind(where)
    os.chmod(where, 0o666)
    while True:
        data, control, _, _ = journal.recvmsg(1 << 20, socket.CMSG_SPACE(4))
        for _, _, fds in control:
            for fd in array.array("i", fds):
                data += os.pread(fd, 1 << 20, 0)
                os.close(fd)
        out.write(data + b"\n")
