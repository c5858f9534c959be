#!/usr/bin/env python3
"""psql: what its backslash commands find, how it shows errors, and that Ctrl-C ends a query."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from checks import ENDLESS, TABLES, VIEWS, check, contains, equal, run

if not shutil.which("psql"):
    print("skipped: there is no `psql`")
    sys.exit(0)

ENVIRONMENT = {**os.environ, "PSQLRC": os.devnull, "PAGER": "cat", "LC_ALL": "C.UTF-8"}


def start(*commands):
    """Runs commands one by one, each as it would be typed."""
    arguments = [part for command in commands for part in ("-c", command)]
    pipe = subprocess.PIPE
    return subprocess.Popen(["psql", "-X", *arguments], env=ENVIRONMENT, stdout=pipe, stderr=pipe, text=True)


def typed(line):
    """What a line prints that mixes SQL and backslash commands."""
    process = subprocess.run(["psql", "-X"], env=ENVIRONMENT, input=line, capture_output=True, text=True, timeout=60)
    equal(process.stderr, "")
    return process.stdout


def psql(*commands):
    """What is printed; an error fails the check."""
    process = start(*commands)
    out, err = process.communicate(timeout=60)
    # An empty list is no error, and said on the same channel.
    complaint = "" if err.startswith("Did not find any") else err.strip()
    assert process.returncode == 0 and not complaint, f"{commands}: {complaint or process.returncode}"
    return out


def refused(*commands):
    """The error that is printed."""
    process = start(*commands)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0, f"{commands} succeeded"
    return err


def listed(command):
    """Second column of a list of relations (or whatever): names by kind."""
    rows = [line.split("|") for line in psql("\\pset format unaligned", "\\pset tuples_only", command).splitlines()]
    return {row[1]: row for row in rows if len(row) > 2}


@check
def lists():
    """psql \\d, \\dt, \\dv tell tables from views"""
    everything, tables, views = listed("\\d"), listed("\\dt"), listed("\\dv")
    equal(sorted(everything), sorted(TABLES + VIEWS))
    equal(sorted(tables), TABLES)
    equal(sorted(views), VIEWS)
    equal({row[2] for row in tables.values()}, {"table"})
    equal({row[2] for row in views.values()}, {"view"})
    equal({row[0] for row in everything.values()}, {"public"})


@check
def comments():
    """psql \\dt+, \\dv+, \\dd show what a row is"""
    contains(" ".join(listed("\\dt+")["documents"]), "One row per article page")
    contains(" ".join(listed("\\dv+")["reports"]), "One row per annual report")
    psql("\\dd public.*")


@check
def columns():
    """psql \\d documents shows columns with PostgreSQL's types"""
    out = psql("\\pset format unaligned", "\\d documents")
    contains(out, "document_id|text", "report_year|integer", "topics|text[]", "written_on|date")
    contains(out, "loaded_at|timestamp with time zone", "simhash|bigint")
    contains(psql("\\pset format unaligned", "\\d indicators"), "value|numeric(28,6)", "confidence|double precision")


@check
def view():
    """psql \\d+ reports and \\sv reports show the view's query"""
    out = psql("\\d+ reports")
    contains(out, 'View "public.reports"', "report_year", "View definition:", "SELECT", "duplicate_of")
    contains(psql("\\sv reports"), "CREATE OR REPLACE VIEW public.reports AS", "SELECT")


@check
def databases():
    """psql \\l, \\dn, \\conninfo"""
    contains(psql("\\l"), "fazhi", "UTF8")
    contains(psql("\\dn"), "public")
    contains(psql("\\conninfo"), 'database "fazhi"')


@check
def others():
    """psql's other lists come back without an error"""
    lists = "\\da \\db \\dC \\dD \\dE \\des \\df \\dg \\di \\dl \\dL \\dm \\do \\dO \\dp \\dP \\ds \\dT \\du \\dx \\dy \\z \\drds \\ddp \\dF"
    failed = []
    for command in lists.split():
        try:
            psql(command)
        except AssertionError as error:
            failed.append(" ".join(str(error).split()))
    assert not failed, "; ".join(failed)


@check
def query():
    """psql runs queries, tells their types and times them"""
    equal(psql("\\pset format unaligned", "\\pset tuples_only on", "SELECT 1, '法治', NULL::int").splitlines()[-1], "1|法治|")
    contains(psql("\\timing on", "SELECT count(*) FROM reports"), "Time: ")
    out = typed("SELECT document_id, report_year, topics, value FROM documents JOIN indicators USING (document_id, report_year) \\gdesc\n")
    contains(out, "text[]", "integer", "numeric(28,6)")


@check
def portions():
    """psql FETCH_COUNT reads through a cursor"""
    out = psql("\\set FETCH_COUNT 100", "\\pset format unaligned", "\\pset tuples_only on", "SELECT * FROM generate_series(1, 1234)")
    equal(out.splitlines()[-1], "1234")


@check
def position():
    """psql shows where a statement is wrong"""
    contains(refused("SELECT nope FROM reports"), "LINE 1: SELECT nope FROM reports\n               ^", 'nope')
    contains(refused("SELEC 1"), "syntax error", "LINE 1: SELEC 1\n        ^")


@check
def transactions():
    """psql BEGIN, a failed statement, ROLLBACK"""
    out = psql("BEGIN", "SELECT 1", "COMMIT")
    contains(out, "BEGIN", "COMMIT")
    err = refused("BEGIN", "SELECT nope", "SELECT 1")
    contains(err, "current transaction is aborted, commands ignored until end of transaction block")


@check
def copying():
    """psql \\copy (...) to a file of the client works; COPY to a file of the server is refused"""
    with tempfile.TemporaryDirectory() as folder:
        theirs = pathlib.Path(folder) / "server.csv"
        err = refused(f"COPY (SELECT 1) TO '{theirs}'")
        contains(err, "ERROR")
        assert not theirs.exists(), "the server wrote a file"
        ours = pathlib.Path(folder) / "client.csv"
        out = psql(f"\\copy (SELECT region_code, name FROM regions ORDER BY 1, 2 LIMIT 3) TO '{ours}' WITH (FORMAT csv, HEADER)")
        equal(out.strip(), "COPY 3")
        equal(len(ours.read_text(encoding="utf-8").splitlines()), 4)


@check
def timeout():
    """psql statement_timeout ends a query"""
    began = time.monotonic()
    err = refused("SET statement_timeout = '300ms'", ENDLESS)
    contains(err, "canceling statement due to statement timeout")
    assert time.monotonic() - began < 10


@check
def cancelling():
    """psql Ctrl-C ends a query at once"""
    process = start("SELECT 1", ENDLESS)
    process.stdout.readline()  # The first query has answered: the second is on its way.
    time.sleep(0.5)  # Not for the sake of the server: psql minds Ctrl-C only while it waits for an answer.
    assert process.poll() is None, process.communicate()
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    took = time.monotonic() - began
    contains(err, "canceling statement due to user request")
    assert took < 2, f"it took {took:.1f} s"


run()
