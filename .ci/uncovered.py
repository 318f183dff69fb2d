#!/usr/bin/env python3
"""Fails if too few lines are covered by tests, or if a line is neither covered nor excused.

Usage: uncovered.py LCOV FOLDER --at-least PERCENT

A line is excused by an entry of uncovered-lines.txt (beside this script) for its file whose text it
starts with. Entries name text and not numbers, so that they survive edits:

    crates/wire/src/FILE.rs: first words of the line  # reason
"""

import argparse
import pathlib
import re
import sys

EXCUSES = pathlib.Path(__file__).with_name("uncovered-lines.txt")
ENTRY = re.compile(r"(?P<file>\S+\.rs): (?P<words>.+?)\s+# (?P<reason>\S.*)")
# Closing brackets belong to the line that opened them; the unit tests at a file's end are not judged.
CLOSING = re.compile(r"[\])};,?]*")
TESTS = re.compile(r"^#\[cfg\(test\)\]\n(#\[.*\]\n)*mod \w+ \{", re.MULTILINE)


def read_excuses():
    excuses = []
    for number, line in enumerate(EXCUSES.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        entry = ENTRY.fullmatch(line.strip())
        if not entry:
            sys.exit(f"{EXCUSES.name}:{number}: expected `FILE.rs: words  # reason`")
        excuses.append((entry["file"], entry["words"]))
    return excuses


def read_lcov(path, folder):
    """{file: {line: count}}, files relative to the current folder."""
    files, lines = {}, {}
    here = pathlib.Path.cwd()
    for record in pathlib.Path(path).read_text().splitlines():
        key, _, value = record.partition(":")
        if key == "SF":
            file = pathlib.Path(value)
            file = file.relative_to(here) if file.is_relative_to(here) else file
            lines = files.setdefault(file, {}) if file.is_relative_to(folder) else {}
        elif key == "DA":
            line, count = map(int, value.split(",")[:2])
            lines[line] = lines.get(line, 0) + count
    return files


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lcov")
    parser.add_argument("folder")
    parser.add_argument("--at-least", type=float, required=True)
    args = parser.parse_args()

    excuses, used = read_excuses(), set()
    total = covered = 0
    bare = []
    for file, lines in sorted(read_lcov(args.lcov, args.folder).items()):
        source = TESTS.split(file.read_text())[0].splitlines()
        for number, count in sorted(lines.items()):
            if number > len(source):
                break
            total += 1
            covered += count > 0
            text = source[number - 1].strip()
            if count or CLOSING.fullmatch(text):
                continue
            matching = {entry for entry in excuses if entry[0] == str(file) and text.startswith(entry[1])}
            used |= matching
            if not matching:
                bare.append(f"{file}:{number}: {text}")

    for file, words in sorted(set(excuses) - used):
        print(f"note: no uncovered line needs the entry `{file}: {words}`")
    for line in bare:
        print(f"not covered: {line}")
    if not total:
        sys.exit(f"no lines of {args.folder} in {args.lcov}")
    percent = 100 * covered / total
    print(f"{args.folder}: {covered} of {total} lines covered, {percent:.2f} %")
    if bare:
        sys.exit(f"{len(bare)} lines are neither covered nor excused in .ci/{EXCUSES.name}")
    if percent < args.at_least:
        sys.exit(f"less than {args.at_least:g} %")


if __name__ == "__main__":
    main()
