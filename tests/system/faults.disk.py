"""What would be on the disk had the power failed (of a trace that tests/system/faults.disk.c wrote).

    cuts TRACE N SEED SITE RECORD…    N moments, each as a disk may have kept it; prints the worst "lost doubled" in ms
    build TRACE SEED FOLDER           the folder at the last moment but a few

A write is on the disk for certain once its file was synced after it, a file's name once the folder was; of all else
any part may be there, in any order, by pieces of a sector: none of it, all of it, or what the dice say."""
import json, os, random, sqlite3, struct, sys, tempfile

CREATE, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, REMOVE = range(6)
RECORD = struct.Struct("=QIIQ64s")
SECTOR = 512


def read_trace(path):
    with open(path, "rb") as f:
        while len(head := f.read(RECORD.size)) == RECORD.size:
            wall, what, n, offset, name = RECORD.unpack(head)
            data = f.read(n) if what == WRITE else b""
            yield wall, what, name.rstrip(b"\0").decode(), offset, data


class File:
    def __init__(self):
        self.kept, self.pending = bytearray(), []

    def apply(self, change):
        what, offset, data = change
        if what == TRUNCATE:
            del self.kept[offset:]
            self.kept.extend(bytes(max(0, offset - len(self.kept))))
            return
        self.kept.extend(bytes(max(0, offset + len(data) - len(self.kept))))
        self.kept[offset:offset + len(data)] = data

    def sync(self):
        for change in self.pending:
            self.apply(change)
        self.pending = []


def sectors(change):
    what, offset, data = change
    if what == TRUNCATE:
        return [change]
    return [(what, offset + i, data[i:i + SECTOR]) for i in range(0, len(data), SECTOR)]


class Disk:
    def __init__(self):
        self.files, self.entries, self.kept_entries = {}, set(), set()

    def step(self, what, name, offset, data):
        if name.endswith("-shm"): # memory, by another name; whoever opens the file first makes it anew
            return
        if what == CREATE:
            self.files[name] = File()
            self.entries.add(name)
        elif what in (WRITE, TRUNCATE):
            self.files[name].pending.append((what, offset, data))
        elif what == SYNC:
            self.files[name].sync()
        elif what == SYNC_FOLDER:
            self.kept_entries = set(self.entries)
        elif what == REMOVE:
            self.entries.discard(name)

    def cut(self, dice, folder):
        """Writes what the power cut left: with some dice that keep nothing, everything, or this and that."""
        how = dice.choice(("nothing", "all", "some", "some"))
        for name, file in self.files.items():
            kept = File()
            kept.kept = bytearray(file.kept)
            pieces = [piece for change in file.pending for piece in sectors(change)]
            if how == "some":
                pieces = [piece for piece in pieces if dice.random() < 0.5]
                dice.shuffle(pieces)
            for piece in pieces if how != "nothing" else ():
                kept.apply(piece)
            is_there = name in self.kept_entries or (name in self.entries and how != "nothing" and
                (how == "all" or dice.random() < 0.5 or name.endswith(".sqlite")))
            if is_there:
                with open(os.path.join(folder, name), "wb") as f:
                    f.write(kept.kept)


def judge(folder, wall, site, records):
    """Lost and doubled, in µs, of each person at the moment of the cut."""
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    found = db.execute("PRAGMA integrity_check").fetchone()
    assert found == ("ok",), f"the ledger is damaged: {found}"
    for pair in records:
        person, record = pair.split("=")
        with open(record) as f:
            truth = json.load(f)
        used = db.execute("SELECT coalesce(sum(used_usec), 0) FROM usage WHERE person = ? AND target = ? AND NOT is_group",
            (person, site)).fetchone()[0]
        spans = db.execute("SELECT coalesce(sum(used_usec), 0) FROM span WHERE person = ? AND site = ?",
            (person, site)).fetchone()[0]
        assert used == spans and used >= 0, f"{person}: used {used}, stretches {spans}"
        if wall > truth["first"]:
            yield wall - truth["first"] - used
    db.close()


def cuts(trace, n, seed, site, records):
    steps = list(read_trace(trace))
    dice = random.Random(seed)
    with open(records[0].split("=")[1]) as f:
        began = json.load(f)["first"]
    later = [i for i, step in enumerate(steps) if step[0] > began]
    moments = set(dice.sample(later, min(n, len(later))))
    disk, found = Disk(), []
    for i, (wall, what, name, offset, data) in enumerate(steps):
        disk.step(what, name, offset, data)
        if i not in moments:
            continue
        # the longest that it may last: the power fails just before the next change
        end = steps[i + 1][0] if i + 1 < len(steps) else wall
        with tempfile.TemporaryDirectory() as folder:
            disk.cut(dice, folder)
            found.extend(judge(folder, end, site, records))
    print(max(0, max(found)) // 1000, max(0, -min(found)) // 1000)


def build(trace, seed, folder):
    steps = list(read_trace(trace))
    dice = random.Random(seed)
    disk = Disk()
    last = len(steps) - dice.randrange(1, 8)
    for wall, what, name, offset, data in steps[:last]:
        disk.step(what, name, offset, data)
    disk.cut(dice, folder)


match sys.argv[1]:
    case "cuts":
        cuts(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], sys.argv[6:])
    case "build":
        build(sys.argv[2], int(sys.argv[3]), sys.argv[4])
