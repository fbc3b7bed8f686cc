"""The tables of a fetch's state, and what is asked of them."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects(
    path TEXT PRIMARY KEY, grp TEXT, derived INT, url TEXT, file TEXT, size INT, sha256 TEXT,
    md5 TEXT, etag TEXT, modified TEXT, version TEXT, fetched TEXT, facts TEXT, opt_out TEXT,
    judged TEXT, followed TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_grp ON objects(grp);
CREATE TABLE IF NOT EXISTS gone(
    number INT, path TEXT, url TEXT, size INT, sha256 TEXT, reason TEXT,
    PRIMARY KEY (number, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS placing(path TEXT PRIMARY KEY, part TEXT, found TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dropped(path TEXT PRIMARY KEY, reason TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failed(path TEXT PRIMARY KEY, url TEXT, rule TEXT, detail TEXT)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sites(origin TEXT PRIMARY KEY, record TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS older(file TEXT PRIMARY KEY, size INT) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS left AFTER DELETE ON objects
BEGIN INSERT OR IGNORE INTO older VALUES (old.file, old.size); END;
CREATE TRIGGER IF NOT EXISTS came AFTER INSERT ON objects
BEGIN DELETE FROM older WHERE file = new.file; END;
"""
# ``placing``: files that are whole and get their names, JSON of the row that is to come.
# ``dropped``: what the next snapshot lacks, until it is written; only then it is ``gone``.
# ``older``: files on disk that the newest snapshot does not name, kept up by the triggers.

LISTING = """
CREATE TABLE listing.targets(
    n INTEGER PRIMARY KEY, path TEXT UNIQUE, grp TEXT, url TEXT, size INT, about INT,
    checksum TEXT, sidecar TEXT, version TEXT, expect TEXT, counts INT, facts TEXT
);
CREATE TABLE listing.absent(path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE listing.named(path TEXT PRIMARY KEY, grp TEXT, facts TEXT) WITHOUT ROWID;
CREATE TABLE listing.work(n INTEGER PRIMARY KEY, grp TEXT);
"""

# A group is to do where one of its files is new, absent, changed or of no stated version, where the
# source says something else of it, where it was judged or followed by other options, or where one
# that was there is not listed any more: what follows from the group may then be another file.
WORK = """
INSERT INTO listing.work(n, grp)
SELECT min(n), grp FROM (
    SELECT t.n AS n, t.grp AS grp FROM listing.targets t LEFT JOIN objects o ON o.path = t.path
    WHERE o.path IS NULL OR t.version = '' OR o.version <> t.version OR o.url <> t.url
        OR o.facts <> t.facts OR o.judged <> ?1 OR o.followed <> ?2
    UNION ALL
    SELECT t.n, t.grp FROM objects o JOIN listing.targets t ON t.grp = o.grp
    LEFT JOIN listing.targets same ON same.path = o.path
    LEFT JOIN listing.absent a ON a.path = o.path
    WHERE (o.derived = 0 AND same.path IS NULL) OR a.path IS NOT NULL
) GROUP BY grp;
"""

INSERT = """
INSERT OR IGNORE INTO listing.targets(path, grp, url, size, about, checksum, sidecar, version,
    expect, counts, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

LISTED = """
SELECT w.n, t.url, t.path, t.size, t.about, t.checksum, t.sidecar, t.version, t.expect, t.grp,
    t.counts, t.facts
FROM (SELECT n, grp FROM listing.work WHERE n > ? ORDER BY n LIMIT ?) w
JOIN listing.targets t ON t.grp = w.grp ORDER BY w.n, t.n
"""

HAD = """
SELECT w.n, o.* FROM listing.work w JOIN objects o ON o.grp = w.grp WHERE w.n > ? AND w.n <= ?
"""

ABSENT = "SELECT path FROM listing.absent"

GONE = """
SELECT o.path, o.url, o.size, o.sha256 FROM objects o
LEFT JOIN listing.targets t ON t.path = o.path
WHERE t.path IS NULL
  AND (o.derived = 0 OR NOT EXISTS (SELECT 1 FROM listing.targets g WHERE g.grp = o.grp))
ORDER BY o.path
"""

PUT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

NAMED = """
INSERT INTO listing.named VALUES (?, ?, ?)
ON CONFLICT (path) DO UPDATE SET grp = excluded.grp, facts = excluded.facts
WHERE excluded.grp < grp
"""

# What another group names goes over to it.
SHARED = """
UPDATE objects SET grp = named.grp, facts = named.facts FROM listing.named
WHERE named.path = objects.path AND objects.path IN (SELECT path FROM dropped)
"""

LEAVE = """
INSERT OR REPLACE INTO gone SELECT ?, o.path, o.url, o.size, o.sha256, d.reason
FROM objects o JOIN dropped d ON d.path = o.path
"""

OLDER = """
SELECT count(*), coalesce(sum(size), 0) FROM older
WHERE file NOT IN (SELECT value FROM json_each(?))
"""

PRUNED = "DELETE FROM older WHERE file NOT IN (SELECT value FROM json_each(?))"

# What is there as it is listed is not asked for: only what follows from it may be.
DUE = """
WITH due AS (
    SELECT w.n, coalesce(t.size, t.about) AS size, t.sidecar <> '' AS sidecar,
        o.path IS NULL AS new,
        o.path IS NOT NULL AND a.path IS NULL AND t.version <> '' AND o.version = t.version
            AND o.url = t.url AND o.judged = ? AS again
    FROM listing.work w JOIN listing.targets t ON t.grp = w.grp
    LEFT JOIN objects o ON o.path = t.path LEFT JOIN listing.absent a ON a.path = t.path
)
SELECT count(*), coalesce(sum(again), 0), count(DISTINCT n) FILTER (WHERE NOT again),
    coalesce(sum(size) FILTER (WHERE NOT again), 0),
    count(*) FILTER (WHERE size IS NULL AND NOT again),
    count(*) FILTER (WHERE sidecar AND NOT again), coalesce(sum(new), 0)
FROM due
"""
