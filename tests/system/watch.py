"""Somebody at a terminal in front of focusctl watch: COMMAND… on a terminal of its own."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

WAIT_SEC = 30


class Terminal:
    def __init__(self, command, columns):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(command[0], command)
        self.text = ""
        self.resize(columns)

    def resize(self, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 20, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def press(self, keys):
        self.text = ""
        os.write(self.fd, keys.encode())

    def read(self):
        if select.select([self.fd], [], [], 0.2)[0]:
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                return False
        return True

    def screens(self):
        """What was drawn, screen by screen, without its colours; the last may be half there."""
        return [re.sub(r"\033\[[0-9;?]*[a-zA-Z]", "", s) for s in self.text.split("\033[H\033[2J")[1:]]

    def expect(self, what, holds):
        end = time.monotonic() + WAIT_SEC
        while not any(holds(s) for s in self.screens()):
            if time.monotonic() > end:
                sys.exit("FAILED: %s; the screen has %r" % (what, self.text[-600:]))
            self.read()
        print("ok: " + what)


def seconds(screen):
    found = re.search(r"> anna +alpha +(\d+):(\d+):(\d+)", screen)
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found else -1


def main(*command):
    t = Terminal(command, 100)
    t.expect("what moves is in use", lambda s: re.search(r"> anna +alpha .*in use", s))
    first = max(seconds(s) for s in t.screens())
    t.expect("and its seconds grow", lambda s: seconds(s) > first)
    t.text = ""
    t.resize(40)
    t.expect("a narrower terminal cuts the lines", lambda s: re.search(r"> anna +alpha +0:\d\d:\d\d", s) and
             all(len(line.rstrip("\r")) <= 40 for line in s.split("\n")[:-1]))
    t.resize(100)
    t.press("s")
    t.expect("s sorts by another column", lambda s: "sort (by time left)" in s)
    t.press("p")
    end = time.monotonic() + WAIT_SEC
    while "how long, and what for" not in t.text and time.monotonic() < end:
        t.read()
    t.resize(110)  # which is no answer
    t.press("soon\n")
    t.expect("a pass asks how long", lambda s: "soon: expected how long" in s)
    end = time.monotonic() + WAIT_SEC
    t.press("\x1a")
    while "\033[?1049l" not in t.text and t.read() and time.monotonic() < end:
        pass
    if "\033[?1049l" not in t.text or not os.WIFSTOPPED(os.waitpid(t.pid, os.WUNTRACED)[1]):
        sys.exit("FAILED: it stops, and gives the terminal back: %r" % t.text)
    if not termios.tcgetattr(t.fd)[3] & termios.ICANON:
        sys.exit("FAILED: the terminal is as it was while it is stopped")
    print("ok: it stops, and gives the terminal back")
    t.text = ""
    os.kill(t.pid, signal.SIGCONT)
    t.expect("and it goes on", lambda s: re.search(r"> anna +alpha ", s))
    t.press("q")
    while t.read() and "\033[?1049l" not in t.text:
        pass
    _, status = os.waitpid(t.pid, 0)
    if status != 0 or "\033[?25h\033[?1049l" not in t.text:
        sys.exit("FAILED: q gives the terminal back: %d %r" % (status, t.text))
    print("ok: q gives the terminal back")
    # Somebody drags the window's corner all the time, from the first moment on.
    t = Terminal(command, 80)
    for columns in range(300):
        t.resize(60 + columns % 40)
        time.sleep(0.002)
    t.expect("again, in a window that changes its size", lambda s: "anna" in s)
    os.kill(t.pid, signal.SIGTERM)
    while t.read() and "\033[?1049l" not in t.text:
        pass
    status = os.waitpid(t.pid, 0)[1]
    if status != 0 or "\033[?1049l" not in t.text:
        sys.exit("FAILED: so does an end from outside: %d %r" % (status, t.text[-600:]))
    print("ok: so does an end from outside")


main(*sys.argv[1:])
