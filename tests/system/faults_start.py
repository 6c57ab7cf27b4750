"""Lets one allocation of focusd fail at a time: at its start, while it answers, at its stop. See faults_memory.py.

    find SITES SEED COMMAND…        prints so many sites, all of them, or 0x…, that one, each with the life in which
                                    it was met
    try FILE LANE LANES COMMAND…    every LANES-th of these; the last line says how many did what
    sum FILE…                       adds such last lines up

A life is a start, perhaps a question, and a stop. It begins in one of the ways that are told apart below, as what a
start has to do depends on what it finds. COMMAND misses its --state.

What must hold: it serves, and stops, or it ends with a line that says why, and then the next one serves, knows what
was used, and leaves nothing behind when it stops. A crash of a library is told, and is no fault as long as that holds."""
import collections, json, os, shutil, subprocess, sys, time
from faults_memory import Board, PATIENCE_SEC, choose, culprit, fault_of, listed, nothing_met, reasons, usage

READY = b"Metering"
TAIL_SEC = 3
QUESTIONS = ("status", "report", "log", "reload")


class Place:
    """A machine that has only focusd: the network, /etc and the processes are its own."""

    def __init__(self, command):
        self.lane = os.environ["FAULTS_LANE"]
        self.command = command
        self.board = Board(os.environ["FAULTS_MEMORY"], fresh=True)
        with open("/etc/hosts", "rb") as f:
            self.hosts = f.read()
        with open("/etc/resolv.conf", "rb") as f:
            self.resolv = f.read()

    def state(self, way):
        return f"{self.lane}/fresh" if way == "fresh" else f"{self.lane}/state"

    def start(self, way):
        """Until it is ready or has ended; the process, and where it writes."""
        said = open(f"{self.lane}/said", "w+b", buffering=0)
        p = subprocess.Popen(self.command + ["--state", self.state(way)], stderr=said)
        end = time.monotonic() + PATIENCE_SEC
        while p.poll() is None and time.monotonic() < end:
            if READY in read(said):
                break
            time.sleep(0.004)
        return p, said

    def kill_hook(self):
        subprocess.run(["pkill", "-KILL", "-x", "focusd-dns"])

    def prepare(self, way):
        if way == "fresh":
            shutil.rmtree(self.state(way), ignore_errors=True)
        elif way in ("after a crash", "after its crash"):
            p, _ = self.start(way)
            p.kill()
            p.wait()
            if way == "after a crash":
                self.kill_hook()

    def leftovers(self):
        """What is there after a clean stop, and should not be."""
        tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
        if tables:
            return f"it leaves {tables!r}"
        with open("/etc/hosts", "rb") as f:
            if f.read() != self.hosts:
                return "the hosts file is another one"
        with open("/etc/resolv.conf", "rb") as f:
            if f.read() != self.resolv:
                return "resolv.conf is another one"
        return self.left_running()

    def left_running(self):
        """The hook ends by itself when the keeper has."""
        end = time.monotonic() + PATIENCE_SEC
        while True:
            ours = subprocess.run(["pgrep", "-l", "focusd"], capture_output=True, text=True).stdout
            if not ours or time.monotonic() > end:
                return f"left running: {ours!r}" if ours else None
            time.sleep(0.01)

    def told(self):
        """What it says is used, in seconds, and who is shut out; None where it can't say just now."""
        try:
            said = json.loads(subprocess.run([os.environ["FAULTS_CTL"], "--json", "status"], stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, timeout=PATIENCE_SEC).stdout)
        except json.JSONDecodeError:
            return None
        sites = [(p["person"], s["site"], s["used_today_sec"], s["state"]) for p in said["people"] for s in p["sites"]]
        return ({(person, site): used for person, site, used, _ in sites},
            {(person, site) for person, site, _, state in sites if state == "blocked"})

    def ask(self, question):
        subprocess.run([os.environ["FAULTS_CTL"], question], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=PATIENCE_SEC)


# what a start finds: no folder; a ledger and nothing else; what one that was killed left, alone and with its hook
WAYS = ("fresh", "again", "after a crash", "after its crash")


def read(said):
    return os.pread(said.fileno(), 1 << 20, 0)


def stop(p):
    """How it ends."""
    if p.poll() is None:
        p.terminate()
    try:
        return p.wait(PATIENCE_SEC)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        return "HANGS"


def live(place, way, question=None):
    """One life: how it ended, what it said, and was it ready?"""
    p, said = place.start(way)
    ready = READY in read(said)
    hangs = p.poll() is None and not ready
    if ready and question:
        place.ask(question)
    told = place.told() if ready else None
    code = stop(p)
    lines = read(said).decode(errors="replace").strip().splitlines()
    said.close()
    return "HANGS" if hangs else code, lines, ready, told


def meet(place, way, questions, found):
    """One life in which everything is noted that is not known yet."""
    def note(question):
        for site, (_, caller) in place.board.sites().items():
            found.setdefault(site, {"site": site, "caller": caller, "way": way, "question": question})

    place.prepare(way)
    place.board.note(1)
    p, said = place.start(way)
    note(None)
    for question in questions:
        place.ask(question)
        note(question)
    code = stop(p)
    note(None)
    place.board.note(0)
    assert READY in read(said) and code == 0, (way, code, read(said))
    said.close()


def find(place, how_many, seed):
    """Of each site the first life that meets it. Each is lived twice, as not all of it is alike every time."""
    found = {}
    for way in WAYS:
        for _ in range(2):
            meet(place, way, QUESTIONS if way == "again" else (), found)
    for site in choose(sorted(found), how_many, seed):
        print(json.dumps(found[site]))


def forgets(told, before):
    """Does it serve with less than the ledger has, or let somebody in?"""
    if told is None:
        return None
    used, shut = told
    for person, site, _, used_usec in before:
        if used.get((person, site), -1) < used_usec // 1000000:
            return f"forgets what {person} used: {used_usec} us of {site}, says {used.get((person, site))} s"
    return None if ("ben", "beta") in shut and ("anna", "alpha") in used else "forgets a person"


def judge(place, before, life, end):
    """What is wrong, or None. A life that ended badly has another one after it, which has what it needs."""
    code, lines, ready, told = end
    what = fault_of(code, lines) or forgets(told, before)
    state = place.state(life["way"])
    if what:
        return what
    if usage(state) != before:
        return f"the ledger is another one: {usage(state)}, was {before}"
    if os.path.isdir(state) and any("broken" in name for name in os.listdir(state)):
        return "the ledger was set aside"
    if code != 0:
        code, lines, ready, told = live(place, life["way"])
        if code != 0 or not ready or told is None or forgets(told, before):
            return f"the next one does not serve: {code}, {lines}, {forgets(told, before)}"
        if usage(state) != before:
            return f"the next one has another ledger: {usage(state)}, was {before}"
    what = place.leftovers()
    if what and reasons(lines): # there was no memory to take it away, and it said so: the next one does
        code, lines, ready, _ = live(place, life["way"])
        what = place.leftovers() if code == 0 and ready else f"the next one does not serve: {code}, {lines}"
    return what


def try_one(place, life, outcomes):
    place.prepare(life["way"])
    before = usage(place.state(life["way"])) # no lookups, no traffic: as it was it stays
    failed = place.board.failed()
    place.board.want(life["site"], life["caller"])
    end = code, lines, ready, _ = live(place, life["way"], life["question"])
    place.board.want(0)
    what = judge(place, before, life, end)
    outcomes["not met" if place.board.failed() == failed else "served" if ready and code == 0 else "ended"] += 1
    if isinstance(code, int) and code < 0 and culprit(lines):
        outcomes[f"crashed in {culprit(lines)}"] += 1
    if what or os.environ.get("FAULTS_VERBOSE"):
        print(f"site {life['site']:#x}, {life['way']}, {life['question']}: {what or 'ok'}; {code}, "
            f"{'ready' if ready else 'not ready'}: {' / '.join(lines[-40:])}", flush=True)
    if what:
        outcomes["FAULTS"] += 1


def try_all(place, sites, lane, lanes):
    with open(sites) as f:
        lives = [json.loads(line) for line in f]
    outcomes = collections.Counter()
    for _ in range(2): # what the last moments before left over is booked, and nothing is open any more
        live(place, "again")
        time.sleep(TAIL_SEC)
    for life in lives[lane::lanes]:
        try_one(place, life, outcomes)
    code, lines, ready, _ = live(place, "again")
    assert ready and code == 0, f"and then it does not start: {code} {lines}"
    print(json.dumps(outcomes))


def add_up(files):
    outcomes = collections.Counter()
    for name in files:
        with open(name) as f:
            outcomes.update(json.loads(f.read().splitlines()[-1]))
    n = outcomes["served"] + outcomes["ended"] + outcomes["not met"]
    print(f"{n} sites: " + listed(outcomes))
    sys.exit(1 if outcomes["FAULTS"] or nothing_met(outcomes, n) else 0)


match sys.argv[1]:
    case "find":
        find(Place(sys.argv[4:]), sys.argv[2], int(sys.argv[3]))
    case "try":
        try_all(Place(sys.argv[5:]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    case "sum":
        add_up(sys.argv[2:])
