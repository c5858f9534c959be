-- Crawl state. It can be rebuilt from the archive at any time; look, but let fazhi write.
CREATE TABLE IF NOT EXISTS cycles (
    cycle      INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline   TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at   TEXT               -- empty while the crawl runs, and after it was killed
) STRICT;
CREATE INDEX IF NOT EXISTS cycles_by_pipeline ON cycles (pipeline, cycle);

-- One row per address a pipeline has asked for: how the last attempt ended, and where the last body lies.
CREATE TABLE IF NOT EXISTS urls (
    pipeline      TEXT NOT NULL,
    purpose       TEXT NOT NULL,
    url           TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    rule          TEXT NOT NULL,
    http_status   INTEGER,
    redirect_to   TEXT,
    fetched_at    TEXT NOT NULL,
    last_cycle    INTEGER,         -- cycle in which the address was last dealt with
    etag          TEXT,
    last_modified TEXT,
    digest        TEXT,            -- SHA-256 of the body without content coding
    record_id     TEXT,            -- the record that holds the body, and where it lies
    warc_file     TEXT,
    warc_offset   INTEGER,
    warc_length   INTEGER,
    body_at       TEXT,
    PRIMARY KEY (pipeline, purpose, url)
) STRICT, WITHOUT ROWID;

-- How far each archive file is accounted for in the tables above.
CREATE TABLE IF NOT EXISTS archive_files (
    file             TEXT PRIMARY KEY,
    pipeline         TEXT NOT NULL,
    committed_length INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
