#!/usr/bin/env python3
"""Scores article texts against the marked paragraphs of real pages, beside those that trafilatura extracts.

    fazhi extract PAGES/*.html | compare_bodies.py PAGES

Standard input holds one JSON object per page with `file` and `body`. A paragraph is known by its first and last six
characters and its length, after NFKC and without white space. Two scores: `lines` asks for the paragraph as a line of
its own; `characters` asks only that its text is there, whatever breaks stand in or around it. trafilatura is shown with
and without its reading of tables: without, it keeps the lines of texts that stand in layout tables, and loses real
tables. Pages without an article are left out of the scores; how many lines each takes from them is told below.
"""

import collections
import hashlib
import json
import pathlib
import sys
import unicodedata

try:
    import trafilatura
except ImportError:
    print("skipped: python3 has no `trafilatura`")
    sys.exit(0)

GOLD = pathlib.Path(__file__).parent.parent / "gold" / "real_bodies"
ENDS = 6
TAKEN = "\0"
PROGRAMS = ["fazhi", f"trafilatura {trafilatura.__version__}", "trafilatura without tables"]

# Of one kind of unit: how many were marked, found by a program, and both.
Score = collections.namedtuple("Score", "marked found matched")


def plain_lines(text):
    lines = ("".join(unicodedata.normalize("NFKC", line).split()) for line in text.split("\n"))
    return [line for line in lines if line]


def peer_text(source, **options):
    """What trafilatura takes for the article; the marks it draws around cells and items are not text."""
    lines = (trafilatura.extract(source, include_comments=False, **options) or "").split("\n")
    rows = (line.replace("\\|", "|").replace("|", "\t") if line.startswith("|") else line for line in lines)
    rows = (line.removeprefix("- ") for line in rows)
    return "\n".join(line for line in rows if line.strip(" \t-"))


def by_line(gold, lines):
    found = collections.Counter((line[:ENDS], line[-ENDS:], len(line)) for line in lines)
    expected = collections.Counter(gold)
    return Score(expected.total(), found.total(), (expected & found).total())


def by_character(gold, lines):
    """No stretch of text counts for two paragraphs; the longest choose first."""
    text = "".join(lines)
    matched = 0
    for first, last, chars in sorted(gold, key=lambda paragraph: -paragraph[2]):
        at = text.find(first)
        while at >= 0 and not (TAKEN not in text[at : at + chars] and text[at : at + chars].endswith(last)):
            at = text.find(first, at + 1)
        if at >= 0:
            text = text[:at] + TAKEN * chars + text[at + chars :]
            matched += chars
    return Score(sum(chars for _, _, chars in gold), len(text), matched)


def share(part, whole):
    return part / whole if whole else 1.0


def columns(score):
    return f"{share(score.matched, score.found):10.3f} {share(score.matched, score.marked):7.3f}"


def row(name, scores):
    return f"{name:34} {scores[0].marked:5} {scores[1].marked:6} |" + " |".join(columns(score) for score in scores)


def header():
    units = f"{'lines':^18} |{'characters':^18}"
    names = f"{'precision':>10} {'recall':>7}"
    print(f"{'':47} |" + " |".join(f"{program:^38}" for program in PROGRAMS))
    print(f"{'':34} {'marked':^12} |" + " |".join([units] * len(PROGRAMS)))
    print(f"{'file':34} {'lines':>5} {'chars':>6} |" + " |".join([names] * 2 * len(PROGRAMS)))


def marked_pages(pages):
    """Every annotation with the bytes of its page."""
    for path in sorted(GOLD.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        source = (pages / gold["file"]).read_bytes()
        if hashlib.sha256(source).hexdigest() != gold["sha256"]:
            sys.exit(f"`{gold['file']}` is not the page that was marked")
        yield gold, source


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: compare_bodies.py PAGES < EXTRACTED")
    pages = pathlib.Path(sys.argv[1])
    if not pages.is_dir():
        print("skipped: the folder of pages is absent")
        return
    extracted = (json.loads(line) for line in sys.stdin if line.strip())
    ours = {pathlib.Path(page["file"]).name: page["body"] for page in extracted}

    header()
    totals, others = [Score(0, 0, 0)] * 2 * len(PROGRAMS), []
    for gold, source in marked_pages(pages):
        name = gold["file"]
        if name not in ours:
            sys.exit(f"`{name}` is not among the extracted pages")
        peers = [peer_text(source, include_tables=True), peer_text(source, include_tables=False)]
        texts = [plain_lines(text) for text in [ours[name], *peers]]
        if gold["kind"] != "article":
            others.append(f"{name} ({gold['kind']}): {', '.join(str(len(lines)) for lines in texts)} lines")
            continue
        expected = [(p["first"], p["last"], p["chars"]) for p in gold["paragraphs"]]
        scores = [score(expected, lines) for lines in texts for score in (by_line, by_character)]
        print(row(name, scores))
        totals = [Score(*map(sum, zip(total, score))) for total, score in zip(totals, scores)]
    print(row("total", totals))
    print("not counted:", "; ".join(others))


main()
