"""Lets one allocation of focusd fail at a time (tests/system/faults.memory.c), and looks what becomes of it.

    board                       makes the file that all of them share
    serve SITES SEED COMMAND…   so many sites, all of them, or 0x…, that one, fail while it serves, one after the
                                other; it is started again when it has ended

What must hold: it serves, or it ends with a line that says why; the ledger is as it was, or goes on. The last line
says how many did what. Of its start faults_start.py has the same."""
import collections, os, random, re, sqlite3, struct, subprocess, sys, tempfile, time

SITES = 32768
HEAD = struct.Struct("=QQQQ") # wanted, its caller, failed, noting
SIZE = HEAD.size + 24 * SITES
PATIENCE_SEC = 60


class Board:
    """The file that is shared with the process."""

    def __init__(self, path, fresh=False):
        self.path = path
        if fresh:
            with open(path, "wb") as f:
                f.write(bytes(SIZE))

    def put(self, offset, word):
        with open(self.path, "r+b", buffering=0) as f:
            f.seek(offset)
            f.write(struct.pack("=Q", word))

    def want(self, site, caller=0):
        """caller: as sites() told it; 0 where it is not known, which costs time."""
        self.put(8, caller)
        self.put(0, site)

    def note(self, noting):
        self.put(24, noting)

    def failed(self):
        with open(self.path, "rb") as f:
            return HEAD.unpack(f.read(HEAD.size))[2]

    def sites(self):
        """Who asked so far: how often, and from where, by site."""
        with open(self.path, "rb") as f:
            f.seek(HEAD.size)
            words = struct.unpack(f"={3 * SITES}Q", f.read())
        return {site: (count, caller) for site, caller, count in zip(words[::3], words[1::3], words[2::3]) if site}


def usage(state):
    """What is used, of a ledger that may not be there yet."""
    if not os.path.exists(f"{state}/ledger.sqlite"):
        return []
    db = sqlite3.connect(f"file:{state}/ledger.sqlite?mode=ro", uri=True)
    try:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'usage'").fetchall():
            return []
        return db.execute("SELECT person, target, day, used_usec FROM usage ORDER BY 1, 2, 3").fetchall()
    finally:
        db.close()


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


def reasons(lines):
    """Less what it says at any start."""
    return [line for line in lines if "Metering" not in line and "Not on the system bus" not in line]


def fault_of(code, lines):
    """Our own fault, or None."""
    if code == "HANGS":
        return "hangs"
    if code < 0 and not culprit(lines):
        return f"ended by signal {-code}"
    return "said nothing" if code != 0 and not reasons(lines) else None


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
        return fault_of(self.p.returncode, self.lines()) or ""


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
    board.note(1)
    for _ in range(3):
        assert ask_all(ctl), "does not answer"
        time.sleep(1.5) # a tick or two
    board.note(0)
    callers = {site: caller for site, (_, caller) in board.sites().items()}
    sites = sorted(callers)
    chosen = choose(sites, how_many, seed)
    outcomes, bad = collections.Counter(), []
    for site in chosen:
        failed = board.failed()
        board.want(site, callers.get(site, 0))
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


if __name__ == "__main__":
    match sys.argv[1]:
        case "board":
            Board(os.environ["FAULTS_MEMORY"], fresh=True)
        case "note":
            Board(os.environ["FAULTS_MEMORY"], fresh=True).note(True)
        case "count":
            print(sum(count for count, _ in Board(os.environ["FAULTS_MEMORY"]).sites().values()))
        case "serve":
            serve(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
