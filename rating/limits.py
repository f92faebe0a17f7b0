"""Set and lift what an organization does not want: spending beyond a sum, calls to places, whole kinds of calls."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.utils import IntegrityError

from rating.models import BlockedDestination, DialOutPolicy, SpendLimit
from subscriptions import activity, money
from subscriptions.models import Organization, Subscriber, User

_SEPARATORS: Final = re.compile(r"[\s().\-/]")
_PREFIX: Final = re.compile(r"\+[0-9]{1,15}")


class NotALimit(ValueError):
    """The amount is below zero, has more than six places or is beyond what an amount can be."""


class NotAPrefix(ValueError):
    """What a number begins with is written as `+` and 1 to 15 digits."""


class AlreadyBlocked(Exception):
    """The organization has blocked that prefix already."""


class Nobody(ValueError):
    """A limit is of one subscriber of the organization or of one of its departments."""


def set_spend_limit(
    organization: Organization,
    amount: Decimal,
    *,
    subscriber: Subscriber | None = None,
    department: str = "",
    actor: User | None,
    now: datetime,
) -> SpendLimit:
    """The most that the calls of the subscriber, or of the department together, may cost in a calendar month (UTC).

    In place of the limit there was. The organization's currency; zero allows only what costs nothing. Raises
    NotALimit, Nobody.
    """
    _check_amount(amount)
    department = department.strip()
    if (subscriber is None) == (department == ""):
        raise Nobody
    whose = {"subscriber": subscriber} if subscriber else {"subscriber": None, "department": department}
    _check_member(organization, subscriber)
    with transaction.atomic():
        limit, _ = SpendLimit.objects.update_or_create(
            organization=organization, **whose, defaults={"amount": amount, "changed_at": now, "changed_by": actor}
        )
        activity.record(organization, "spend_limit.set", now=now, actor=actor, whose=_whose(limit), amount=str(amount))
    return limit


def remove_spend_limit(limit: SpendLimit, *, actor: User | None, now: datetime) -> None:
    """From now on the credit alone is the limit. Again changes nothing."""
    with transaction.atomic():
        if SpendLimit.objects.filter(pk=limit.pk).delete()[0]:
            activity.record(limit.organization, "spend_limit.removed", now=now, actor=actor, whose=_whose(limit))


def set_policy(
    organization: Organization,
    *,
    conferences: DialOutPolicy.Conferences,
    calls: DialOutPolicy.Calls,
    subscriber: Subscriber | None = None,
    actor: User | None,
    now: datetime,
) -> DialOutPolicy:
    """Where calls and dial-out from conferences may go: the organization's, or a subscriber's own. Raises Nobody."""
    _check_member(organization, subscriber)
    values = {"conferences": conferences, "calls": calls, "changed_at": now, "changed_by": actor}
    with transaction.atomic():
        policy, _ = DialOutPolicy.objects.update_or_create(
            organization=organization, subscriber=subscriber, defaults=values
        )
        activity.record(
            organization,
            "policy.set",
            now=now,
            actor=actor,
            whose=str(subscriber or organization),
            conferences=str(conferences),
            calls=str(calls),
        )
    return policy


def remove_policy(policy: DialOutPolicy, *, actor: User | None, now: datetime) -> None:
    """The subscriber follows the organization again; without a policy of its own that allows everything."""
    with transaction.atomic():
        if DialOutPolicy.objects.filter(pk=policy.pk).delete()[0]:
            whose = str(policy.subscriber or policy.organization)
            activity.record(policy.organization, "policy.removed", now=now, actor=actor, whose=whose)


def block_destination(
    organization: Organization, prefix: str, *, note: str = "", actor: User | None, now: datetime
) -> BlockedDestination:
    """Let nobody of the organization call numbers that begin so. Raises NotAPrefix, AlreadyBlocked."""
    digits = _SEPARATORS.sub("", prefix)
    if not _PREFIX.fullmatch(digits):
        raise NotAPrefix(prefix)
    try:
        with transaction.atomic():
            blocked = BlockedDestination.objects.create(
                organization=organization, prefix=digits, note=note.strip(), created_at=now, created_by=actor
            )
            activity.record(organization, "destination.blocked", now=now, actor=actor, prefix=digits)
    except IntegrityError as error:
        raise AlreadyBlocked(digits) from error
    return blocked


def unblock_destination(blocked: BlockedDestination, *, actor: User | None, now: datetime) -> None:
    """Let the numbers be called again."""
    with transaction.atomic():
        if BlockedDestination.objects.filter(pk=blocked.pk).delete()[0]:
            activity.record(blocked.organization, "destination.unblocked", now=now, actor=actor, prefix=blocked.prefix)


def _check_amount(amount: Decimal) -> None:
    try:
        sound = 0 <= money.to_micros(amount) < int(money.LIMIT) * money.MICROS
    except money.NotExact:
        sound = False
    if not sound:
        raise NotALimit(str(amount))


def _check_member(organization: Organization, subscriber: Subscriber | None) -> None:
    if subscriber is not None and subscriber.organization_id != organization.pk:
        raise Nobody


def _whose(limit: SpendLimit) -> str:
    return limit.department or str(limit.subscriber)
