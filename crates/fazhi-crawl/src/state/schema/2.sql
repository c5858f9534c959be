-- Two kinds of crawls; addresses that wait to be asked.
ALTER TABLE cycles ADD COLUMN kind TEXT NOT NULL DEFAULT 'sweep'; -- `sweep` reads every list to its end, `update` need not
ALTER TABLE cycles ADD COLUMN listed_at TEXT;                     -- when all lists had been read
ALTER TABLE cycles ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0;    -- lists of it that could not be read to their end
ALTER TABLE cycles ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;  -- different entries of its lists
ALTER TABLE cycles ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;  -- of them, those whose titles and dates are wanted
ALTER TABLE cycles ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0; -- known articles that are listed no more
ALTER TABLE cycles ADD COLUMN done INTEGER NOT NULL DEFAULT 0;    -- of the last two, those that have been dealt with
ALTER TABLE urls ADD COLUMN parts TEXT;                           -- addresses of its further pages, for an article that is split
ALTER TABLE urls ADD COLUMN payload_digest TEXT;                  -- SHA-256 of the body as it came, where that differs

-- One row per listed article of a cycle that has not ended.
CREATE TABLE frontier (
    id        INTEGER PRIMARY KEY,
    cycle     INTEGER NOT NULL,
    identity  BLOB NOT NULL,       -- SHA-256 of the canonical address, its first 16 bytes
    url       TEXT NOT NULL,
    title     TEXT,                -- what the list calls it; empty for one that is listed no more
    listed_on TEXT,
    referer   TEXT,                -- the list
    standing  INTEGER NOT NULL     -- 0 waits, 1 done, 2 not wanted
) STRICT;
CREATE UNIQUE INDEX frontier_once ON frontier (cycle, identity);
CREATE INDEX frontier_waiting ON frontier (cycle, id) WHERE standing = 0;
CREATE INDEX urls_by_target ON urls (pipeline, redirect_to) WHERE redirect_to IS NOT NULL;
