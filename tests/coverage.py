"""gcov's lists of lines on the standard input, a JSON text a line, as a table; arguments: the tree, the percentages that
core and system are to reach, and files whose lines that nothing runs are to be printed."""
import collections
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
wanted = {"daemon/core": float(sys.argv[2]), "daemon/system": float(sys.argv[3])}
shown = set(sys.argv[4:])
lines = collections.defaultdict(lambda: collections.defaultdict(int))  # file → line → how often

for text in sys.stdin:
    for f in json.loads(text)["files"]:
        path = pathlib.Path(f["file"])
        if not path.is_absolute() or not path.is_relative_to(root):
            continue
        name = str(path.relative_to(root))
        if name.startswith(("daemon/", "cli/")) and name.endswith(".c"):
            for line in f["lines"]:
                lines[name][line["line_number"]] += line["count"]


def percent(names):
    ran = sum(sum(1 for count in lines[n].values() if count) for n in names)
    every = sum(len(lines[n]) for n in names)
    return ran, every, 100 * ran / every if every else 0


rooms = collections.defaultdict(list)
for name in sorted(lines):
    rooms[str(pathlib.Path(name).parent)].append(name)
print(f"{'':34}{'lines':>7}{'run':>7}{'%':>7}")
bad = not lines
for room, names in sorted(rooms.items()):
    for name in names:
        ran, every, share = percent([name])
        print(f"  {name:32}{every:7}{ran:7}{share:7.1f}")
        if name in shown:
            print(*(f"    {name}:{n}" for n, count in sorted(lines[name].items()) if not count), sep="\n")
    ran, every, share = percent(names)
    goal = wanted.get(room)
    missed = goal is not None and share < goal
    bad |= missed
    told = "" if goal is None else f"   wanted: {goal:.0f}{', MISSED' if missed else ''}"
    print(f"{room:34}{every:7}{ran:7}{share:7.1f}{told}\n")
ran, every, share = percent(lines)
print(f"{'all':34}{every:7}{ran:7}{share:7.1f}")
sys.exit(bad)
