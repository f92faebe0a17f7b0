"""Keys of programs: made once, shown once, kept as a digest, good for the scopes they name until they are revoked."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import Q

from subscriptions import activity
from subscriptions.models import ApiKey, Organization, User

#: By this a key is known for one wherever it turns up, in a log or a repository.
_MARK: Final = "cck_"
_RANDOM_BYTES: Final = 32
_HEAD: Final = len(_MARK) + 6
#: "Last used" is for people: a busy key does not write a row with each request.
_NOTED_EVERY: Final = timedelta(hours=1)


class Scope(StrEnum):
    """What a key may be good for."""

    CALLS = "calls"
    RATES = "rates:read"
    USAGE = "usage:read"


class NoScope(ValueError):
    """A key needs at least one scope, and only scopes that there are."""


def make(
    organization: Organization,
    name: str,
    scopes: Collection[str],
    *,
    actor: User | None,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which nobody can read again. Raises NoScope."""
    if not scopes or not set(scopes) <= set(Scope):
        raise NoScope(", ".join(scopes))
    secret = _MARK + secrets.token_urlsafe(_RANDOM_BYTES)
    with transaction.atomic():
        key = ApiKey.objects.create(
            organization=organization,
            name=name,
            head=secret[:_HEAD],
            digest=_digest(secret),
            scopes=" ".join(sorted(scopes)),
            created_at=now,
            created_by=actor,
            expires_at=expires_at,
        )
        activity.record(organization, "key.made", now=now, actor=actor, name=name, scopes=key.scopes)
    return key, secret


def find(secret: str, *, now: datetime) -> ApiKey | None:
    """The usable key with that secret, its organization read with it; notes that it was used."""
    usable = ApiKey.objects.usable(at=now).select_related("organization")
    key = usable.filter(digest=_digest(secret)).first()
    if key is not None and (key.last_used_at is None or key.last_used_at <= now - _NOTED_EVERY):
        before = Q(last_used_at=None) | Q(last_used_at__lte=now - _NOTED_EVERY)
        ApiKey.objects.filter(before, pk=key.pk).update(last_used_at=now)
    return key


def may(key: ApiKey, scope: Scope) -> bool:
    """If the key is good for that."""
    return scope in key.scopes.split()


def revoke(key: ApiKey, *, actor: User | None, now: datetime) -> None:
    """From now on nobody comes in by the key. Again changes nothing."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
            activity.record(key.organization, "key.revoked", now=now, actor=actor, name=key.name)


def _digest(secret: str) -> str:
    """A plain hash is enough: what it hides has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
