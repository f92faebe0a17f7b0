"""Idempotency keys: the first answer under a key is the answer under that key, for 24 hours."""

import hashlib
import json
from typing import Any

from config.embedded.provider.errors import idempotency_error, invalid
from config.embedded.provider.store import Store

LIFETIME_SECONDS = 24 * 3600
_LONGEST = 255
# A request that was refused as wrong never began, so its key stays free; a decline and a breakdown are answers.
_KEPT = (200, 402, 500)


def fingerprint(method: str, path: str, params: dict[str, Any]) -> str:
    """What a repeated request must have in common with the first."""
    plain = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def saved(store: Store, key: str, print_: str, *, now: float) -> tuple[int, str] | None:
    """Status and body of the first answer under this key; Refused when the key was used for something else."""
    if len(key) > _LONGEST:
        raise invalid("Idempotency keys have at most 255 characters.")
    store.database.execute("DELETE FROM keys WHERE at <= ?", (now - LIFETIME_SECONDS,))
    row = store.database.execute("SELECT fingerprint, status, body FROM keys WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    if row[0] != print_:
        raise idempotency_error(
            "Keys for idempotent requests can only be used with the same endpoint and the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a different request."
        )
    return row[1], row[2]


def keep(store: Store, key: str, print_: str, status: int, body: str, *, now: float) -> None:
    """Remember the first answer under this key."""
    if status in _KEPT:
        store.database.execute("INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?, ?)", (key, print_, status, body, now))


def forget(store: Store) -> int:
    """Forget every key, as if a day had passed; returns how many there were."""
    return store.database.execute("DELETE FROM keys").rowcount
