#!/usr/bin/env python3
"""language.outside.py po < template > catalogue: a language in which every sentence stands between marks.
language.outside.py look WORD... < output: words outside of all marks that are none of these; 1 when there are
some. A WORD is taken apart into its letters: anna's-site gives three."""
import re
import sys

BEGIN, END = "⟦", "⟧"
# One letter, or what is looked up by a program.
AS_IT_IS = {".", "y", "yes", "en"}


def mark(text):
    """Blanks and ends of lines stay outside: they are the layout."""
    before, words, after = re.fullmatch(r"((?:\\n| )*)(.*?)((?:\\n| )*)", text, re.S).groups()
    return before + BEGIN + words + END + after


def catalogue(template):
    print('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n'
          'Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n')
    for block in template.split("\n\n")[1:]:
        found = {key: "".join(re.findall(r'"((?:\\.|[^"\\])*)"', quoted)) for key, quoted in
                 re.findall(r'^(msgid\w*) ((?:"(?:\\.|[^"\\])*"\s*)+)', block, re.M)}
        if not found.get("msgid") or found["msgid"] in AS_IT_IS:
            continue
        flags = "".join(line + "\n" for line in block.split("\n") if line.startswith("#, "))
        print(flags + "\n".join(f'{key} "{text}"' for key, text in found.items()))
        if "msgid_plural" in found:
            print(f'msgstr[0] "{mark(found["msgid"])}"\nmsgstr[1] "{mark(found["msgid_plural"])}"\n')
        else:
            print(f'msgstr "{mark(found["msgid"])}"\n')


def look(output, words):
    known = {w for word in words for w in re.findall(r"[A-Za-z]{2,}", word)}
    outside, depth = [], 0
    for letter in output:
        depth += (letter == BEGIN) - (letter == END and depth > 0)
        if depth == 0 and letter != END:
            outside.append(letter)
    found = [w for w in re.findall(r"[A-Za-z]{2,}", "".join(outside)) if w not in known]
    if found:
        print(f"not marked: {' '.join(found)}\n--- in\n{output}")
    return bool(found)


if sys.argv[1] == "po":
    catalogue(sys.stdin.read())
else:
    sys.exit(look(sys.stdin.read(), sys.argv[2:]))
