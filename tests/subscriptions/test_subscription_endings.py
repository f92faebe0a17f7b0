"""Cancelling a subscription: when it ends, what it takes with it, and who may think again."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from subscriptions import cancellations, licences, periods
from subscriptions.licence_files import Person
from subscriptions.models import Activity, Licence, Organization, Plan, Subscriber, Subscription
from tests.credits.together import at_once, calm
from tests.factories import SubscriberFactory

NEW_YORK = ZoneInfo("America/New_York")
#: Contoso's subscription begins on 20 September; the tests stand on 2 November.
BEGAN = datetime(2026, 9, 20, 15, 0, tzinfo=UTC)
ENDS = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def _import(organization: Organization, now: datetime, *people: tuple[str, str]) -> None:
    rows = [Person(f"{name}@{organization.slug}.example", name, "US", tuple(codes.split())) for name, codes in people]
    licences.import_people(organization, rows, since=date(2026, 9, 20), actor=None, now=now)


@pytest.fixture
def calling(contoso: Organization) -> Subscription:
    """Contoso's Calling Plan: Ann and Ben have it, Ann with credits that stand on it, Cy's stand on a conference."""
    _import(
        contoso,
        BEGAN,
        ("ann", "MCOPSTN1 MCOPSTNPP"),
        ("ben", "MCOPSTN1 MCOMEETADV"),
        ("cy", "MCOPSTN1 MCOMEETADV MCOPSTNPP"),
    )
    return contoso.subscriptions.select_related("plan", "organization").get(plan__code="MCOPSTN1")


def _cancel(subscription: Subscription, now: datetime) -> datetime:
    return cancellations.cancel(subscription, actor=None, now=now)


@pytest.mark.parametrize(
    ("began", "now", "ends"),
    [
        (date(2026, 9, 20), date(2026, 11, 2), date(2026, 11, 20)),
        (date(2026, 9, 20), date(2026, 11, 20), date(2026, 12, 20)),
        (date(2026, 9, 20), date(2026, 11, 19), date(2026, 11, 20)),
        (date(2026, 11, 2), date(2026, 11, 2), date(2026, 12, 2)),
        (date(2026, 1, 31), date(2026, 2, 10), date(2026, 2, 28)),
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)),
        (date(2024, 2, 29), date(2026, 2, 28), date(2026, 3, 29)),
        (date(2026, 12, 15), date(2027, 1, 1), date(2027, 1, 15)),
        (date(2027, 1, 1), date(2026, 11, 2), date(2027, 2, 1)),
    ],
)
def test_a_month_is_counted_from_the_day_it_began(began: date, now: date, ends: date) -> None:
    first, today = (datetime(day.year, day.month, day.day, 12, tzinfo=NEW_YORK) for day in (began, now))

    found = periods.month_end(first, today, NEW_YORK)

    assert found == datetime(ends.year, ends.month, ends.day, tzinfo=NEW_YORK)


def test_it_ends_with_its_month_and_stays_active_until_then(calling: Subscription, now: datetime) -> None:
    assert _cancel(calling, now) == ENDS
    assert _cancel(calling, now + timedelta(days=1)) == ENDS

    calling.refresh_from_db()
    assert (calling.state, calling.ends_at) == ("active", ENDS)
    told = Activity.objects.get(action="subscription.cancelled")
    assert told.facts == {"plan": "MCOPSTN1", "name": "Domestic Calling Plan", "on": "2026-11-19"}


def test_kept_before_the_end_nothing_ends(calling: Subscription, now: datetime) -> None:
    _cancel(calling, now)
    for _ in range(2):
        cancellations.keep(calling, actor=None, now=ENDS - timedelta(seconds=1))

    assert cancellations.end_due(now=ENDS + timedelta(days=1)) == 0
    assert licences.holders(calling.organization, at=ENDS)["MCOPSTN1"] == 3
    assert Activity.objects.filter(action="subscription.kept").count() == 1


def test_at_the_end_it_is_too_late_to_keep_it(calling: Subscription, now: datetime) -> None:
    _cancel(calling, now)

    with pytest.raises(cancellations.NotCancelled):
        cancellations.keep(calling, actor=None, now=ENDS)
    cancellations.end_due(now=ENDS)
    with pytest.raises(cancellations.NotCancelled):
        cancellations.keep(calling, actor=None, now=ENDS)
    with pytest.raises(cancellations.NotCancelled):
        _cancel(calling, ENDS)


def test_the_sweep_takes_the_licences_back_once(calling: Subscription, now: datetime) -> None:
    _cancel(calling, now)

    assert cancellations.end_due(now=ENDS - timedelta(seconds=1)) == 0
    assert cancellations.end_due(now=ENDS) == 1
    assert cancellations.end_due(now=ENDS + timedelta(days=1)) == 0

    calling.refresh_from_db()
    assert calling.state == "cancelled"
    taken = Licence.objects.filter(plan=calling.plan)
    # The UTC day in which the month ends in New York counts whole.
    assert {each.removed_on for each in taken} == {ENDS.date() + timedelta(days=1)}
    assert Activity.objects.get(action="subscription.ended").facts["licences"] == 3


def test_only_licences_of_that_plan_and_organization_go(
    calling: Subscription, northwind: Organization, now: datetime
) -> None:
    _import(northwind, now, ("nina", "MCOPSTN1"))
    _cancel(calling, now)

    cancellations.end_due(now=ENDS)

    after = ENDS + timedelta(days=1)
    assert licences.holders(calling.organization, at=after) == {"MCOPSTNPP": 2, "MCOMEETADV": 2}
    assert licences.holders(northwind, at=after) == {"MCOPSTN1": 1}


def test_a_licence_that_begins_later_ends_as_it_begins(calling: Subscription, now: datetime) -> None:
    later = SubscriberFactory.create(organization=calling.organization)
    begins = ENDS.date() + timedelta(days=10)
    licence = licences.assign(later, calling.plan, on=begins, actor=None, now=now)
    _cancel(calling, now)

    cancellations.end_due(now=ENDS)

    licence.refresh_from_db()
    assert (licence.assigned_on, licence.removed_on) == (begins, begins)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_end_it_once(calling: Subscription, now: datetime) -> None:
    _cancel(calling, now)

    ended = calm(at_once([lambda: cancellations.end_due(now=ENDS)] * 3))

    assert sum(ended) == 1
    assert Activity.objects.filter(action="subscription.ended").count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_is_given_a_licence_while_it_ends_has_it_in_an_active_subscription(
    calling: Subscription, now: datetime
) -> None:
    _cancel(calling, now)
    dan = SubscriberFactory.create(organization=calling.organization)

    def assign() -> int:
        return licences.assign(dan, calling.plan, on=ENDS.date(), actor=None, now=ENDS).pk

    calm(at_once([assign, lambda: cancellations.end_due(now=ENDS)]))

    calling.refresh_from_db()
    held = licences.holders(calling.organization, at=ENDS + timedelta(days=1)).get("MCOPSTN1", 0)
    assert (calling.state, held) in [("cancelled", 0), ("active", 1)]


def test_an_assignment_after_the_end_begins_it_anew(calling: Subscription, now: datetime) -> None:
    _cancel(calling, now)
    cancellations.end_due(now=ENDS)

    ann = Subscriber.objects.get(upn="ann@contoso.example")
    licences.assign(ann, calling.plan, on=ENDS.date(), actor=None, now=ENDS)

    calling.refresh_from_db()
    assert (calling.state, calling.quantity, calling.started_at, calling.ends_at) == ("active", 1, ENDS, None)


def test_what_stands_on_it_alone_is_told(calling: Subscription, now: datetime) -> None:
    lost = cancellations.loss(calling, at=now)

    assert lost.people == 3
    assert lost.stranded == {"MCOPSTNPP": 1}


def test_credits_are_not_cancelled(calling: Subscription, now: datetime) -> None:
    credit = calling.organization.subscriptions.get(plan__category=Plan.Category.CREDITS)

    with pytest.raises(cancellations.ComesWithCredits):
        _cancel(credit, now)
