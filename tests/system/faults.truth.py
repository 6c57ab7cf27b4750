"""What the ledger says beside what people know themselves (tests/system/faults.people.py).

    live|dead STATE SITE RECORD…   PERSON=RECORD each; prints "lost doubled lag" in ms, the worst of all, and fails
                                   where the ledger contradicts itself; dead: whoever writes it was killed
    back LOG FAULT-US              waits until every kind of try goes well again; prints the ms from FAULT-US to the
                                   end of the first that does; 0: none went wrong

Lost is what the ledger does not have of the time from the first byte to the end of its last stretch: there
was no pause. (What it has not yet at all, because a burst is yet to come or nobody has written it, is the lag.)
Doubled is what it has beyond."""
import json, os, shutil, sqlite3, sys, tempfile, time

GOOD = {"gate": "shut", "name": "lease"}
ROW = 6 # tries of each kind that go well one after the other: then it is back
PATIENCE_SEC = 90
ROUND_US = 1000 # a restart sets its clock by two that are read one after the other


def copy_of(state, folder):
    """Reading the file itself would tidy up what a killed daemon left."""
    for name in os.listdir(state):
        if name.startswith("ledger.sqlite") and "broken" not in name:
            shutil.copy(os.path.join(state, name), folder)
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    found = db.execute("PRAGMA integrity_check").fetchone()
    assert found == ("ok",), f"the ledger is damaged: {found}"
    return db


def person(db, site, name, record):
    with open(record) as f:
        truth = json.load(f)
    db.execute("BEGIN")
    spans = db.execute("SELECT start_usec, end_usec, used_usec FROM span WHERE person = ? AND site = ? ORDER BY start_usec",
        (name, site)).fetchall()
    used = db.execute("SELECT coalesce(sum(used_usec), 0) FROM usage WHERE person = ? AND target = ? AND NOT is_group",
        (name, site)).fetchone()[0]
    db.execute("COMMIT")
    assert used >= 0 and all(row[2] >= 0 for row in spans), f"{name}: less than no time: {spans}"
    assert used == sum(row[2] for row in spans), f"{name}: used {used}, but the stretches are {spans}"
    for before, after in zip(spans, spans[1:]):
        assert before[1] <= after[0] + ROUND_US, f"{name}: {before} and {after} overlap"
    end = spans[-1][1] if spans else truth["first"]
    lost = end - truth["first"] - used
    return lost, -lost, truth["last"] - end


def ledger(state, alive, site, records):
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(f"file:{state}/ledger.sqlite?mode=ro", uri=True) if alive else copy_of(state, folder)
        found = [person(db, site, *pair.split("=")) for pair in records]
        db.close()
    print(*(max(column) // 1000 for column in zip(*found)))


def tries(log):
    with open(log) as f:
        for line in f:
            words = line.split()
            if line.endswith("\n"):
                yield int(words[0]), int(words[1]), words[2], words[3]


def back(log, fault):
    end = time.monotonic() + PATIENCE_SEC
    while time.monotonic() < end:
        since = dict.fromkeys(GOOD, fault)
        row = dict.fromkeys(GOOD, 0)
        for began, ended, what, result in tries(log):
            if began < fault:
                continue
            if result != GOOD[what]:
                row[what], since[what] = 0, None
                continue
            row[what] += 1
            since[what] = since[what] or ended
        if min(row.values()) >= ROW:
            print((max(since.values()) - fault) // 1000)
            return
        time.sleep(0.1)
    sys.exit(f"not back after {PATIENCE_SEC} s: {row}")


match sys.argv[1]:
    case "live" | "dead":
        ledger(sys.argv[2], sys.argv[1] == "live", sys.argv[3], sys.argv[4:])
    case "back":
        back(sys.argv[2], int(sys.argv[3]))
