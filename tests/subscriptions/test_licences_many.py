"""One plan for many people at once, and several plans for one person at once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subscriptions import licences
from subscriptions.licences import LacksPrerequisite, NotHeld, Outlook, StillNeeded
from subscriptions.models import Activity, Licence, Organization, Plan, Subscriber, Subscription
from tests.credits.together import at_once, calm
from tests.factories import SubscriberFactory

TODAY = date(2026, 11, 2)
CREDITS = "MCOPSTNPP"


def _plan(code: str) -> Plan:
    return Plan.objects.get(code=code)


def _people(organization: Organization, count: int, *codes: str) -> list[Subscriber]:
    people = SubscriberFactory.create_batch(count, organization=organization)
    for code in codes:
        Licence.objects.bulk_create([Licence(subscriber=each, plan=_plan(code)) for each in people])
    return people


def _assign(organization: Organization, code: str, now: datetime) -> Outlook:
    everybody = organization.subscribers.all()
    return licences.assign_many(organization, everybody, _plan(code), on=TODAY, actor=None, now=now)


def _remove(organization: Organization, code: str, now: datetime) -> Outlook:
    everybody = organization.subscribers.all()
    return licences.remove_many(organization, everybody, _plan(code), on=TODAY, actor=None, now=now)


def test_who_can_have_it_gets_it_and_who_cannot_is_named(contoso: Organization, now: datetime) -> None:
    able = _people(contoso, 2, "MCOMEETADV")
    having = _people(contoso, 1, "MCOPSTN1", CREDITS)
    lacking = _people(contoso, 1)

    done = _assign(contoso, CREDITS, now)

    assert set(done.able) == set(able)
    assert done.same == len(having)
    assert [(refusal.subscriber, type(refusal.error)) for refusal in done.refused] == [(lacking[0], LacksPrerequisite)]
    assert licences.holders(contoso, at=now)[CREDITS] == 3
    assert set(Licence.objects.filter(assigned_on=TODAY).values_list("subscriber", flat=True)) == {
        each.pk for each in able
    }


def test_done_twice_is_done_once_with_one_line_in_the_record(contoso: Organization, now: datetime) -> None:
    _people(contoso, 3, "MCOMEETADV")
    _assign(contoso, "MCOPSTN1", now)

    again = _assign(contoso, "MCOPSTN1", now + timedelta(hours=1))

    assert (again.able, again.same) == ((), 3)
    assert Activity.objects.get(action="licences.assigned").facts["people"] == 3
    assert Subscription.objects.get(plan__code="MCOPSTN1").quantity == 3


def test_a_plan_of_two_codes_is_held_under_either(contoso: Organization, now: datetime) -> None:
    _people(contoso, 1, "MCOMEETADD")

    assert _assign(contoso, "MCOMEETADV", now).same == 1
    assert len(_remove(contoso, "MCOMEETADV", now).able) == 1
    assert not Licence.objects.filter(removed_on=None).exists()


def test_what_another_licence_stands_on_stays(contoso: Organization, now: datetime) -> None:
    free = _people(contoso, 2, "MCOMEETADV")
    bound = _people(contoso, 1, "MCOMEETADV", CREDITS)
    _people(contoso, 1, "MCOPSTN1")

    done = _remove(contoso, "MCOMEETADV", now)

    assert set(done.able) == set(free)
    assert [(refusal.subscriber, type(refusal.error)) for refusal in done.refused] == [(bound[0], StillNeeded)]
    assert done.same == 1
    assert set(Licence.objects.filter(removed_on=TODAY).values_list("subscriber", flat=True)) == {
        each.pk for each in free
    }


def test_what_begins_later_is_not_taken_away(contoso: Organization, now: datetime) -> None:
    _people(contoso, 1, "MCOMEETADV")
    Licence.objects.update(assigned_on=TODAY + timedelta(days=1))

    done = _remove(contoso, "MCOMEETADV", now)

    assert [type(refusal.error) for refusal in done.refused] == [NotHeld]


def test_the_outlook_says_what_the_doing_does(contoso: Organization, now: datetime) -> None:
    _people(contoso, 2, "MCOMEETADV")
    _people(contoso, 1)
    everybody = contoso.subscribers.all()

    foreseen = licences.outlook_of_assigning(everybody, _plan(CREDITS))
    done = _assign(contoso, CREDITS, now)

    assert foreseen.able == done.able
    assert [each.subscriber for each in foreseen.refused] == [each.subscriber for each in done.refused]
    assert len(licences.outlook_of_removing(everybody, _plan(CREDITS), on=TODAY).able) == 2


def test_people_of_another_organization_are_left_alone(
    contoso: Organization, northwind: Organization, now: datetime
) -> None:
    _people(contoso, 1)
    _people(northwind, 1)

    licences.assign_many(contoso, Subscriber.objects.all(), _plan("MCOPSTN1"), on=TODAY, actor=None, now=now)

    assert not licences.holders(northwind, at=now)


def test_too_many_are_refused(contoso: Organization, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscriptions.licences.many.MOST", 2)
    _people(contoso, 3)

    with pytest.raises(licences.TooMany):
        _assign(contoso, "MCOPSTN1", now)

    assert not Licence.objects.exists()


def _statements(do: Callable[[Organization, str, datetime], Outlook], organization: Organization, now: datetime) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert do(organization, "MCOMEETADV", now).able
    return len(asked)


def test_the_statements_do_not_grow_with_the_people(
    contoso: Organization, northwind: Organization, now: datetime
) -> None:
    _people(contoso, 1)
    _people(northwind, 40)

    assert _statements(_assign, contoso, now) == _statements(_assign, northwind, now)
    assert _statements(_remove, contoso, now) == _statements(_remove, northwind, now)


@pytest.mark.django_db(transaction=True)
def test_two_admins_at_one_moment_assign_once(contoso: Organization, now: datetime) -> None:
    _people(contoso, 20, "MCOMEETADV")

    done = calm(at_once([lambda: _assign(contoso, CREDITS, now)] * 4))

    assert sorted(len(each.able) for each in done) == [0, 0, 0, 20]
    assert Licence.objects.filter(plan__code=CREDITS).count() == 20
    assert Activity.objects.filter(action="licences.assigned").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_first_licence_each_at_one_moment_makes_one_subscription(contoso: Organization, now: datetime) -> None:
    people, plan = _people(contoso, 6), _plan("MCOPSTN1")

    calm(
        at_once(
            [lambda one=one: licences.assign(one, plan, on=TODAY, actor=None, now=now) for one in people]  # type: ignore[misc]
        )
    )

    assert Subscription.objects.get(plan=plan).quantity == 6


def _change(person: Subscriber, now: datetime, *, add: str = "", take: str = "") -> licences.Changed:
    plans = [[_plan(code) for code in codes.split()] for codes in (add, take)]
    return licences.change(person, add=plans[0], take=plans[1], on=TODAY, actor=None, now=now)


def test_a_licence_and_what_it_stands_on_come_and_go_together(contoso: Organization, now: datetime) -> None:
    person = _people(contoso, 1)[0]

    got = _change(person, now, add=f"{CREDITS} MCOMEETADV")
    lost = _change(person, now, take=f"MCOMEETADV {CREDITS}")

    assert {plan.code for plan in got.assigned} == {plan.code for plan in lost.removed} == {CREDITS, "MCOMEETADV"}
    assert Activity.objects.filter(action__startswith="licence.").count() == 4


def test_a_change_that_cannot_be_changes_nothing(contoso: Organization, now: datetime) -> None:
    person = _people(contoso, 1, "MCOMEETADV", CREDITS)[0]

    with pytest.raises(StillNeeded, match=CREDITS):
        _change(person, now, add="MCOEV", take="MCOMEETADV")

    assert licences.holdings(contoso, at=now) == {frozenset({"MCOMEETADV", CREDITS}): 1}


def test_one_plan_takes_the_place_of_another_under_what_stands_on_it(contoso: Organization, now: datetime) -> None:
    person = _people(contoso, 1, "MCOMEETADD", CREDITS)[0]

    _change(person, now, add="MCOPSTN1", take="MCOMEETADV")

    assert licences.holdings(contoso, at=now) == {frozenset({"MCOPSTN1", CREDITS}): 1}


def test_what_is_so_already_is_not_changed_again(contoso: Organization, now: datetime) -> None:
    person = _people(contoso, 1, "MCOMEETADD")[0]

    assert _change(person, now, add="MCOMEETADV", take="MCOPSTN1") == licences.Changed((), ())
    assert not Activity.objects.filter(action__startswith="licence.").exists()


def _not_sold(organization: Organization, code: str, now: datetime, *, quantity: int) -> None:
    Plan.objects.filter(code=code).update(not_sold_in=organization.country)
    if quantity:
        Subscription.objects.create(organization=organization, plan=_plan(code), quantity=quantity, started_at=now)


@pytest.mark.parametrize("owned", [0, 1])
def test_what_is_not_sold_there_is_not_bought_by_assigning_it(contoso: Organization, now: datetime, owned: int) -> None:
    first, second = _people(contoso, 2, "MCOEV")
    _not_sold(contoso, "MCOPSTN1", now, quantity=owned)
    plan = _plan("MCOPSTN1")

    with pytest.raises(licences.NotSoldHere):
        _assign(contoso, "MCOPSTN1", now)
    if owned:
        licences.assign(first, plan, on=TODAY, actor=None, now=now)
    with pytest.raises(licences.NotSoldHere):
        licences.change(second, add=[plan], take=(), on=TODAY, actor=None, now=now)
    with pytest.raises(licences.NotSoldHere):
        licences.assign(second, plan, on=TODAY, actor=None, now=now)

    assert Licence.objects.filter(plan=plan).count() == owned
    assert Subscription.objects.filter(plan=plan, quantity__gt=owned).count() == 0


def test_free_licences_of_what_is_not_sold_there_are_assigned(contoso: Organization, now: datetime) -> None:
    _people(contoso, 2, "MCOEV")
    _not_sold(contoso, "MCOPSTN1", now, quantity=2)

    done = _assign(contoso, "MCOPSTN1", now)

    assert len(done.able) == 2
    assert Subscription.objects.get(plan=_plan("MCOPSTN1")).quantity == 2
