"""Everything the provider remembers: one SQLite file, one connection, one lock."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Object = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    kind TEXT GENERATED ALWAYS AS (json_extract(body, '$.object')) STORED,
    created INTEGER GENERATED ALWAYS AS (json_extract(body, '$.created')) STORED,
    customer TEXT GENERATED ALWAYS AS (json_extract(body, '$.customer')) STORED,
    charge TEXT GENERATED ALWAYS AS (json_extract(body, '$.charge')) STORED,
    payment_intent TEXT GENERATED ALWAYS AS (json_extract(body, '$.payment_intent')) STORED,
    setup_intent TEXT GENERATED ALWAYS AS (json_extract(body, '$.setup_intent')) STORED,
    email TEXT GENERATED ALWAYS AS (json_extract(body, '$.email')) STORED,
    type TEXT GENERATED ALWAYS AS (json_extract(body, '$.type')) STORED
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (customer, kind, seq);
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, how TEXT NOT NULL,
    state TEXT NOT NULL, due_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, last_status INTEGER
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due_at);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

_PAGE = """
    SELECT body FROM objects
    WHERE kind = :kind
      AND (:customer IS NULL OR customer = :customer)
      AND (:charge IS NULL OR charge = :charge)
      AND (:payment_intent IS NULL OR payment_intent = :payment_intent)
      AND (:setup_intent IS NULL OR setup_intent = :setup_intent)
      AND (:email IS NULL OR email = :email)
      AND (:type IS NULL OR type = :type)
      AND (:since IS NULL OR created >= :since)
      AND (:until IS NULL OR created <= :until)
      AND (:after IS NULL OR seq < (SELECT seq FROM objects WHERE id = :after))
      AND (:before IS NULL OR seq > (SELECT seq FROM objects WHERE id = :before))
    ORDER BY CASE WHEN :before IS NULL THEN -seq ELSE seq END
    LIMIT :limit
"""
_FILTERS = ("customer", "charge", "payment_intent", "setup_intent", "email", "type", "since", "until")


class Store:
    """Objects by id, lists of a kind, and the small tables of keys, deliveries and notes."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        # Autocommit: the transactions below are opened and closed by hand, all under the one lock.
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = NORMAL")
        self.database.execute("PRAGMA busy_timeout = 5000")
        self.database.executescript(_TABLES)

    def close(self) -> None:
        """Close the file; a transaction that is under way ends first."""
        with self._lock:
            self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside. Transactions wait for each other, so eight calls are a queue."""
        with self._lock:
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.database.execute("ROLLBACK")
                raise
            self.database.execute("COMMIT")

    def forget_writes(self) -> None:
        """Take back what the open transaction has written so far, and stay in a transaction."""
        self.database.execute("ROLLBACK")
        self.database.execute("BEGIN IMMEDIATE")

    def save(self, thing: Object) -> Object:
        """Write an object, new or changed; returns it."""
        self.database.execute(
            "INSERT INTO objects (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (thing["id"], json.dumps(thing)),
        )
        return thing

    def find(self, kind: str, object_id: str) -> Object | None:
        """The object of this kind with this id."""
        row = self.database.execute("SELECT body FROM objects WHERE id = ? AND kind = ?", (object_id, kind)).fetchone()
        return json.loads(row[0]) if row else None

    def known(self, kind: str, object_id: str) -> Object:
        """The object of this kind that another object names, so that it must be there."""
        thing = self.find(kind, object_id)
        if thing is None:
            raise KeyError(object_id)
        return thing

    def find_any(self, object_id: str) -> Object | None:
        """The object with this id, of whatever kind."""
        row = self.database.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return json.loads(row[0]) if row else None

    def newest(
        self, kind: str, *, limit: int = 1_000_000, after: str | None = None, before: str | None = None, **filters: Any
    ) -> list[Object]:
        """Objects of a kind, newest first: those made before `after`, or else those made next after `before`."""
        values = {name: filters.get(name) for name in _FILTERS}
        values |= {"kind": kind, "limit": limit, "after": after, "before": before}
        with self._lock:
            rows = self.database.execute(_PAGE, values).fetchall()
        found = [json.loads(row[0]) for row in rows]
        return found[::-1] if before else found

    def note(self, name: str) -> Any:
        """What was noted under a name (a switch, a detached method), or None."""
        row = self.database.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_note(self, name: str, value: Any) -> None:
        """Note something that no object on the wire shows."""
        self.database.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, json.dumps(value)))
