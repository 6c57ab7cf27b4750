"""Lets one allocation of focusd-share fail at a time: while it starts, while it carries, while it ends. See
faults_memory.py.

    SITES SEED COMMAND…     so many sites, all of them, or 0x…, that one; COMMAND starts it

A life is a start, what another device says meanwhile, what this one has to say, and a stop. What must hold: it
carries, or it ends with a line that says why, and then the next one carries (a service manager starts it); what
another device said is with the keeper in the end, and what this one said is with the broker, and never less than
before. The last line says how many did what."""
import collections, datetime, json, os, subprocess, sys, tempfile, time
from faults_memory import Board, PATIENCE_SEC, choose, crash_of, culprit, listed, nothing_met

STRETCH_SEC = 2
TOPICS = "focusd/v1/home/"


class Household:
    """What the television says, by the broker, and what the keeper makes of it."""

    def __init__(self):
        self.ctl, self.net = os.environ["FAULTS_CTL"], os.environ["FAULTS_NET"].split()
        self.broker = os.environ["FAULTS_BROKER"].split()
        self.day = self.status()["day"]
        zone = datetime.datetime.fromisoformat(self.status()["now"]).tzinfo
        morning = datetime.datetime.fromisoformat(self.day).replace(hour=4, tzinfo=zone)
        self.morning = int(morning.timestamp())
        self.said, self.own = 0, None

    def status(self):
        return json.loads(subprocess.run([self.ctl, "--json", "status"], stdout=subprocess.PIPE, check=True,
            timeout=PATIENCE_SEC).stdout)

    def used(self):
        return next(site["used_today_sec"] for person in self.status()["people"] if person["person"] == "anna"
            for site in person["sites"] if site["site"] == "alpha")

    def say_more(self):
        self.said += 1
        stretches = [[self.morning + 10 * i, self.morning + 10 * i + STRETCH_SEC] for i in range(self.said)]
        text = json.dumps({"device": "tv", "day": self.day, "sites": {"alpha": stretches}})
        subprocess.run(self.net + ["mosquitto_pub"] + self.broker + ["-r", "-t",
            f"{TOPICS}tv/usage/anna/{self.day}", "-m", text], check=True, timeout=PATIENCE_SEC)

    def of_desk(self):
        """What the broker has of this device: usage and passes; None where one of them is not there."""
        found = subprocess.run(self.net + ["mosquitto_sub"] + self.broker + ["-C", "2", "-W", "30", "-F", "%t %p", "-t",
            f"{TOPICS}desk/usage/anna/{self.day}", "-t", f"{TOPICS}desk/passes/anna/{self.day}"],
            stdout=subprocess.PIPE, text=True, timeout=PATIENCE_SEC).stdout.splitlines()
        return sorted(found) if len(found) == 2 else None

    def keeps_own(self):
        """The broker has all that it had of this device: its passes, and its stretches, the last of which may have grown
        since somebody looked away."""
        had, self.own = self.own, self.of_desk()
        if not self.own or had[0] != self.own[0]:
            return False
        before, now = (json.loads(line.split(" ", 1)[1])["sites"]["alpha"] for line in (had[1], self.own[1]))
        return all(any(a <= start and end <= b for a, b in now) for start, end in before)

    def has_all(self):
        return self.used() >= STRETCH_SEC * self.said


def wait_for(what, while_it=lambda: True):
    end = time.monotonic() + PATIENCE_SEC
    while not what():
        if time.monotonic() > end or not while_it():
            return False
        time.sleep(0.05)
    return True


class Carrier:
    def __init__(self, command):
        self.said = tempfile.TemporaryFile("a+b", buffering=0)
        self.p = subprocess.Popen(command, stderr=self.said)

    def runs(self):
        return self.p.poll() is None

    def is_live(self):
        return any("Sharing as desk" in line for line in self.lines())

    def lines(self):
        return os.pread(self.said.fileno(), 1 << 24, 0).decode(errors="replace").strip().splitlines()

    def end(self):
        """How it ended."""
        if self.runs():
            self.p.terminate()
        try:
            return self.p.wait(PATIENCE_SEC)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
            return "HANGS"


def live(household, command):
    """One life: how it ended, what it said, and whether it carried."""
    household.say_more()
    carrier = Carrier(command)
    carried = wait_for(household.has_all, carrier.runs)
    if carried:
        household.say_more() # and what is said while it is there
        carried = wait_for(household.has_all, carrier.runs) and wait_for(carrier.is_live, carrier.runs)
    hangs = carrier.runs() and not carried
    code = carrier.end()
    return "HANGS" if hangs else code, carrier.lines(), carried


def fault_of(code, lines):
    if code == "HANGS":
        return "does not carry, and does not end"
    if crash_of(lines) and not culprit(lines) or isinstance(code, int) and code < 0 and not crash_of(lines):
        return f"ended by signal {-code}, {crash_of(lines)}"
    said = [line for line in lines if line.startswith("focusd-share:") and "Sharing as" not in line]
    return "said nothing" if code != 0 and not crash_of(lines) and not said else None


def one(household, board, command, site, caller):
    """What became of it, and what is wrong or None."""
    failed, before = board.failed(), household.used()
    board.want(site, caller)
    code, lines, carried = live(household, command)
    board.want(0)
    what = fault_of(code, lines)
    if not what and not carried:
        next_code, next_lines, next_carried = live(household, command)
        if next_code != 0 or not next_carried:
            what = f"the next one does not carry: {next_code}, {next_lines}"
    had = household.own
    if not what and not household.keeps_own():
        what = f"the broker has another word of us: {household.own}, was {had}"
        household.own = had
    if not what and household.used() < before:
        what = f"{household.used()} s are left of {before}"
    outcome = "not met" if board.failed() == failed else "carried" if carried and code == 0 else "ended"
    if what or os.environ.get("FAULTS_VERBOSE"):
        print(f"site {site:#x}: {what or 'ok'}; {code}: {' / '.join(lines[-30:])}", flush=True)
    return outcome, culprit(lines) if code != 0 else None, what


def main(how_many, seed, command):
    board = Board(os.environ["FAULTS_MEMORY"])
    household = Household()
    board.note(1)
    for _ in range(2):
        code, lines, carried = live(household, command)
        assert code == 0 and carried, (code, lines)
    board.note(0)
    household.own = household.of_desk()
    assert household.own, "the broker has nothing of this device"
    found = {site: caller for site, (_, caller) in board.sites().items()}
    chosen, outcomes, bad = choose(sorted(found), how_many, seed), collections.Counter(), 0
    for site in chosen:
        outcome, whose, what = one(household, board, command, site, found.get(site, 0))
        outcomes[outcome] += 1
        outcomes[f"crashed in {whose}"] += bool(whose)
        bad += bool(what)
    print(f"{len(chosen)} of {len(found)} sites: {listed(+outcomes)}")
    sys.exit(1 if bad or nothing_met(outcomes, len(chosen)) else 0)


main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
