"""A person at an interactive shell: types keys into a terminal and waits for what is to appear.

    completion.py KEYS EXPECTED SHELL [ARGUMENT...]

Waits for the prompt "ready> ", types KEYS (with backslash escapes: \\t completes, \\r ends the line), and
waits until EXPECTED is on the screen. Prints all that the terminal has shown; exits 1 when it did not come.
"""

import codecs
import os
import pty
import select
import sys
import time

WAIT_SEC = 60
PROMPT = b"ready> "


def wait_for(terminal, shown, what):
    """Reads until `what` has been shown."""
    end = time.monotonic() + WAIT_SEC
    while what not in shown and time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the shell has ended
            break
    return what in shown


def main():
    keys, expected, *shell = sys.argv[1:]
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "vt100"
        os.execvp(shell[0], shell)
    shown = bytearray()
    found = wait_for(terminal, shown, PROMPT)
    if found:
        del shown[:]
        os.write(terminal, codecs.decode(keys, "unicode_escape").encode())
        found = wait_for(terminal, shown, expected.encode())
    print(shown.decode(errors="replace"))
    os.close(terminal)
    os.waitpid(child, 0)
    return not found


sys.exit(main())
