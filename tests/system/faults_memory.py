"""Lets one allocation of focusd fail at a time (tests/system/faults.memory.c), and looks what becomes of it.

    board                       makes the file that all of them share
    count                       prints how often memory was asked for
    start SITES SEED COMMAND…   starts, is asked, and is stopped, once for each of so many sites; all: every one;
                                0x…: that one
    serve SITES SEED COMMAND…   the same of what it asks for while it serves; it is started again when it has ended

What must hold: it serves, or it ends with a line that says why; the ledger is as it was, or goes on. The last line
says how many did what."""
import collections, os, random, re, select, signal, sqlite3, struct, subprocess, sys, tempfile, time

SITES = 32768
SIZE = 16 + 16 * SITES
PATIENCE_SEC = 60


class Board:
    """The file that is shared with the process."""

    def __init__(self, path, fresh=False):
        self.path = path
        if fresh:
            with open(path, "wb") as f:
                f.write(bytes(SIZE))

    def want(self, site):
        with open(self.path, "r+b", buffering=0) as f:
            f.write(struct.pack("=Q", site))

    def failed(self):
        with open(self.path, "rb") as f:
            return struct.unpack("=QQ", f.read(16))[1]

    def sites(self):
        with open(self.path, "rb") as f:
            words = struct.unpack(f"={2 + 2 * SITES}Q", f.read())
        return dict((site, count) for site, count in zip(words[2::2], words[3::2]) if site)


def usage(state):
    db = sqlite3.connect(f"file:{state}/ledger.sqlite?mode=ro", uri=True)
    try:
        return db.execute("SELECT person, target, day, used_usec FROM usage ORDER BY 1, 2, 3").fetchall()
    finally:
        db.close()


def live_once(command, asks):
    """One life; what it said and how it ended."""
    p = subprocess.Popen(command, stderr=subprocess.PIPE)
    said, ready, end = b"", False, time.monotonic() + PATIENCE_SEC
    while time.monotonic() < end:
        if select.select([p.stderr], [], [], 1)[0]:
            more = os.read(p.stderr.fileno(), 65536)
            said += more
            # a hook that outlives it holds the pipe open
            if not more or (p.poll() is not None):
                break
        elif p.poll() is not None:
            break
        if b"Metering" in said:
            ready = True
            break
    if ready:
        for ask in asks:
            subprocess.run(ask, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE_SEC)
        p.terminate()
    try:
        p.wait(PATIENCE_SEC)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        return "HANGS", said, ready
    while select.select([p.stderr], [], [], 0)[0]:
        more = os.read(p.stderr.fileno(), 65536)
        if not more:
            break
        said += more
    p.stderr.close()
    return p.returncode, said, ready


def culprit(lines):
    """The library that crashed, None where it was ours: the innermost frame that is neither the shim's nor libc's,
    which crashes by itself only when it has no memory to look accounts up."""
    for line in lines:
        name = re.match(r"(\S+)\((.*)\) ?\[0x", line)
        if not name:
            continue
        name, function = os.path.basename(name[1]), name[2]
        if "nss" in function:
            return name
        if not name.startswith(("ld-linux", "memory.so", "libc.so")):
            return None if name.startswith("focusd") else name
    return None


def fault_of(code, lines):
    """Our own fault, or None."""
    if code == "HANGS":
        return "hangs"
    if code < 0 and not culprit(lines):
        return f"ended by signal {-code}"
    return "said nothing" if code != 0 and not lines else None


class Keeper:
    """One that serves, and is started again when it has ended."""

    def __init__(self, command):
        self.command = command
        self.start()

    def start(self):
        self.said = tempfile.TemporaryFile()
        self.p = subprocess.Popen(self.command, stderr=self.said)
        end = time.monotonic() + PATIENCE_SEC
        while b"Metering" not in self.lines(raw=True):
            assert time.monotonic() < end and self.p.poll() is None, f"no start: {self.lines()}"
            time.sleep(0.05)

    def lines(self, raw=False):
        self.said.seek(0)
        said = self.said.read()
        return said if raw else said.decode(errors="replace").strip().splitlines()

    def fault(self):
        """What is wrong with the way it has ended; "" where nothing is, None: it has not."""
        if self.p.poll() is None:
            return None
        lines = self.lines()
        # what it said at its start is no reason
        why = [line for line in lines if "Metering" not in line and "Not on the system bus" not in line]
        return fault_of(self.p.returncode, why) or ""


def ask_all(ctl):
    for words in (["status"], ["report"], ["log"], ["reload"]):
        try:
            subprocess.run([ctl] + words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE_SEC)
        except subprocess.TimeoutExpired:
            return False
    name = f"n{random.randrange(10 ** 9)}.alpha.example"
    subprocess.run(["setpriv", "--reuid", "anna", "--regid", "2001", "--clear-groups", "dig", "+tries=1", "+time=1", name],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run(["nft", "delete", "table", "inet", "focusd"], stderr=subprocess.DEVNULL)
    return True


def serve(how_many, seed, command):
    board = Board(os.environ["FAULTS_MEMORY"])
    ctl = os.environ["FAULTS_CTL"]
    keeper = Keeper(command)
    before = board.sites()
    for _ in range(3):
        assert ask_all(ctl), "does not answer"
        time.sleep(1.5) # a tick or two
    now = board.sites()
    sites = sorted(site for site in now if now[site] > before.get(site, 0))
    chosen = choose(sites, how_many, seed)
    outcomes, bad = collections.Counter(), []
    for site in chosen:
        failed = board.failed()
        board.want(site)
        answers = ask_all(ctl)
        end = time.monotonic() + 1.5 # a tick; what is not met by then is not met
        while board.failed() == failed and time.monotonic() < end:
            time.sleep(0.05)
        board.want(0)
        met = board.failed() > failed
        time.sleep(0.2 if met else 0) # until it has ended, if it is to; if it does later, another is blamed
        what = keeper.fault()
        if what is None and not answers and not ask_all(ctl):
            what = "does not answer"
        outcomes["not met" if not met else "went on" if keeper.p.poll() is None else "ended"] += 1
        whose = keeper.p.poll() is not None and keeper.p.returncode < 0 and culprit(keeper.lines())
        if whose:
            outcomes[f"crashed in {whose}"] += 1
        if what or os.environ.get("FAULTS_VERBOSE"):
            print(f"site {site:#x}: {what or 'ok'}; {keeper.p.returncode}: {' / '.join(keeper.lines()[-9:])}", flush=True)
        if what:
            bad.append(site)
        if keeper.p.poll() is not None:
            keeper.start()
    # the last failure may end it only now
    keeper.p.terminate()
    keeper.p.wait(PATIENCE_SEC)
    assert not keeper.fault(), (keeper.fault(), keeper.lines())
    print(f"{len(chosen)} of {len(sites)} sites: " + ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items())))
    sys.exit(1 if bad else 0)


def choose(sites, how_many, seed):
    if how_many.startswith("0x"):
        return [int(how_many, 16)]
    return sites if how_many == "all" else random.Random(seed).sample(sites, min(int(how_many), len(sites)))


def start(how_many, seed, command):
    board = Board(os.environ["FAULTS_MEMORY"], fresh=True)
    state = os.environ["FAULTS_STATE"]
    ctl = os.environ["FAULTS_CTL"]
    asks = [[ctl, "status"], [ctl, "report"], [ctl, "log"], [ctl, "reload"]]
    for _ in range(2): # the first may book what the last moments before it left over
        code, said, ready = live_once(command, asks)
        assert ready and code == 0, (code, said)
        before = usage(state)
        time.sleep(3) # longer than a tail
    sites = sorted(board.sites())
    chosen = choose(sites, how_many, seed)
    outcomes = collections.Counter()
    bad = []
    for i, site in enumerate(chosen):
        failed = board.failed()
        board.want(site)
        code, said, ready = live_once(command, asks[i % len(asks):][:1])
        board.want(0)
        met = board.failed() > failed
        outcomes["not met" if not met else "served" if ready and code == 0 else "ended"] += 1
        lines = said.decode(errors="replace").strip().splitlines()
        whose = culprit(lines)
        what = fault_of(code, lines)
        if isinstance(code, int) and code < 0 and whose:
            outcomes[f"crashed in {whose}"] += 1
        if what:
            pass
        elif "There is no account" in said.decode(errors="replace"):
            what = "forgets a person"
        elif usage(state) != before:
            what = f"the ledger is another one: {usage(state)}, was {before}"
        elif any("broken" in name for name in os.listdir(state)):
            what = "the ledger was set aside"
        if what or os.environ.get("FAULTS_VERBOSE"):
            print(f"site {site:#x}: {what or 'ok'}; {code}, {'ready' if ready else 'not ready'}: {' / '.join(lines[-40:])}", flush=True)
        if what:
            bad.append(site)
    code, said, ready = live_once(command, asks)
    assert ready and code == 0, f"and then it does not start: {code} {said}"
    print(f"{len(chosen)} of {len(sites)} sites: " + ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items())))
    sys.exit(1 if bad else 0)


match sys.argv[1]:
    case "board":
        Board(os.environ["FAULTS_MEMORY"], fresh=True)
    case "count":
        print(sum(Board(os.environ["FAULTS_MEMORY"]).sites().values()))
    case "serve":
        serve(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
    case "start":
        start(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
