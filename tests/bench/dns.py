"""The second half of tests/bench/dns, inside its world: starts the servers, measures in rounds, prints the tables."""
import argparse
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time

from dns_servers import SERVERS

PARTS = 4  # of what is measured at full load in a round, each half a slice
NOISE = 0.15  # of a ratio: the half of its rounds that lies in the middle is wider than this part of the median
PARSER = argparse.ArgumentParser(prog="tests/bench/dns")
PARSER.add_argument("world")
PARSER.add_argument("build")
PARSER.add_argument("--rounds", type=int, default=12)
PARSER.add_argument("--slice", type=float, default=0.4, help="seconds of each figure in each round")
PARSER.add_argument("--names", type=int, default=1000000, help="listed names; 0: no lists")
PARSER.add_argument("--idle", type=float, default=30, help="seconds without a question")
PARSER.add_argument("--only", default="", help="these servers, beside the bare ones and focusd-dns")
OPTIONS = PARSER.parse_args()
LOAD = OPTIONS.build + "/tests/bench/dns-load"
CPUS = sorted(os.sched_getaffinity(0))
LISTED = "with and without lists"
OURS, PEERS = "focusd-dns", ("dnsmasq", "unbound", "dnsdist", "pdns-recursor", "knot-resolver", "systemd-resolved")


def say(*words):
    print(*words, flush=True)


def load(mode, server, kind, seconds, pid=0):
    """The figures of dns-load, or None where nothing was answered, several times over."""
    for _ in range(1 if mode == "first" else 5):
        run = subprocess.run(["taskset", "-c", str(CPUS[-1]), LOAD, mode, server.address, str(server.port), kind,
                              str(seconds), str(pid)], capture_output=True, text=True)
        if run.returncode == 0:
            return [float(x) for x in run.stdout.split()]
    return None


def pss_mb(server):
    """The share of memory, of all its processes."""
    kb = 0
    for pid in server.pids():
        for line in open("/proc/%d/smaps_rollup" % pid):
            if line.startswith("Pss:"):
                kb += int(line.split()[1])
    return kb / 1024


def switches(server):
    """How often its threads have gone to sleep."""
    n = 0
    for pid in server.pids():
        for task in os.listdir("/proc/%d/task" % pid):
            for line in open("/proc/%d/task/%s/status" % (pid, task)):
                if line.startswith("voluntary_ctxt_switches"):
                    n += int(line.split()[1])
    return n


def start(server):
    """Starts it and waits for its first answer; its start is server.start_sec. False: it does not run here."""
    server.command = server.prepare()
    begin = time.monotonic()
    server.start(CPUS[0])
    end = begin + 120
    while time.monotonic() < end and server.process.poll() is None:
        if load("first", server, "local" if server.answers else "pass", 0.5):
            server.start_sec = min(time.monotonic() - begin, getattr(server, "start_sec", 1e9))
            return True
    server.stop()
    say("ABSENT: %s does not answer here: %s" % (server.name, (server.folder / "log").read_text()[-300:].strip()))
    return False


def start_all(listed, plain=()):
    """All that are there; with a list, instead of the plain ones that can't run beside theirs."""
    servers = []
    only = OPTIONS.only.split(",") if OPTIONS.only else PEERS
    for i, kind in enumerate(SERVERS):
        if (listed and not kind.lists) or (kind.name in PEERS and kind.name not in only):
            continue
        if not kind.found(OPTIONS.build):
            say("ABSENT: %s is not installed: no figure of it" % kind.name)
            continue
        folder = "%s/%s%s" % (OPTIONS.world, kind.name.replace(" ", "-"), "-listed" if listed else "")
        server = kind(folder, 5399 + i + (50 if listed else 0), listed, OPTIONS.build)
        for other in (s for s in plain if s.name == kind.name and kind.alone):
            other.stop()
        if start(server):
            servers.append(server)
    return servers


def warm(servers):
    """Leases, caches, sockets: what the first questions cost is not measured."""
    for server in servers:
        for kind in kinds(server):
            load("most", server, kind, 0.3, server.pid())


def kinds(server):
    return ["local"] * server.answers + ["pass"] * server.passes


def most_of(servers):
    """Two slices of each, in parts that go round: what disturbs one for a moment disturbs all. {(server, kind): sums}."""
    sums = {}
    for _ in range(PARTS):
        for server in servers:
            for kind in kinds(server):
                f = load("most", server, kind, OPTIONS.slice / 2, server.pid())
                if f:
                    sums[server, kind] = [a + b for a, b in zip(sums.get((server, kind), [0] * len(f)), f)]
    return sums


def round_of(servers, figures, calm=True):
    """One slice of everything for every server; figures[name, kind, what] grows by one."""
    sums = most_of(servers)
    for server in servers:
        for kind in kinds(server):
            f = sums.get((server, kind))
            note(figures, server, kind, "us", f and f[3] / f[0] * 1e6)
            note(figures, server, kind, "qps", f and f[0] / f[2])
            if calm:
                f = load("calm", server, kind, OPTIONS.slice, server.pid())
                note(figures, server, kind, "p50", f and f[4])
                note(figures, server, kind, "p99", f and f[5])


def note(figures, server, kind, what, figure):
    figures.setdefault((server.name + ("+" if server.listed else ""), kind, what), []).append(
        float("nan") if figure is None else figure)


def middle(values):
    values = [v for v in values if v == v]
    return statistics.median(values) if values else float("nan")


def spread(values):
    """min, median, max; and how wide the middle half is, as a part of the median."""
    values = sorted(v for v in values if v == v)
    if not values:
        return (float("nan"),) * 4
    q = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return values[0], statistics.median(values), values[-1], (q[2] - q[0]) / q[1]


def ratios(figures, a, b):
    """Round by round, so that what disturbs one round disturbs both."""
    return spread([x / y for x, y in zip(figures.get(a, ()), figures.get(b, ())) if y > 0])


def print_servers(servers, figures, wakes):
    say("\n%-17s | %-28s %8s | %-28s %8s | %15s | %7s %9s %7s" % (
        "SERVER", "ANSWERS ITSELF us of cpu", "/s", "PASSES ON us of cpu", "/s", "1000/s p50 p99", "MB", "start ms", "idle/s"))
    for server in servers:
        cells = []
        for kind in ("local", "pass"):
            us = figures.get((server.name, kind, "us"))
            cells.append("%8.2f %8.2f %8.2f" % spread(us)[:3] if us else "-")
            cells.append("%.0f" % middle(figures[server.name, kind, "qps"]) if us else "-")
        kind = "pass" if server.passes else "local"
        cells.append("%.0f %.0f" % (middle(figures[server.name, kind, "p50"]), middle(figures[server.name, kind, "p99"])))
        say("%-17s | %-28s %8s | %-28s %8s | %15s | %7.1f %9.0f %7.2f" % (
            server.name, *cells, server.pss, server.start_sec * 1000, wakes[server.name]))
    say("us of cpu: min, median and max of the rounds; the rest are medians; p50 and p99 in us, of names passed on")


def print_ratios(figures):
    say("\n%-44s %8s %8s %8s  %s" % ("RATIOS, round by round", "min", "median", "max", "middle half"))
    for kind, what in (("local", "answers itself"), ("pass", "passes on")):
        for other in ("bare responder", "bare forwarder", *PEERS):
            if (other, kind, "us") in figures and (OURS, kind, "us") in figures:
                r = ratios(figures, (OURS, kind, "us"), (other, kind, "us"))
                say("%-44s %8.2f %8.2f %8.2f  %4.0f %%%s" % (
                    "%s / %s, %s" % (OURS, other, what), *r[:3], r[3] * 100, "  too noisy to tell" if r[3] > NOISE else ""))


def print_listed(servers, figures):
    say("\n%-17s | %10s %10s | %-28s | %s" % (
        "%d LISTED" % OPTIONS.names, "start s", "MB", "PASSES ON us of cpu", "ratio to without: min median max"))
    for server in servers:
        us = figures.get((server.name + "+", "pass", "us"), [])
        r = ratios(figures, (server.name + "+", "pass", "us"), (server.name, "pass", "us"))
        say("%-17s | %10.2f %10.1f | %-28s | %.2f %.2f %.2f%s" % (
            server.name, server.start_sec, server.pss, "%8.2f %8.2f %8.2f" % spread(us)[:3], *r[:3],
            "  too noisy to tell" if r[3] > NOISE else ""))


def write_list(path):
    chance = random.Random(8)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    with open(path, "w") as f:
        for i in range(OPTIONS.names):
            label = "".join(chance.choices(letters, k=chance.randrange(3, 12)))
            f.write("%s%x.%s\n" % (label, i, chance.choice(("com", "net", "org", "co.uk", "ads.example", "info"))))
    os.chmod(path, 0o644)


class Rows:
    """For tests/bench/run; README.md has the format."""

    def __init__(self):
        path = os.environ.get("FOCUSD_ROWS")
        self.file = open(path, "a") if path else None

    def row(self, goal, figure, verdict):
        if self.file:
            self.file.write("%s\t%s\t%s\n" % (goal, figure, verdict))
            self.file.flush()

    def ratio(self, goal, r, limit):
        if r[1] != r[1]:
            return
        verdict = "too noisy to tell" if r[3] > NOISE else "met" if r[1] <= limit else "not met"
        self.row(goal, "%.2f × (%.2f to %.2f in %d rounds)" % (r[1], r[0], r[2], OPTIONS.rounds), verdict)

    def most(self, goal, figure, limit, unit):
        self.row(goal, "%.2f %s" % (figure, unit), "met" if figure <= limit else "not met")


def write_rows(figures, servers, listed, wakes):
    rows, us = Rows(), lambda name, kind: (name, kind, "us")
    rows.ratio("lease-bare", ratios(figures, us(OURS, "local"), us("bare responder", "local")), 1.25)
    local = {p: middle(figures[us(p, "local")]) for p in PEERS if us(p, "local") in figures}
    if local:
        rows.ratio("lease-peer", ratios(figures, us(OURS, "local"), us(min(local, key=local.get), "local")), 0.75)
    rows.ratio("pass-bare", ratios(figures, us(OURS, "pass"), us("bare forwarder", "pass")), 1.3)
    rows.ratio("pass-dnsdist", ratios(figures, us(OURS, "pass"), us("dnsdist", "pass")), 0.85)
    rows.ratio("pass-dnsmasq", ratios(figures, us(OURS, "pass"), us("dnsmasq", "pass")), 0.35)
    beside = figures.get(LISTED, {})
    rows.ratio("listed", ratios(beside, us(OURS + "+", "pass"), us(OURS, "pass")), 1.1)
    with_, without = ({s.name: s for s in l}.get(OURS) for l in (listed, servers))
    if with_ and without:
        rows.most("listed-memory", with_.pss - without.pss_fresh, 20, "MB more than without")
        rows.most("listed-load", with_.start_sec - without.start_sec, 0.4, "s more to the first answer than without")
    if without:
        rows.most("idle-wakeups", wakes[OURS], 0.1, "a second, the watchdog's included")
        rows.most("idle-memory", without.pss, 8, "MB, after the rounds")
        rows.most("start", without.start_sec * 1000, 50, "ms to the first answer (a shell's start included)")


def compare_lists(listed, plain, figures):
    """One slice of each, of names passed on: those are what lists slow down."""
    for server in (listed, plain):
        server.answers = False
        if server.alone and server.process.poll() is not None:
            if not start(server):
                sys.exit("%s does not start again" % server.name)
            warm([server])
        round_of([server], figures, calm=False)
        if server.alone:
            server.stop()


def main():
    servers = start_all(None)
    warm(servers)
    for s in servers:
        s.pss_fresh = pss_mb(s)
    figures = {}
    say("%d servers, %d rounds" % (len(servers), OPTIONS.rounds))
    for _ in range(OPTIONS.rounds):
        round_of(servers, figures)
    time.sleep(min(OPTIONS.idle, 3))  # what is still under way then is no answer's
    before = {s.name: switches(s) for s in servers}
    time.sleep(OPTIONS.idle)
    wakes = {s.name: (switches(s) - before[s.name]) / max(OPTIONS.idle, 1e-9) for s in servers}
    for s in servers:
        s.pss = pss_mb(s)
    print_servers(servers, figures, wakes)
    print_ratios(figures)
    listed = []
    if OPTIONS.names:
        write_list(OPTIONS.world + "/listed")
        listed = start_all(OPTIONS.world + "/listed", servers)
        warm(listed)
        for s in listed:
            s.pss = pss_mb(s)
        beside = {}
        for _ in range(OPTIONS.rounds):
            for s in listed:
                compare_lists(s, next(p for p in servers if p.name == s.name), beside)
        print_listed(listed, beside)
        figures = {**figures, **{k: v for k, v in beside.items() if k[0].endswith("+")}, LISTED: beside}
    say("\nload average %s on %d processors" % (" ".join(open("/proc/loadavg").read().split()[:3]), len(CPUS)))
    write_rows(figures, servers, listed, wakes)
    for s in servers + listed:
        s.stop()
    return 0


sys.exit(main())
