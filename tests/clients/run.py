#!/usr/bin/env python3
"""Runs every client script of this folder against a served demo warehouse, and counts their checks.

    run.py [--binary FAZHI] [--python PYTHON] [--only psql,psycopg3] [--once] [--install-only | --installed]

Twice: over TLS with a password, and without either. The clients of Python come from `requirements.txt` into an environment below the
user's cache folder; where that cannot be made (no registry to be reached) or with `--python`, scripts say which modules they lack and
are skipped. So are clients that are not installed. Lines that scripts print: `ok: …`, `FAILED: …`, `skipped: …`, `note: …`.
"""

import argparse
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DRIVER = pathlib.Path("/usr/share/java/postgresql.jar")
USER, PASSWORD = "分析员", "第一 密码:/@%"
# Of all checks of one script; each waits less.
SECONDS = 300


def commands(python):
    """Every script and how it is run."""
    flight = [python, HERE / "flight_adbc.py"]
    return {
        "psql": [python, HERE / "psql.py"],
        "psycopg3": [python, HERE / "psycopg3.py"],
        "sqlalchemy2": [python, HERE / "sqlalchemy2.py"],
        "adbc_postgres": [python, HERE / "adbc_postgres.py"],
        "recorded": [python, HERE / "recorded.py"],
        "jdbc": ["java", "-cp", DRIVER, HERE / "Jdbc.java"],
        "flight_adbc": flight,
    }


def missing(name, command):
    """What a script needs that is not here."""
    if name == "jdbc":
        if not shutil.which("javac"):
            return "there is no Java compiler"
        if not DRIVER.exists():
            return f"there is no {DRIVER} (Debian: libpostgresql-jdbc-java)"
    return None if pathlib.Path(command[-1]).exists() else "there is no such script"


def place():
    """Where the environment is: one for each version of its list, so that a change makes a new one."""
    version = hashlib.sha256((HERE / "requirements.txt").read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "fazhi" / f"clients-{version}"
    return folder, folder / "bin" / "python", folder / "installed"


def installed():
    """A Python that has the clients already; None when there is none."""
    _, python, done = place()
    if done.exists():
        return python
    there = subprocess.run([sys.executable, "-c", "import psycopg"], capture_output=True).returncode == 0
    return sys.executable if there else None


def environment():
    """Python with the pinned clients, made once; None when it cannot be made."""
    requirements, (folder, python, done) = HERE / "requirements.txt", place()
    if done.exists():
        return python
    try:
        venv.create(folder, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
        subprocess.run(install, check=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"note: the clients of requirements.txt cannot be installed: {error}")
        return None
    done.touch()
    return python


def built():
    """The program, built if need be."""
    subprocess.run(["cargo", "build", "--workspace", "--bin", "fazhi"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    return target / "debug" / "fazhi"


def demo(binary, folder):
    """A small warehouse, and beside it what `fazhi query` says is in it."""
    data, truth = folder / "data", folder / "truth"
    subprocess.run([binary, "--data", data, "demo", "--reports", "12"], check=True, capture_output=True, timeout=300)
    truth.mkdir()
    sys.path.insert(0, str(HERE))
    from checks import TABLES, VIEWS

    for name in TABLES + VIEWS:
        with open(truth / f"{name}.jsonl", "wb") as file:
            query = [binary, "--data", data, "query", "--format", "jsonl", f"SELECT * FROM {name}"]
            subprocess.run(query, check=True, stdout=file, timeout=300)
    return data, truth


def certificate(folder):
    """A certificate for this machine, signed by itself, and its key; None without `openssl`."""
    if not shutil.which("openssl"):
        return None
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split()
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-out", certificate, "-keyout", key]
    subprocess.run(["openssl", "req", *options, *names, *files], check=True, capture_output=True)
    return certificate, key


def secured(binary, folder, files):
    """Configuration with a user and TLS."""
    hashed = subprocess.run([binary, "serve", "--hash-password"], input=PASSWORD, capture_output=True, text=True, check=True)
    config = folder / "secured.toml"
    config.write_text(
        f'[serve]\ncertificate = "{files[0]}"\nkey = "{files[1]}"\n[serve.users]\n"{USER}" = "{hashed.stdout.strip()}"\n',
        encoding="utf-8",
    )
    return config


@contextlib.contextmanager
def serving(binary, data, config, folder):
    """Addresses by protocol of a server that runs until the end of the block."""
    log = folder / f"{config.stem}.log"
    ports = [part for protocol in ("postgres", "flight", "http") for part in (f"--{protocol}", "127.0.0.1:0")]
    with open(log, "wb") as file:
        command = [binary, "--data", data, "--config", config, "serve", *ports]
        server = subprocess.Popen(command, stderr=file, stdout=file)
    try:
        yield addresses(server, log)
    finally:
        server.terminate()
        try:
            status = server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            status = "killed"
        print(f"{'ok' if status == 0 else 'FAILED'}: the server ended with {status}")


def addresses(server, log):
    for _ in range(600):
        text = log.read_text(encoding="utf-8", errors="replace")
        if "ready" in text:
            return dict(re.findall(r"(postgres|flight|http) on (\S+)", text))
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"the server does not start:\n{text}")


def variables(listening, truth, files):
    """Where the server is, for scripts: libpq's variables and some of our own."""
    host, port = listening["postgres"].rsplit(":", 1)
    scheme = "grpc+tls" if files else "grpc"
    chosen = {
        "PGHOST": host,
        "PGPORT": port,
        "PGDATABASE": "fazhi",
        "PGUSER": USER if files else "fazhi",
        "PGSSLMODE": "verify-full" if files else "disable",
        "FAZHI_FLIGHT": f"{scheme}://{listening['flight']}",
        "FAZHI_HTTP": f"http{'s' if files else ''}://{listening['http']}",
        "FAZHI_TRUTH": str(truth),
    }
    if files:
        chosen |= {"PGPASSWORD": PASSWORD, "PGSSLROOTCERT": str(files[0])}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, **chosen}


def run(name, command, env):
    """The lines of one script, with one more if it died."""
    lack = missing(name, command)
    if lack:
        return [f"skipped: {name}: {lack}"]
    if name == "flight_adbc":
        secured = [env["PGUSER"], env["PGPASSWORD"], "--ca", env["PGSSLROOTCERT"]] if "PGPASSWORD" in env else []
        command = [*command, env["FAZHI_FLIGHT"], *secured]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        out = late.stdout or b""
        return [*out.decode(errors="replace").splitlines(), f"FAILED: {name}: not done after {SECONDS} s"]
    lines = [line for line in done.stdout.splitlines() if re.match(r"(ok|FAILED|skipped|note)\b", line)]
    if done.returncode != 0 and not any(line.startswith("FAILED") for line in lines):
        lines.append(f"FAILED: {name}: ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return lines


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", type=pathlib.Path, help="the program; without it, it is built")
    arguments.add_argument("--python", type=pathlib.Path, help="run the scripts with it, and install nothing")
    arguments.add_argument("--only", help="names of scripts, with commas between")
    arguments.add_argument("--once", action="store_true", help="with password and TLS alone")
    arguments.add_argument("--install-only", action="store_true", help="make the environment, and end")
    arguments.add_argument("--installed", action="store_true", help="name a Python that has the clients, and end")
    chosen = arguments.parse_args()
    if chosen.installed:
        python = installed()
        print(python or "none")
        return 0 if python else 1
    python = chosen.python or environment() or pathlib.Path(sys.executable)
    if chosen.install_only:
        print(python)
        return 0
    binary = chosen.binary or built()
    scripts = commands(python)
    names = chosen.only.split(",") if chosen.only else list(scripts)
    lines = []

    def say(line):
        lines.append(line)
        print(line, flush=True)

    with tempfile.TemporaryDirectory(prefix="fazhi-clients-") as folder:
        folder = pathlib.Path(folder)
        data, truth = demo(binary, folder)
        open_config = folder / "open.toml"
        open_config.touch()
        files = certificate(folder)
        rounds = [("without password and TLS", open_config, None)]
        if files:
            rounds.insert(0, ("with password and TLS", secured(binary, folder, files), files))
        else:
            say("skipped: with password and TLS: there is no `openssl`")
        for title, config, files in rounds[: 1 if chosen.once else None]:
            print(f"== {title}")
            with serving(binary, data, config, folder) as listening:
                env = variables(listening, truth, files)
                for name in names:
                    for line in run(name, scripts[name], env):
                        say(line)
    counts = [sum(line.startswith(word) for line in lines) for word in ("ok", "FAILED", "skipped")]
    print("{} passed, {} failed, {} skipped".format(*counts))
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
