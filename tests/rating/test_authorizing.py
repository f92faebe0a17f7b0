"""Before a call: yes with what it may use, or no with the reason."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import pytest

from credits.models import Account, Hold
from rating import authorizing, limits
from rating.authorizing import Answer, Conflict, OutOfOrder, Unsound
from rating.models import BlockedCall, CallRequest, CallSession, DialOutPolicy, RateDeck
from tests import factories
from tests.rating import cast, phone
from tests.rating.phone import HAVANA, LONDON, PARIS, Phone

pytestmark = pytest.mark.django_db
Calls: TypeAlias = DialOutPolicy.Calls
Conferences: TypeAlias = DialOutPolicy.Conferences


def test_a_call_that_is_paid_is_granted_with_a_hold_of_its_price(amara: Phone, now: datetime) -> None:
    answer = amara.asks()

    assert answer == Answer(
        allowed=True,
        per_minute=Decimal("0.02"),
        currency="USD",
        country="GB",
        granted_seconds=600,
        charged_seconds=600,
        held=Decimal("0.2"),
        expires_at=now + timedelta(seconds=660),
    )
    assert amara.four() == (10, Decimal("0.2"), Decimal("9.8"))
    session = CallSession.objects.get()
    assert (session.state, session.subscriber, session.granted_seconds) == ("live", amara.amara, 600)
    assert session.hold is not None
    assert session.hold.amount == Decimal("0.2")


def test_a_grant_is_what_the_credit_pays(amara: Phone) -> None:
    answer = amara.asks(destination=HAVANA, requested_seconds=1200)
    other = amara.asks("other", destination=HAVANA)

    assert (answer.granted_seconds, answer.held, answer.final) == (600, 10, False)
    assert (other.allowed, other.reason) == (False, "580406")


def test_a_grant_that_credit_cuts_short_says_that_it_is_the_last(amara: Phone) -> None:
    amara.desk.spend("5.50", now=amara.now)

    answer = amara.asks(destination=HAVANA)

    assert (answer.allowed, answer.granted_seconds, answer.held) == (True, 240, 4)
    assert (answer.final, answer.reason) == (True, "580406")


def test_minutes_come_first_and_need_no_credit(planned: Phone) -> None:
    planned.desk.spend("10", now=planned.now)

    answer = planned.asks()

    assert (answer.allowed, answer.granted_seconds, answer.covered_seconds) == (True, 600, 600)
    assert (answer.held, answer.charged_seconds, Hold.objects.count()) == (0, 0, 0)
    assert planned.pool() == (0, 10)


def test_when_the_minutes_are_gone_the_rest_is_paid(planned: Phone) -> None:
    for place in range(12):
        planned.asks(str(place))

    answer = planned.asks("beyond", requested_seconds=300)

    assert planned.pool() == (0, 120)
    assert (answer.covered_seconds, answer.charged_seconds, answer.held) == (0, 300, Decimal("0.1"))


def test_a_call_is_split_where_the_minutes_end(planned: Phone) -> None:
    for place in range(11):
        planned.asks(str(place))
    planned.asks("six", requested_seconds=360)

    answer = planned.asks("last")

    assert (answer.granted_seconds, answer.covered_seconds, answer.charged_seconds) == (600, 240, 360)
    assert answer.held == Decimal("0.12")


def test_without_credit_the_minutes_that_are_left_are_the_last(planned: Phone) -> None:
    planned.desk.spend("10", now=planned.now)
    for place in range(11):
        planned.asks(str(place))
    planned.asks("six", requested_seconds=360)

    answer = planned.asks("last")

    assert (answer.allowed, answer.granted_seconds, answer.final, answer.reason) == (True, 240, True, "580406")


def test_a_destination_that_costs_nothing_asks_for_nothing(now: datetime) -> None:
    amara = phone.phone(now, credit="0", price="0")

    answer = amara.asks()

    assert (answer.allowed, answer.granted_seconds, answer.held) == (True, 600, 0)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"upn": "stranger@tailspin.example"}, "580464"),
        ({"upn": ""}, "580464"),
        ({"destination": "+81312345678"}, "no_rate"),
        ({"destination": "113"}, "no_rate"),
        ({"call_type": "conf_in", "number_type": "toll-free", "destination": "+448001234567"}, "no_rate"),
    ],
)
def test_refusals_say_why_and_are_reported(amara: Phone, other: dict[str, Any], reason: str) -> None:
    answer = amara.asks(**other)

    assert (answer.allowed, answer.reason, answer.granted_seconds) == (False, reason, 0)
    blocked = BlockedCall.objects.get()
    assert (blocked.reason, blocked.session_key, blocked.at) == (reason, "call", amara.now)
    assert not CallSession.objects.exists()


def test_somebody_without_the_licence_may_not_spend(amara: Phone) -> None:
    cast.person(amara.organization, "MCOPSTN_PAYG_1", upn="ben@tailspin.example")

    assert amara.asks(upn="ben@tailspin.example").reason == "580464"


def test_pay_per_minute_conferencing_needs_no_credits_licence(amara: Phone) -> None:
    cast.person(amara.organization, "MCOMEETACPEA", upn="ben@tailspin.example")

    assert amara.asks(upn="ben@tailspin.example", call_type="conf_out", destination=PARIS).allowed


def test_what_belongs_to_the_organization_alone_needs_no_licence(amara: Phone) -> None:
    assert amara.asks(upn="", call_type="ucap_out").allowed


def test_without_money_there_are_no_credits_at_all(now: datetime) -> None:
    organization = factories.OrganizationFactory.create(slug="litware", country="GB")
    cast.person(organization, "MCOPSTN_PAYG_1 MCOPSTNPP", upn=phone.AMARA)
    cast.deck({"44 GB": "0.02"})
    request = authorizing.Request("call", 1, "user_out", LONDON, now, upn=phone.AMARA)

    answer = authorizing.authorize(organization, request, now=now)

    assert answer.reason == "580462"
    assert Account.objects.get(organization=organization).balance == 0


@pytest.mark.parametrize(
    ("other", "reason"), [({}, "580406"), ({"state": "cancelled"}, "580462"), ({"ends_at": factories.NOW}, "580462")]
)
def test_a_subscription_to_the_credits_says_if_there_are_any(now: datetime, other: dict[str, Any], reason: str) -> None:
    amara = phone.phone(now, credit="0")
    phone.subscribe_to_credits(amara.organization, now - timedelta(days=9), **other)

    assert amara.asks().reason == reason


@pytest.mark.parametrize("call_type", ["user_in", "unassigned_in", "fmc_in", "conf_in", "ucap_in"])
def test_ordinary_calls_that_come_in_are_free(now: datetime, call_type: str) -> None:
    amara = phone.phone(now, credit="0")

    answer = amara.asks(call_type=call_type, number_type="user", upn="")

    assert (answer.allowed, answer.granted_seconds, answer.held, answer.expires_at) == (True, None, 0, None)
    assert not Hold.objects.exists()


def test_a_toll_free_number_that_is_called_is_paid_by_the_organization(amara: Phone) -> None:
    cast.deck({"GB": "0.05"}, RateDeck.Service.INBOUND_TOLL_FREE)
    limits.block_destination(amara.organization, "+44", actor=None, now=amara.now)

    answer = amara.asks(call_type="conf_in", number_type="toll-free", destination="+448001234567", upn="")

    assert (answer.allowed, answer.held) == (True, Decimal("0.5"))


# What the organization does not want


def test_a_blocked_destination_is_not_called(planned: Phone) -> None:
    limits.block_destination(planned.organization, "+44 20", actor=None, now=planned.now)

    assert planned.asks().reason == "destination_blocked"
    assert planned.asks("other", destination="+441312496000").allowed


def test_a_block_of_another_organization_is_not_ours(planned: Phone) -> None:
    limits.block_destination(factories.northwind(), "+44", actor=None, now=planned.now)

    assert planned.asks().allowed


@pytest.mark.parametrize(
    ("policy", "destination", "allowed"),
    [
        (Calls.ANY, PARIS, True),
        (Calls.DOMESTIC, LONDON, True),
        (Calls.DOMESTIC, PARIS, False),
        (Calls.NONE, LONDON, False),
    ],
)
def test_the_policy_of_calls(amara: Phone, policy: Calls, destination: str, allowed: bool) -> None:
    limits.set_policy(amara.organization, conferences=Conferences.NONE, calls=policy, actor=None, now=amara.now)

    answer = amara.asks(destination=destination)

    assert answer.allowed is allowed
    assert answer.reason == ("" if allowed else "dial_out_policy")


@pytest.mark.parametrize(
    ("policy", "destination", "allowed"),
    [
        (Conferences.ANY, HAVANA, True),
        (Conferences.SAME_COUNTRY, LONDON, True),
        (Conferences.SAME_COUNTRY, PARIS, False),
        (Conferences.ZONE_A, PARIS, True),
        (Conferences.ZONE_A, HAVANA, False),
        (Conferences.NONE, LONDON, False),
    ],
)
def test_the_policy_of_conferences(amara: Phone, policy: Conferences, destination: str, allowed: bool) -> None:
    limits.set_policy(amara.organization, conferences=policy, calls=Calls.NONE, actor=None, now=amara.now)

    answer = amara.asks(call_type="conf_out", destination=destination)

    assert answer.allowed is allowed


def test_a_policy_of_ones_own_goes_before_that_of_the_organization(amara: Phone) -> None:
    for calls, whose in ((Calls.NONE, None), (Calls.ANY, amara.amara)):
        limits.set_policy(
            amara.organization, conferences=Conferences.ANY, calls=calls, subscriber=whose, actor=None, now=amara.now
        )

    assert amara.asks().allowed
    cast.person(amara.organization, "MCOPSTN_PAYG_1 MCOPSTNPP", upn="ben@tailspin.example")
    assert amara.asks("other", upn="ben@tailspin.example").reason == "dial_out_policy"


def test_voice_apps_have_no_policy(amara: Phone) -> None:
    limits.set_policy(
        amara.organization,
        conferences=Conferences.NONE,
        calls=Calls.NONE,
        actor=None,
        now=amara.now,
    )

    assert amara.asks(upn="", call_type="ucap_out").allowed


# Spend limits


def test_a_spend_limit_shortens_a_grant_and_then_refuses(amara: Phone) -> None:
    limits.set_spend_limit(amara.organization, Decimal("2.50"), subscriber=amara.amara, actor=None, now=amara.now)

    answer = amara.asks(destination=HAVANA)
    other = amara.asks("other", destination=HAVANA)

    assert (answer.granted_seconds, answer.held, answer.final, answer.reason) == (120, 2, True, "spend_limit")
    assert (other.allowed, other.reason) == (False, "spend_limit")


def test_what_was_charged_this_month_counts_and_what_was_before_does_not(now: datetime) -> None:
    amara = phone.phone(now - timedelta(days=2))
    amara.asks("october", destination=HAVANA)
    amara.ends(180, "october")
    amara.now = now
    amara.asks("november", destination=HAVANA)
    amara.ends(120, "november")
    limits.set_spend_limit(amara.organization, Decimal(3), subscriber=amara.amara, actor=None, now=now)

    assert amara.asks(destination=HAVANA).held == 1


def test_a_department_spends_together(amara: Phone) -> None:
    ben = cast.person(amara.organization, "MCOPSTN_PAYG_1 MCOPSTNPP", upn="ben@tailspin.example")
    amara.organization.subscribers.filter(pk__in=[ben.pk, amara.amara.pk]).update(department="Sales")
    limits.set_spend_limit(amara.organization, Decimal(3), department="Sales", actor=None, now=amara.now)

    first = amara.asks(destination=HAVANA, requested_seconds=120)
    second = amara.asks("other", destination=HAVANA, upn="ben@tailspin.example")

    assert (first.held, second.held, second.reason) == (2, 1, "spend_limit")


def test_the_narrower_of_two_limits_counts(amara: Phone) -> None:
    amara.organization.subscribers.update(department="Sales")
    limits.set_spend_limit(amara.organization, Decimal(3), department="Sales", actor=None, now=amara.now)
    limits.set_spend_limit(amara.organization, Decimal(1), subscriber=amara.amara, actor=None, now=amara.now)

    assert amara.asks(destination=HAVANA).held == 1


def test_calls_within_minutes_do_not_spend(planned: Phone) -> None:
    limits.set_spend_limit(planned.organization, Decimal(0), subscriber=planned.amara, actor=None, now=planned.now)

    assert planned.asks().allowed
    assert planned.asks("abroad", destination=PARIS).reason == "spend_limit"


# Once and in order


def test_the_same_request_again_has_the_same_answer(planned: Phone) -> None:
    first = planned.asks(destination=PARIS)
    planned.waits(seconds=5)

    request = replace(planned.request(destination=PARIS), started_at=planned.now - timedelta(seconds=5))
    again = authorizing.authorize(planned.organization, request, now=planned.now)

    assert again == first
    assert (CallSession.objects.count(), CallRequest.objects.count(), Hold.objects.count()) == (1, 1, 1)


def test_the_same_refusal_again_is_reported_once(amara: Phone) -> None:
    first = amara.asks(upn="", number=1)

    assert amara.asks(upn="", number=1) == first
    assert BlockedCall.objects.count() == 1


def test_another_body_under_a_known_number_is_a_conflict(amara: Phone) -> None:
    amara.asks(number=1)

    with pytest.raises(Conflict):
        amara.asks(number=1, destination=PARIS)

    assert amara.four()[1] == Decimal("0.2")


def test_a_session_is_one_call(amara: Phone) -> None:
    amara.asks()

    with pytest.raises(Conflict):
        amara.asks(destination=PARIS)


def test_a_refused_call_may_be_asked_for_again_by_the_next_number(amara: Phone) -> None:
    assert not amara.asks(upn="").allowed

    assert amara.asks().allowed
    assert CallSession.objects.count() == 1


def test_an_older_number_than_the_last_is_refused(amara: Phone) -> None:
    amara.asks(upn="", number=5)

    with pytest.raises(OutOfOrder):
        amara.asks(number=4)


@pytest.mark.parametrize(
    "other",
    [
        {"session": ""},
        {"session": "x" * 65},
        {"session": "a\nb"},
        {"number": -1},
        {"number": 2**31},
        {"call_type": "fax_out"},
        {"destination": "home"},
        {"requested_seconds": -1},
        {"requested_seconds": 10**6},
        {"started_at": factories.NOW.replace(tzinfo=None)},
        {"started_at": factories.NOW + timedelta(minutes=6)},
        {"started_at": factories.NOW - timedelta(hours=25)},
        {"caller": "+" + "1" * 32},
    ],
)
def test_what_cannot_be_understood_is_said(amara: Phone, other: dict[str, Any]) -> None:
    request = amara.request(**other)

    with pytest.raises(Unsound):
        authorizing.authorize(amara.organization, request, now=amara.now)

    assert not CallRequest.objects.exists()


def test_somebody_is_known_by_object_id_before_the_upn(amara: Phone) -> None:
    other = cast.person(amara.organization, "", upn="ben@tailspin.example")
    other.object_id = "00000000-0000-4000-8000-00000000000b"
    other.save()

    assert amara.asks(object_id=other.object_id).reason == "580464"
    assert BlockedCall.objects.get().subscriber == other


def test_a_yes_takes_a_fixed_number_of_statements(amara: Phone, django_assert_max_num_queries: Any) -> None:
    amara.asks("first")

    with django_assert_max_num_queries(10):
        amara.asks()
