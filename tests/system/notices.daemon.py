"""A notification daemon that shows nothing: each call becomes a line of JSON on standard output.
Its argument is a file; a line "ACTION ID KEY" or "CLOSE ID" that is written there becomes a signal."""
import json
import os
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Notifications(dbus.service.Object):
    def __init__(self, bus):
        self.last = int(os.environ.get("FIRST_ID", "0"))
        super().__init__(dbus.service.BusName(NAME, bus, do_not_queue=True), "/org/freedesktop/Notifications")

    @dbus.service.method(NAME, in_signature="", out_signature="as")
    def GetCapabilities(self):
        return os.environ.get("CAPABILITIES", "body actions body-markup").split()

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        if not replaces:
            self.last += 1
        number = int(replaces) or self.last
        print(json.dumps({
            "id": number, "replaces": int(replaces), "app": str(app), "summary": str(summary), "body": str(body),
            "actions": [str(a) for a in actions], "urgency": int(hints["urgency"]),
        }), flush=True)
        return dbus.UInt32(number)

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, number, key):
        pass

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, number, reason):
        pass


def read_orders(descriptor, condition, notifications):
    for line in os.read(descriptor, 4096).decode().splitlines():
        words = line.split()
        if words[0] == "ACTION":
            notifications.ActionInvoked(dbus.UInt32(int(words[1])), words[2])
        else:
            notifications.NotificationClosed(dbus.UInt32(int(words[1])), dbus.UInt32(2))
    return True


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
notifications = Notifications(dbus.SessionBus())
orders = os.open(sys.argv[1], os.O_RDWR)
GLib.io_add_watch(orders, GLib.IO_IN, read_orders, notifications)
GLib.MainLoop().run()
