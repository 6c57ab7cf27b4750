"""Lets one allocation of focusd fail at a time (tests/system/faults.memory.c), and looks what becomes of it.

    board                       makes the file that all of them share
    serve SITES SEED COMMAND…   so many sites, all of them, or 0x…, that one, fail while it serves, one after the
                                other; it is started again when it has ended

What must hold: it serves, or it ends with a line that says why; the ledger is as it was, or goes on. The last line
says how many did what. Of its start faults_start.py has the same."""
import collections, os, random, re, sqlite3, struct, subprocess, sys, tempfile, time

SITES = 32768
HEAD = struct.Struct("=QQQQQ") # wanted, its caller, failed, noting, begun
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

    def head(self):
        with open(self.path, "rb") as f:
            return HEAD.unpack(f.read(HEAD.size))

    def failed(self):
        return self.head()[2]

    def begun(self):
        """How many processes of the program there were."""
        return self.head()[4]

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


CRASH = "crash: signal " # what faults.memory.c says of one, then the frames
# Libraries that crash by themselves when there is no memory, whatever they are handed. Any other crash is ours: who
# hands a library NULL dies in there. Of each: the function that dies, or what the library says.
FRAIL = (
    ("libnftables", "", ""), # does not look at what its own allocations return, or ends the process
    ("libnftnl", "", ""), # the same
    ("libmnl", "", ""), # the same
    ("libnss", "", ""), # glibc's look-up of accounts
    ("libseccomp", "", ""), # goes on with half a filter
    ("libknot", "knot_edns_get_options", ""), # writes to what mm_calloc returned; questions never come to that
    # sd_bus_add_object_vtable() without memory leaves a node with the bus, for which sd_bus_unref() aborts
    ("libsystemd", "", "Assertion 'hashmap_isempty(b->nodes)' failed"),
)


def crash_of(lines):
    """The file and the function that crashed, None where nothing did: the innermost frame that is neither the
    shim's nor libc's."""
    starts = [i for i, line in enumerate(lines) if line.startswith(CRASH)]
    for line in lines[starts[0] + 1:] if starts else []:
        name = re.match(r"(\S+)\((.*)\) ?\[0x", line)
        if not name:
            continue
        file, function = os.path.basename(name[1]), name[2]
        if "nss" in function:
            return "libnss", function
        if not file.startswith(("ld-linux", "memory.so", "libc.so")):
            return file, function
    return ("?", "?") if starts else None


def culprit(lines):
    """The library that crashed and is known for that."""
    crash = crash_of(lines)
    return next((name for name, function, words in FRAIL if crash and crash[0].startswith(name)
        and crash[1].startswith(function) and any(words in line for line in lines)), None)


USUAL = "Metering", "Not on the system bus", "The keeper is gone; known names go on"


def reasons(lines):
    """Less what it says at any start."""
    return [line for line in lines if not any(words in line for words in USUAL)]


def fault_of(code, lines):
    """Our own fault, or None."""
    if code == "HANGS":
        return "hangs"
    if code < 0 and not culprit(lines):
        return f"ended by signal {-code}, {crash_of(lines)}"
    return "said nothing" if code != 0 and not reasons(lines) else None


class Keeper:
    """One that serves, and is started again when it has ended."""

    def __init__(self, command):
        self.command = command
        self.start()

    def start(self):
        self.said = tempfile.TemporaryFile("a+b", buffering=0)
        self.go_on()

    def go_on(self):
        """Starts it, with the file that is there."""
        self.since = os.fstat(self.said.fileno()).st_size
        self.p = subprocess.Popen(self.command, stderr=self.said)
        end = time.monotonic() + PATIENCE_SEC
        while not any("Metering" in line for line in self.lines(self.since)):
            assert time.monotonic() < end and self.p.poll() is None, f"no start: {self.lines()}"
            time.sleep(0.05)

    def lines(self, since=0):
        # (it is what they write to: nobody moves its end)
        return os.pread(self.said.fileno(), 1 << 24, since).decode(errors="replace").strip().splitlines()

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
        outcomes["not met"] += not met
        if met:
            outcomes["went on" if keeper.p.poll() is None else "ended"] += 1
        whose = keeper.p.poll() is not None and keeper.p.returncode < 0 and culprit(keeper.lines())
        if whose:
            outcomes[f"crashed in {whose}"] += 1
        if what or os.environ.get("FAULTS_VERBOSE"):
            print(f"site {site:#x}: {what or 'ok'}; {keeper.p.returncode}: {' / '.join(keeper.lines()[-60:])}", flush=True)
        if what:
            bad.append(site)
        if keeper.p.poll() is not None:
            keeper.start()
    # the last failure may end it only now
    keeper.p.terminate()
    keeper.p.wait(PATIENCE_SEC)
    assert not keeper.fault(), (keeper.fault(), keeper.lines())
    print(f"{len(chosen)} of {len(sites)} sites: " + listed(+outcomes))
    sys.exit(1 if bad or nothing_met(outcomes, len(chosen)) else 0)


def listed(outcomes):
    return ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items()))


def nothing_met(outcomes, n):
    """Then nothing was tested. A few are never met again: what is done once, or by chance."""
    return n > 0 and outcomes["not met"] >= n


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
