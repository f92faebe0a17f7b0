"""The account of a call under its lock, and what a request that comes again is answered."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from credits import accounts, statements
from credits.models import Account
from rating.authorizing.asking import Conflict, OutOfOrder
from rating.authorizing.reading import Earlier
from rating.authorizing.storing import Asking
from rating.models import CallRequest
from subscriptions.models import Organization

#: Organizations and their accounts, as this process has seen them.
_accounts: Final[dict[int, int]] = {}


@contextmanager
def account_of(
    organization: Organization, *, now: datetime, also: Sequence[statements.Question] = ()
) -> Iterator[Account]:
    """As `accounts.changing`, for an organization that may have seen no money yet: then its account is opened.

    All requests of an organization's calls pass here one by one, so that the same request twice is done once.
    """
    with accounts.changing(account_id(organization, now=now), now=now, also=also) as account:
        if account.organization_id != organization.pk:
            raise RuntimeError("an account does not change its organization")
        account.organization = organization
        yield account


def account_id(organization: Organization, *, now: datetime) -> int:
    """The account's number, asked once: an organization keeps its account for ever."""
    pk = _accounts.get(organization.pk)
    if pk is None:
        found = statements.row("SELECT id FROM credits_account WHERE organization_id = %s", [organization.pk])
        pk = int(found[0]) if found else accounts.open_account(organization, now=now).pk
        if found:  # what has just been opened may yet be taken back
            _accounts[organization.pk] = pk
    return pk


def answered_before(asked: Asking, earlier: Earlier | None, last: int | None) -> dict[str, Any] | None:
    """The stored answer, if this request of the session has been answered; None for a new one.

    `last` is the highest number of the session. Raises Conflict, OutOfOrder.
    """
    if earlier is not None:
        if earlier.body_hash != asked.body_hash:
            raise Conflict(f"request {asked.number} of this session said something else before")
        return earlier.answer
    if last is not None and asked.number < last:
        raise OutOfOrder(f"request {last} of this session has been answered already")
    return None


def look_up(asked: Asking) -> dict[str, Any] | None:
    """The same, read by itself. Raises Conflict, OutOfOrder."""
    requests = CallRequest.objects.filter(organization_id=asked.organization_id, session_key=asked.session)
    latest = requests.order_by("-number").values_list("number", flat=True).first()
    found = requests.filter(number=asked.number).values_list("body_hash", "answer").first()
    return answered_before(asked, Earlier(*found) if found else None, latest)
