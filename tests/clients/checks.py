"""What the client scripts share: a list of checks, one line for each, and where the server is.

libpq's environment says where: PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE, PGSSLROOTCERT. psql, psycopg and
ADBC read it themselves; `url` is for clients that want one.
"""

import os
import sys
import traceback
import urllib.parse

CHECKS = []

# A statement that needs hours and hardly any memory.
ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000000000) AS a(x) WHERE x % 3 = 7"
# What the demo loads.
TABLES = [
    "captures",
    "catalog_checks",
    "documents",
    "indicator_catalog",
    "indicators",
    "issues",
    "quantities",
    "regions",
    "runs",
    "sections",
    "texts",
]
VIEWS = [
    "evidence",
    "indicator_checks",
    "indicator_confidence",
    "indicator_ranges",
    "indicator_values",
    "indicator_yearly",
    "reports",
]


class Skipped(Exception):
    """A check that cannot be made here, and why."""


def needs(module):
    """A module, or the end of the script when Python does not have it."""
    try:
        return __import__(module, fromlist=["_"])
    except ImportError:
        print(f"skipped: python has no `{module}`")
        sys.exit(0)


def wanted(module):
    """A module, or the end of the check when Python does not have it."""
    try:
        return __import__(module, fromlist=["_"])
    except ImportError as error:
        raise Skipped(f"python has no `{module}`") from error


def check(function):
    """A check; the first line of its text names it."""
    CHECKS.append(function)
    return function


def equal(found, expected):
    assert found == expected, f"found {found!r} in place of {expected!r}"


def contains(text, *parts):
    for part in parts:
        assert part in text, f"no {part!r} in {text!r}"


def url(scheme="postgresql", **options):
    """The server as a URL. `options` are parameters beside those for TLS."""
    setting = os.environ.get
    user = urllib.parse.quote(setting("PGUSER", "fazhi"), safe="")
    password = setting("PGPASSWORD")
    login = f"{user}:{urllib.parse.quote(password, safe='')}" if password else user
    for name, option in [("PGSSLMODE", "sslmode"), ("PGSSLROOTCERT", "sslrootcert")]:
        if setting(name):
            options[option] = setting(name)
    host, port = setting("PGHOST", "127.0.0.1"), setting("PGPORT", "5432")
    query = f"?{urllib.parse.urlencode(options)}" if options else ""
    return f"{scheme}://{login}@{host}:{port}/{setting('PGDATABASE', 'fazhi')}{query}"


def run():
    """Makes every check, whatever came of the others."""
    failed = 0
    for function in CHECKS:
        name = function.__doc__.splitlines()[0].rstrip(".")
        try:
            function()
        except Skipped as reason:
            print(f"skipped: {name}: {reason}")
        except Exception as error:  # noqa: BLE001: whatever it is, it belongs to this check
            failed += 1
            reason = " ".join(str(error).split())[:1500]
            print(f"FAILED: {name}: {type(error).__name__}: {reason}")
            if os.environ.get("FAZHI_TRACE"):
                traceback.print_exc()
        else:
            print(f"ok: {name}")
        sys.stdout.flush()
    # Threads of native drivers can abort the interpreter while it takes itself down.
    os._exit(1 if failed else 0)
