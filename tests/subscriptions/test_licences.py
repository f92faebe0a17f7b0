"""Assigning, removing and importing licences."""

from datetime import date, datetime, timedelta

import pytest

from subscriptions import licences
from subscriptions.licence_files import Person
from subscriptions.licences import Imported, import_people
from subscriptions.models import Activity, Licence, Organization, Plan, Subscriber, Subscription
from tests.factories import SubscriberFactory

TODAY = date(2026, 11, 2)


def _plan(code: str) -> Plan:
    return Plan.objects.get(code=code)


@pytest.fixture
def ann(contoso: Organization) -> Subscriber:
    return SubscriberFactory.create(organization=contoso, upn="ann@contoso.example", display_name="Ann")


def _assign(subscriber: Subscriber, code: str, now: datetime, on: date = TODAY) -> Licence:
    return licences.assign(subscriber, _plan(code), on=on, actor=None, now=now)


def _remove(subscriber: Subscriber, code: str, now: datetime, on: date = TODAY) -> Licence:
    return licences.remove(subscriber, _plan(code), on=on, actor=None, now=now)


def test_a_licence_is_held_from_its_day_and_recorded_with_a_subscription(ann: Subscriber, now: datetime) -> None:
    licence = _assign(ann, "MCOPSTN1", now)

    assert (licence.assigned_on, licence.removed_on) == (TODAY, None)
    assert Subscription.objects.get(organization=ann.organization).quantity == 1
    assert Activity.objects.get(action="licence.assigned").facts == {
        "subscriber": "Ann",
        "plan": "MCOPSTN1",
        "on": "2026-11-02",
    }


def test_assigning_twice_is_the_same_as_once(ann: Subscriber, now: datetime) -> None:
    first = _assign(ann, "MCOPSTN1", now)

    assert _assign(ann, "MCOPSTN1", now, on=TODAY + timedelta(days=1)) == first
    assert Activity.objects.filter(action="licence.assigned").count() == 1


def test_a_credits_licence_needs_what_it_stands_on(ann: Subscriber, now: datetime) -> None:
    with pytest.raises(licences.LacksPrerequisite):
        _assign(ann, "MCOPSTNPP", now)
    _assign(ann, "MCOMEETADD", now)

    assert _assign(ann, "MCOPSTNPP", now).plan.code == "MCOPSTNPP"
    assert Subscription.objects.get(plan__code="MCOPSTNPP").quantity is None


def test_what_another_licence_stands_on_cannot_be_removed_before_it(ann: Subscriber, now: datetime) -> None:
    for code in ("MCOMEETADD", "MCOPSTNPP"):
        _assign(ann, code, now)

    with pytest.raises(licences.StillNeeded, match="MCOPSTNPP"):
        _remove(ann, "MCOMEETADD", now)

    assert _remove(ann, "MCOPSTNPP", now).removed_on == TODAY
    assert _remove(ann, "MCOMEETADD", now).removed_on == TODAY


def test_a_licence_that_is_not_held_cannot_be_removed(ann: Subscriber, now: datetime) -> None:
    with pytest.raises(licences.NotHeld):
        _remove(ann, "MCOPSTN1", now)
    _assign(ann, "MCOPSTN1", now)

    with pytest.raises(licences.NotHeld):
        _remove(ann, "MCOPSTN1", now, on=TODAY - timedelta(days=1))


def _import(organization: Organization, *people: Person, now: datetime, since: date | None = None) -> Imported:
    return import_people(organization, people, since=since, actor=None, now=now)


ANN = Person("ann@contoso.example", "Ann", "US", ("MCOPSTN1", "MCOPSTNPP"))
BEN = Person("ben@contoso.example", "Ben", "GB", ())


def test_the_same_file_again_changes_nothing(contoso: Organization, now: datetime) -> None:
    first = _import(contoso, ANN, BEN, now=now)
    written = list(Licence.objects.order_by("pk").values())

    second = _import(contoso, ANN, BEN, now=now + timedelta(days=1))

    assert (first, second) == (Imported(2, 0, 0), Imported(0, 0, 2))
    assert list(Licence.objects.order_by("pk").values()) == written
    assert Activity.objects.filter(action="licences.imported").count() == 1


def test_a_licence_without_a_date_counts_in_every_month(contoso: Organization, now: datetime) -> None:
    _import(contoso, ANN, now=now)

    assert Licence.objects.active_in_month(date(2026, 9, 1)).count() == 2


def test_since_dates_what_is_new(contoso: Organization, now: datetime) -> None:
    _import(contoso, BEN, now=now)

    _import(contoso, ANN, now=now, since=date(2026, 10, 1))

    assert {licence.assigned_on for licence in Licence.objects.all()} == {date(2026, 10, 1)}


def test_names_places_and_missing_licences_are_brought_up_to_date(contoso: Organization, now: datetime) -> None:
    _import(contoso, ANN, BEN, now=now)

    done = _import(
        contoso,
        Person(ANN.upn, "Ann Berg", "DE", ("MCOPSTN1",)),
        Person(BEN.upn, "Ben", "GB", ("MCOMEETADD",)),
        now=now,
    )

    assert done == Imported(0, 2, 0)
    ann = Subscriber.objects.get(upn=ANN.upn)
    assert (ann.display_name, ann.usage_location) == ("Ann Berg", "DE")
    # What a line does not name stays.
    assert licences.holders(contoso, at=now) == {"MCOPSTN1": 1, "MCOPSTNPP": 1, "MCOMEETADD": 1}


def test_who_is_not_in_the_file_stays_as_they_are(contoso: Organization, now: datetime) -> None:
    _import(contoso, ANN, now=now)

    _import(contoso, BEN, now=now)

    assert licences.holders(contoso, at=now) == {"MCOPSTN1": 1, "MCOPSTNPP": 1}


def test_a_file_may_say_what_could_not_be_assigned(contoso: Organization, now: datetime) -> None:
    _import(contoso, Person("cy@contoso.example", "Cy", "FR", ("MCOPSTNPP",)), now=now)

    assert licences.holders(contoso, at=now) == {"MCOPSTNPP": 1}


def test_a_licence_that_comes_back_does_not_begin_before_it_went(contoso: Organization, now: datetime) -> None:
    _import(contoso, Person(ANN.upn, "Ann", "US", ("MCOPSTN1",)), now=now)
    _remove(Subscriber.objects.get(), "MCOPSTN1", now)

    done = _import(contoso, Person(ANN.upn, "Ann", "US", ("MCOPSTN1",)), now=now)

    assert done == Imported(0, 1, 0)
    assert Licence.objects.get(removed_on=None).assigned_on == TODAY


def test_subscriptions_cover_what_is_held_and_never_shrink(contoso: Organization, now: datetime) -> None:
    bought = Subscription(organization=contoso, plan=_plan("MCOPSTN1"), quantity=25, started_at=now)
    bought.save()

    _import(contoso, ANN, Person(BEN.upn, "Ben", "GB", ("MCOMEETADD",)), now=now)

    quantities = dict(contoso.subscriptions.values_list("plan__code", "quantity"))
    assert quantities == {"MCOPSTN1": 25, "MCOMEETADD": 1, "MCOPSTNPP": None}


def test_two_organizations_may_have_the_same_person(
    contoso: Organization, northwind: Organization, now: datetime
) -> None:
    for organization in (contoso, northwind):
        assert _import(organization, ANN, now=now) == Imported(1, 0, 0)

    assert licences.holders(northwind, at=now) == {"MCOPSTN1": 1, "MCOPSTNPP": 1}
    assert licences.holdings(contoso, at=now) == {frozenset({"MCOPSTN1", "MCOPSTNPP"}): 1}
