"""Lets one allocation of the hook, focusd-dns, fail at a time. See faults_memory.py.

    SITES SEED COMMAND…     so many sites, all of them, or 0x…, that one, fail, one after the other, each at the
                            moment at which it was met; COMMAND is the keeper, who starts the hook

What must hold: it serves, or it ends with a line that says why, and the keeper starts another; look-ups go well
again, metered and others. The last line says how many did what."""
import collections, os, random, signal, socket, struct, subprocess, sys, time
from faults_memory import CRASH, PATIENCE_SEC, Board, Keeper, choose, crash_of, culprit, listed, nothing_met, reasons

ANNA = 2001
RESOLVER = "192.0.2.53"
A, AAAA, HTTPS = 1, 28, 65
METERED, OTHER = "www.alpha.example", "www.neighbour.example"
MEET_SEC = 1.5 # what is not met by then is not met
ANSWER_SEC = 4 # longer than the hook asks upstream
DEAF = "table ip deaf { chain out { type filter hook output priority 0; meta skuid %d udp dport 53 drop; }; }"


def question(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    head = struct.pack("!HHHHHH", random.randrange(65536), 0x0100, 1, 0, 0, 0)
    return head + labels + b"\0" + struct.pack("!HH", kind, 1)


def socket_of_anna(kind):
    os.seteuid(ANNA) # it is hers, whoever uses it
    try:
        return socket.socket(socket.AF_INET, kind)
    finally:
        os.seteuid(0)


def ask(name, kind=A, tcp=False, seconds=1.0):
    """The IPv4 address of a name, "" where there is none, None without an answer."""
    with socket_of_anna(socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as s:
        s.settimeout(seconds)
        sent = question(name, kind)
        try:
            s.connect((RESOLVER, 53))
            s.send((struct.pack("!H", len(sent)) if tcp else b"") + sent)
            answer = s.recv(4096)[2 if tcp else 0:]
        except OSError:
            return None
    if len(answer) < 12 or answer[:2] != sent[:2] or answer[3] & 15:
        return None
    return socket.inet_ntoa(answer[-4:]) if answer[-6:-4] == b"\0\4" else ""


def goes_well():
    return all((ask(METERED, tcp=tcp) or "").startswith("198.19.") and ask(OTHER, tcp=tcp) == "192.0.2.80"
        for tcp in (False, True))


def wait_well():
    """How long it takes, in seconds; None: for ever."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE_SEC:
        if goes_well():
            return time.monotonic() - began
        time.sleep(0.05)
    return None


class Hook:
    def __init__(self, keeper, board):
        self.keeper, self.board = keeper, board

    def pid(self):
        found = subprocess.run(["pgrep", "-x", "focusd-dns"], capture_output=True, text=True).stdout.split()
        return int(found[0]) if found else None

    def start(self):
        begun, pid = self.board.begun(), self.pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: self.board.begun() > begun)

    def look(self):
        fresh = f"n{random.randrange(10 ** 9)}.fresh.alpha.example"
        nowhere = f"n{random.randrange(10 ** 9)}.alpha.example"
        for tcp in (False, True):
            for name in (fresh, METERED, OTHER, nowhere, "nowhere." + OTHER):
                ask(name, tcp=tcp)
        for kind in (AAAA, HTTPS):
            ask(fresh, kind)
            ask(OTHER, kind)

    def reload(self):
        subprocess.run([os.environ["FAULTS_CTL"], "reload"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=PATIENCE_SEC)

    def silence(self):
        """Nobody answers the hook."""
        pid = self.pid()
        if not pid:
            return
        nft = ["nft", DEAF % os.stat(f"/proc/{pid}").st_uid]
        subprocess.run(nft, check=True)
        ask(OTHER, seconds=0.05) # it goes on asking for both
        ask(f"n{random.randrange(10 ** 9)}.fresh.alpha.example", seconds=ANSWER_SEC)
        subprocess.run(["nft", "delete table ip deaf"], check=True)

    def keeper_dies(self):
        self.keeper.p.kill()
        self.keeper.p.wait()
        self.keeper.go_on() # the hook has the old one's file


# in this order a site belongs to the first one that meets it; how many processes of the hook begin
MOMENTS = (("start", 1), ("look", 0), ("reload", 0), ("silence", 0), ("keeper_dies", 0))


def wait_for(what, seconds=PATIENCE_SEC):
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.01)
    return what()


def find(hook, board):
    found = {}
    for moment, begin in MOMENTS:
        for _ in range(2):
            begun = board.begun()
            board.note(1)
            getattr(hook, moment)()
            assert wait_well() is not None, f"no look-ups after {moment}"
            board.note(0)
            assert board.begun() >= begun + begin, f"{moment}: {board.begun() - begun} hooks began"
        for site, (_, caller) in board.sites().items():
            found.setdefault(site, (caller, moment, begin))
    return found


SILENT = "ends and says nothing"


def fault_of(lines, begun, begin, well):
    """What is wrong, or None."""
    if crash_of(lines) and not culprit(lines):
        return f"crashes in {crash_of(lines)}"
    if well is None:
        return "look-ups do not go well again"
    said = [line for line in reasons(lines) if line.startswith(("focusd-dns:", CRASH))]
    return SILENT if begun > begin and not said else None


class Attempts:
    def __init__(self, keeper, board):
        self.keeper, self.board, self.hook = keeper, board, Hook(keeper, board)
        self.outcomes, self.bad, self.longest = collections.Counter(), 0, 0.0

    def one(self, site, found):
        what = self.attempt(site, *found)
        if what == SILENT: # or it took so long to begin that the keeper ended it
            what = self.attempt(site, *found)
        self.bad += bool(what)

    def attempt(self, site, caller, moment, begin):
        failed, begun, said = self.board.failed(), self.board.begun(), len(self.keeper.lines())
        self.board.want(site, caller)
        getattr(self.hook, moment)()
        met = wait_for(lambda: self.board.failed() > failed, MEET_SEC)
        self.board.want(0)
        time.sleep(0.05 if met else 0) # until it has ended, if it is to
        well = wait_well()
        begun = self.board.begun() - begun
        lines = self.keeper.lines()[said:]
        what = fault_of(lines, begun, begin, well) or self.keeper.fault()
        self.count(met, begun > begin, lines, well)
        if what or os.environ.get("FAULTS_VERBOSE"):
            print(f"site {site:#x}, {moment}: {what or 'ok'}; well after {well} s: {' / '.join(lines[-30:])}", flush=True)
        return what

    def count(self, met, ended, lines, well):
        self.outcomes["not met" if not met else "ended" if ended else "went on"] += 1
        if culprit(lines):
            self.outcomes[f"crashed in {culprit(lines)}"] += 1
        self.longest = max(self.longest, well or 0)


def main(how_many, seed, command):
    board = Board(os.environ["FAULTS_MEMORY"])
    keeper = Keeper(command)
    attempts = Attempts(keeper, board)
    assert wait_well() is not None, f"no look-ups: {keeper.lines()}"
    found = find(attempts.hook, board)
    chosen = choose(sorted(found), how_many, seed)
    for site in chosen:
        attempts.one(site, found[site])
    keeper.p.terminate()
    keeper.p.wait(PATIENCE_SEC)
    assert not keeper.fault(), (keeper.fault(), keeper.lines())
    print(f"{len(chosen)} of {len(found)} sites: {listed(attempts.outcomes)}; "
        f"look-ups go well at the latest after {attempts.longest:.1f} s")
    sys.exit(1 if attempts.bad or nothing_met(attempts.outcomes, len(chosen)) else 0)


main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
