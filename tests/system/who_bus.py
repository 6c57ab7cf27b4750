"""Callers of the keeper, each a process of some account, for the tests about who may do what.

Caller(uid, address, peer) speaks D-Bus to a bus, or with peer to the keeper's own socket; Polkit plays the authority.
"""
import json
import os
import socket
import subprocess
import sys
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NAME, PATH, INTERFACE = "org.focusd1", "/org/focusd1", "org.focusd1.Manager"
DENIED = "org.freedesktop.DBus.Error.AccessDenied"
CALL_MSEC = 60000
READY = "ready"

POLKIT = "org.freedesktop.PolicyKit1"
AUTHORITY = """
<node><interface name="org.freedesktop.PolicyKit1.Authority"><method name="CheckAuthorization">
<arg type="(sa{sv})" direction="in"/><arg type="s" direction="in"/><arg type="a{ss}" direction="in"/>
<arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="(bba{ss})" direction="out"/>
</method></interface></node>
"""


def process(*arguments):
    """This file as a program of its own, spoken to by lines of JSON."""
    child = subprocess.Popen([sys.executable, __file__, *map(str, arguments)], text=True, bufsize=1,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    told = child.stdout.readline().strip()
    assert told == READY, f"{arguments}: {told}"
    return child


def ask(child, question):
    child.stdin.write(json.dumps(question) + "\n")
    answer = child.stdout.readline()
    assert answer, f"{child.args}: it ended, asked {question}"
    return json.loads(answer)


class Caller:
    """call() gives (None, the reply as text) or (name of the error, its text)."""

    def __init__(self, uid, address, peer=False):
        self.child = process("call", uid, address, int(peer))

    def call(self, method, signature="", *arguments, **more):
        self.begin(method, signature, *arguments, **more)
        return self.answer()

    def begin(self, method, signature="", *arguments, **more):
        q = {"method": method, "signature": signature, "arguments": arguments, **more}
        self.child.stdin.write(json.dumps(q) + "\n")

    def answer(self):
        answer = json.loads(self.child.stdout.readline())
        return answer["error"], answer["reply"]

    def heard(self):
        """The signals since the last time."""
        return ask(self.child, {"heard": True})

    def end(self):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()

    def kill(self):
        """Though it waits for an answer."""
        self.child.kill()
        self.end()


class Polkit:
    """answers(): yes, no, or silent for ever; rules: who (uid) may do which action where it would say no; asked():
    who asked for which action since the last time."""

    def __init__(self, address, rules=()):
        self.address, self.rules = address, rules
        self.start()

    def start(self):
        self.child = process("polkit", self.address, json.dumps(self.rules))

    def answers(self, how):
        ask(self.child, {"answers": how})

    def asked(self):
        return [tuple(pair) for pair in ask(self.child, {"asked": True})]

    def end(self):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()


def connect_raw(path, uid, greeted):
    """The keeper's own socket as bytes, of that account; greeted: after the handshake, where there was one."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.seteuid(uid)
    try:
        s.connect(path)
    finally:
        os.seteuid(0)
    if greeted:
        s.settimeout(20)
        try:
            s.sendall(b"\0AUTH EXTERNAL " + str(uid).encode().hex().encode() + b"\r\nBEGIN\r\n")
            s.recv(200)
        except OSError:
            pass
    return s


def send_call(s, method):
    """A call without arguments."""
    message = Gio.DBusMessage.new_method_call(None, PATH, INTERFACE, method)
    message.set_serial(1)
    s.sendall(bytes(message.to_blob(Gio.DBusCapabilityFlags.NONE)))
    return 1


# What follows runs in the processes.

def connect(address, peer):
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
    if not peer:
        flags |= Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(address, flags, None, None)


def tell(answer):
    print(json.dumps(answer), flush=True)


def one_call(connection, q, peer):
    """A message made by hand, so that it may say anything of itself."""
    message = Gio.DBusMessage.new_method_call(None if peer else q.get("to", NAME), q.get("path", PATH),
                                              q.get("interface", INTERFACE), q["method"])
    if q.get("sender"):
        message.set_sender(q["sender"])
    arguments = [GLib.Variant(a["variant"], "x") if isinstance(a, dict) else a for a in q.get("arguments", ())]
    if q["signature"]:
        message.set_body(GLib.Variant(f"({q['signature']})", tuple(arguments)))
    try:
        reply, _ = connection.send_message_with_reply_sync(message, Gio.DBusSendMessageFlags.NONE, CALL_MSEC, None)
    except GLib.Error as e:
        return {"error": f"lost: {e.message}", "reply": ""}
    body = reply.get_body()
    text = body.print_(False) if body else ""
    failed = reply.get_message_type() == Gio.DBusMessageType.ERROR
    return {"error": reply.get_error_name() if failed else None, "reply": text}


def caller(uid, address, peer):
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    connection = connect(address, peer)
    signals = []
    connection.signal_subscribe(
        None if peer else NAME, INTERFACE, None, PATH, None, Gio.DBusSignalFlags.NONE,
        lambda _c, _s, _p, _i, name, body: signals.append([name, body.unpack()]))
    # GDBus asks the bus for the match without waiting: what is asked after it, is answered after it
    if not peer:
        one_call(connection, {"to": "org.freedesktop.DBus", "path": "/org/freedesktop/DBus",
                              "interface": "org.freedesktop.DBus", "method": "GetId", "signature": ""}, peer)
    print(READY, flush=True)
    for line in sys.stdin:
        q = json.loads(line)
        if "heard" in q:
            while GLib.MainContext.default().iteration(False):
                pass
            tell(signals)
            signals.clear()
        else:
            tell(one_call(connection, q, peer))


def polkit(address, rules):
    connection = connect(address, False)
    state = {"how": "no", "asked": [], "open": []}

    def on_call(_c, _sender, _path, _interface, _method, parameters, invocation):
        subject, action, _details, _flags, _cancel = parameters.unpack()
        who = connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                   "GetConnectionUnixUser", GLib.Variant("(s)", (subject[1]["name"],)),
                                   None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]
        state["asked"].append((who, action))
        if state["how"] == "silent":
            state["open"].append(invocation)
        else:
            may = state["how"] == "yes" or [who, action] in rules
            invocation.return_value(GLib.Variant("((bba{ss}))", ((may, False, {}),)))

    def on_line(source, _condition):
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        q = json.loads(line)
        if "answers" in q:
            state["how"] = q["answers"]
            tell(True)
        else:
            tell(state["asked"])
            state["asked"] = []
        return True

    loop = GLib.MainLoop()
    node = Gio.DBusNodeInfo.new_for_xml(AUTHORITY)
    connection.register_object("/org/freedesktop/PolicyKit1/Authority", node.interfaces[0], on_call, None, None)
    reply = connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                 "RequestName", GLib.Variant("(su)", (POLKIT, 4)), None,
                                 Gio.DBusCallFlags.NONE, -1, None)
    assert reply.unpack() == (1,), "somebody else is polkit"
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, on_line)
    print(READY, flush=True)
    loop.run()


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"gave up waiting: {what()}"
        time.sleep(0.02)


if __name__ == "__main__":
    if sys.argv[1] == "call":
        caller(int(sys.argv[2]), sys.argv[3], sys.argv[4] == "1")
    else:
        polkit(sys.argv[2], json.loads(sys.argv[3]))
