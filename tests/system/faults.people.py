"""People for the fault tests: somebody who never stops scrolling, and somebody who never stops trying.

    serve ADDRESS…                     in the world: whoever connects to port 8080 is sent bytes
    load RECORD HOST…                  downloads from all hosts at once; RECORD is the truth about it
    probe LOG SHUT-HOST METERED-HOST   LOG is a line for each try: when (µs), what, what came of it

The truth is what this process saw itself: when its first connection began, when its last bytes came, for how
long none came, and for how long it did not get the processor. Times are of the wall clock."""
import json, os, random, selectors, socket, struct, sys, threading, time

PORT = 8080
RESOLVER = "192.0.2.53"
KNOCK_SEC, LOOK_SEC = 0.4, 0.25 # then a try went wrong
CHUNK = bytes(4000)


def now_us():
    return time.time_ns() // 1000


def question(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    head = struct.pack("!HHHHHH", random.randrange(65536), 0x0100, 1, 0, 0, 0)
    return head + labels + b"\0" + struct.pack("!HH", 1, 1)


def ask(name, seconds):
    """The IPv4 address of a name, "failed" with another answer, None without any."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(seconds)
        sent = question(name)
        try:
            s.connect((RESOLVER, 53))
            s.send(sent)
            answer = s.recv(4096)
        except OSError:
            return None
    if answer[:2] != sent[:2] or answer[3] & 15 or answer[6:8] == b"\0\0":
        return "failed"
    return socket.inet_ntoa(answer[-4:]) if answer[-6:-4] == b"\0\4" else "failed"


def is_lease(address):
    return address is not None and address.startswith("198.19.")


def lease_of(name):
    while not is_lease(address := ask(name, 1)):
        time.sleep(0.1)
    return address


def serve(addresses):
    selector = selectors.DefaultSelector()
    for address in addresses:
        s = socket.create_server((address, PORT), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        s.setblocking(False)
        selector.register(s, selectors.EVENT_READ)
    clients = []
    while True:
        for key, _ in selector.select(0.1):
            client, _ = key.fileobj.accept()
            client.setblocking(False)
            clients.append(client)
        for client in list(clients):
            try:
                client.send(CHUNK)
            except BlockingIOError:
                pass
            except OSError:
                client.close()
                clients.remove(client)
        time.sleep(0.1)


class Download:
    def __init__(self, address):
        self.address, self.s, self.connections, self.last = address, None, 0, None

    def connect(self):
        self.s = socket.socket()
        self.s.settimeout(2)
        try:
            self.s.connect((self.address, PORT))
            self.s.setblocking(False)
            self.connections += 1
        except OSError:
            self.s.close()
            self.s = None

    def read(self):
        if self.s is None:
            self.connect()
        if self.s is None:
            return
        try:
            while data := self.s.recv(65536):
                self.last = now_us()
            self.s.close()
            self.s = None
        except BlockingIOError:
            pass
        except OSError:
            self.s.close()
            self.s = None


def load(record, hosts):
    downloads = [Download(lease_of(host)) for host in hosts]
    truth = {"first": now_us(), "last": 0, "connections": 0, "stood_us": 0, "starved_us": 0}
    turn = truth["first"]
    while True:
        for d in downloads:
            d.read()
        if all(d.last for d in downloads):
            last = min(d.last for d in downloads)
            if truth["last"]:
                truth["stood_us"] = max(truth["stood_us"], last - truth["last"])
            truth["last"] = last
        truth["connections"] = sum(d.connections for d in downloads)
        with open(record + ".new", "w") as f:
            json.dump(truth, f)
        os.replace(record + ".new", record)
        time.sleep(0.1)
        truth["starved_us"] = max(truth["starved_us"], now_us() - turn - 100000)
        turn = now_us()


def knock(address):
    """What becomes of a connection: shut is what the gate says, nowhere that nobody answers, OPEN that
    somebody got in."""
    with socket.socket() as s:
        s.settimeout(KNOCK_SEC)
        try:
            s.connect((address, PORT))
            return "OPEN"
        except ConnectionRefusedError:
            return "shut"
        except OSError:
            return "nowhere"


def look_up(name):
    address = ask(name, LOOK_SEC)
    return "lease" if is_lease(address) else "none" if address is None else "failed" if address == "failed" else "past"


def probe(log, shut, metered):
    address = lease_of(shut)
    with open(log, "w", buffering=1) as f:

        def again_and_again(what, work):
            while True:
                began = now_us()
                result = work()
                f.write(f"{began} {now_us()} {what} {result}\n")
                time.sleep(0.05)

        threading.Thread(target=again_and_again, args=("gate", lambda: knock(address)), daemon=True).start()
        again_and_again("name", lambda: look_up(metered))


match sys.argv[1]:
    case "serve":
        serve(sys.argv[2:])
    case "load":
        load(sys.argv[2], sys.argv[3:])
    case "probe":
        probe(*sys.argv[2:])
