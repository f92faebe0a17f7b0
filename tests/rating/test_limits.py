"""Limits are set, replaced and removed, each by somebody and on the record."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from rating import limits
from rating.limits import AlreadyBlocked, Nobody, NotALimit, NotAPrefix
from rating.models import BlockedDestination, DialOutPolicy, SpendLimit
from subscriptions.models import Activity, Organization, Subscriber, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(tailspin: Organization) -> User:
    return tailspin.memberships.get(role="owner").user


@pytest.fixture
def amara(tailspin: Organization) -> Subscriber:
    return factories.SubscriberFactory.create(organization=tailspin, display_name="Amara Obi", department="Sales")


def done(organization: Organization) -> list[tuple[str, str]]:
    return list(organization.activities.order_by("pk").values_list("action", "actor_name"))


def test_a_spend_limit_replaces_the_one_before(
    tailspin: Organization, amara: Subscriber, owner: User, now: datetime
) -> None:
    limits.set_spend_limit(tailspin, Decimal(10), subscriber=amara, actor=owner, now=now)
    later = now + timedelta(hours=1)

    limit = limits.set_spend_limit(tailspin, Decimal("12.50"), subscriber=amara, actor=owner, now=later)

    assert SpendLimit.objects.get() == limit
    assert (limit.amount, limit.changed_at, limit.changed_by) == (Decimal("12.50"), later, owner)
    assert done(tailspin) == [("spend_limit.set", owner.email)] * 2
    assert tailspin.activities.latest("pk").facts == {"whose": "Amara Obi", "amount": "12.50"}


def test_departments_and_people_have_limits_of_their_own(
    tailspin: Organization, amara: Subscriber, now: datetime
) -> None:
    for department in ("Sales", " Sales ", "Support"):
        limits.set_spend_limit(tailspin, Decimal(1), department=department, actor=None, now=now)
    limits.set_spend_limit(tailspin, Decimal(1), subscriber=amara, actor=None, now=now)

    assert sorted(SpendLimit.objects.values_list("department", flat=True)) == ["", "Sales", "Support"]


@pytest.mark.parametrize("amount", ["-0.01", "1000000000", "0.0000001", "NaN", "Infinity"])
def test_what_is_no_amount_is_no_limit(tailspin: Organization, amount: str, now: datetime) -> None:
    with pytest.raises(NotALimit):
        limits.set_spend_limit(tailspin, Decimal(amount), department="Sales", actor=None, now=now)

    assert not Activity.objects.exists()


def test_a_limit_is_of_one_of_us(
    tailspin: Organization, northwind: Organization, amara: Subscriber, now: datetime
) -> None:
    one = Decimal(1)
    with pytest.raises(Nobody):
        limits.set_spend_limit(tailspin, one, actor=None, now=now)
    with pytest.raises(Nobody):
        limits.set_spend_limit(tailspin, one, subscriber=amara, department="Sales", actor=None, now=now)
    with pytest.raises(Nobody):
        limits.set_spend_limit(northwind, one, subscriber=amara, actor=None, now=now)
    with pytest.raises(Nobody):
        limits.set_policy(
            northwind,
            conferences=DialOutPolicy.Conferences.ANY,
            calls=DialOutPolicy.Calls.ANY,
            subscriber=amara,
            actor=None,
            now=now,
        )


def test_a_limit_is_removed_once(tailspin: Organization, owner: User, now: datetime) -> None:
    limit = limits.set_spend_limit(tailspin, Decimal(1), department="Sales", actor=owner, now=now)

    for _ in range(2):
        limits.remove_spend_limit(
            SpendLimit(pk=limit.pk, organization=tailspin, department="Sales"), actor=owner, now=now
        )

    assert not SpendLimit.objects.exists()
    assert [action for action, _ in done(tailspin)] == ["spend_limit.set", "spend_limit.removed"]


def test_an_organization_has_one_policy_and_each_subscriber_one(
    tailspin: Organization, amara: Subscriber, owner: User, now: datetime
) -> None:
    for subscriber in (None, amara):
        for calls in (DialOutPolicy.Calls.NONE, DialOutPolicy.Calls.DOMESTIC):
            policy = limits.set_policy(
                tailspin,
                conferences=DialOutPolicy.Conferences.ZONE_A,
                calls=calls,
                subscriber=subscriber,
                actor=owner,
                now=now,
            )

    assert list(DialOutPolicy.objects.values_list("calls", "conferences")) == [("domestic", "zone_a")] * 2
    assert tailspin.activities.latest("pk").facts["whose"] == "Amara Obi"
    limits.remove_policy(policy, actor=owner, now=now)
    assert DialOutPolicy.objects.get().subscriber is None
    assert done(tailspin)[-1] == ("policy.removed", owner.email)


@pytest.mark.parametrize(("given", "kept"), [("+53", "+53"), ("+44 (20) 7946-0", "+442079460"), (" +1", "+1")])
def test_a_prefix_is_kept_as_digits(tailspin: Organization, given: str, kept: str, now: datetime) -> None:
    blocked = limits.block_destination(tailspin, given, note=" Cuba ", actor=None, now=now)

    assert (blocked.prefix, blocked.note) == (kept, "Cuba")


@pytest.mark.parametrize("given", ["", "53", "+", "+5x", "0053", "+1234567890123456", "+٥٣"])
def test_what_is_no_prefix_is_refused(tailspin: Organization, given: str, now: datetime) -> None:
    with pytest.raises(NotAPrefix):
        limits.block_destination(tailspin, given, actor=None, now=now)


def test_a_prefix_is_blocked_once_and_allowed_again(
    tailspin: Organization, northwind: Organization, owner: User, now: datetime
) -> None:
    blocked = limits.block_destination(tailspin, "+53", actor=owner, now=now)
    limits.block_destination(northwind, "+53", actor=None, now=now)
    with pytest.raises(AlreadyBlocked):
        limits.block_destination(tailspin, "+5 3", actor=owner, now=now)

    limits.unblock_destination(blocked, actor=owner, now=now)

    assert BlockedDestination.objects.get().organization == northwind
    assert [action for action, _ in done(tailspin)] == ["destination.blocked", "destination.unblocked"]
