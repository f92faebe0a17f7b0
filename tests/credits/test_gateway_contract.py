"""The same scenes on two stages: what the fake says of a charge, the real gateway says, too."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from credits import gateway
from credits.gateway import Answer, Dispute, Order, RefundAnswer, RefundOrder
from tests import fakes
from tests.config.provider import Sandbox
from tests.credits.stages import OnTheFake, OnTheSandbox, Stage

BEFORE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("provider"))
    yield running
    running.stop()


@pytest.fixture(params=["sandbox", "fake"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "fake":
        yield OnTheFake()
        return
    running = request.getfixturevalue("sandbox")
    yield OnTheSandbox(running)
    running.reset()


def paid(stage: Stage) -> Answer:
    """A charge of $50 that took money."""
    answer = stage.provider.charge(stage.order("success"))
    assert (answer.state, answer.minor, bool(answer.charged_at)) == ("succeeded", 5000, True)
    return answer


def back(answer: Answer, minor: int) -> RefundOrder:
    return RefundOrder(uuid.uuid4(), answer.ref, minor, answer.currency)


def said(answer: Answer | None) -> tuple[str, str] | None:
    return None if answer is None else (answer.state, answer.code)


def refunded(answer: RefundAnswer | None) -> tuple[str, int, str] | None:
    return None if answer is None else (answer.state, answer.minor, answer.code)


def on_session(order: Order) -> Order:
    return replace(order, present=True, return_url="https://shop.example/back")


def current(stage: Stage, charge: Answer) -> Answer:
    """The charge as the provider has it now."""
    found = stage.provider.retrieve(charge.ref)
    assert found is not None
    return found


def complaint(stage: Stage, ref: str) -> Dispute:
    """The dispute of this name, as the provider lists it."""
    listed = stage.provider.disputes(since=datetime.now(UTC) - BEFORE)
    return next(dispute for dispute in listed if dispute.ref == ref)


class TestBothStages:
    """Each scene is played on the sandbox and on the fake."""

    @pytest.mark.parametrize(
        ("total", "currency", "minor"), [("50", "USD", 5000), ("500", "JPY", 500), ("12.5", "KWD", 12500)]
    )
    def test_a_charge_is_made_once_under_its_key(self, stage: Stage, total: str, currency: str, minor: int) -> None:
        order = stage.order("success", total=Decimal(total), currency=currency)

        first = stage.provider.charge(order)

        assert first == stage.provider.charge(order) == stage.provider.retrieve(first.ref)
        assert first == stage.provider.find(order, since=datetime.now(UTC))
        assert (first.state, first.minor, first.currency, first.key) == ("succeeded", minor, currency, str(order.key))
        assert (first.customer, first.action_url, first.refunded_minor) == (order.customer, "", 0)

    @pytest.mark.parametrize("present", [False, True])
    @pytest.mark.parametrize(
        ("card", "code"),
        [
            ("declined_later", "generic_decline"),
            ("insufficient_funds", "insufficient_funds"),
            ("expired_card", "expired_card"),
            ("stolen_card", "stolen_card"),
        ],
    )
    def test_a_decline_has_its_code_and_an_intent(self, stage: Stage, card: str, code: str, present: bool) -> None:
        order = stage.order(card, present=present)

        answer = stage.provider.charge(order)

        assert (said(answer), answer.key, answer.minor) == (("failed", code), str(order.key), 5000)
        assert said(stage.provider.find(order, since=datetime.now(UTC))) == ("failed", code)
        assert said(stage.provider.confirm(order, answer.ref)) == ("failed", code)

    def test_what_the_bank_refused_off_session_is_confirmed_on_session(self, stage: Stage) -> None:
        order = stage.order("three_d_secure")
        refused = stage.provider.charge(order)

        asked = stage.provider.confirm(on_session(order), refused.ref)
        seen = current(stage, refused)
        stage.bank(asked, confirms=True)

        assert said(refused) == ("failed", "authentication_required")
        assert said(asked) == said(seen) == ("requires_action", "")
        assert seen.action_url == asked.action_url != ""
        assert said(stage.provider.retrieve(refused.ref)) == ("succeeded", "")
        assert said(stage.provider.confirm(order, refused.ref)) == ("succeeded", "")

    def test_a_person_who_is_there_is_asked_and_may_refuse_and_be_asked_again(self, stage: Stage) -> None:
        order = stage.order("three_d_secure", present=True)

        asked = stage.provider.charge(order)
        stage.bank(asked, confirms=False)
        refused = stage.provider.retrieve(asked.ref)
        again = stage.provider.confirm(order, asked.ref)

        assert (said(asked), bool(asked.action_url)) == (("requires_action", ""), True)
        assert said(refused) == ("failed", "payment_intent_authentication_failure")
        assert (said(again), bool(again.action_url)) == (("requires_action", ""), True)

    def test_a_cancelled_intent_takes_no_money_any_more(self, stage: Stage) -> None:
        order = stage.order("three_d_secure", present=True)
        asked = stage.provider.charge(order)

        answers = [stage.provider.cancel(asked.ref) for _ in range(2)]

        assert [said(answer) for answer in answers] == [("canceled", "")] * 2
        assert said(stage.provider.confirm(order, asked.ref)) == ("canceled", "")
        assert said(stage.provider.retrieve(asked.ref)) == ("canceled", "")

    def test_cancelled_too_late_the_answer_says_that_money_was_taken(self, stage: Stage) -> None:
        answer = paid(stage)

        assert stage.provider.cancel(answer.ref) == answer
        assert said(stage.provider.cancel("pi_nobody")) == ("canceled", "resource_missing")
        assert stage.provider.retrieve("pi_nobody") is None
        assert said(stage.provider.confirm(stage.order("success"), "pi_nobody")) == ("failed", "invalid_request")

    @pytest.mark.parametrize(
        ("outcome", "raised", "found"),
        [
            (fakes.BUSY, gateway.Busy, None),
            (fakes.LOST, gateway.Unanswered, None),
            (fakes.PAID_UNANSWERED, gateway.Unanswered, ("succeeded", "")),
        ],
    )
    def test_without_an_answer_the_charge_is_looked_up(
        self, stage: Stage, outcome: str, raised: type[Exception], found: tuple[str, str] | None
    ) -> None:
        order = stage.order("success")
        stage.next_is(outcome)

        with pytest.raises(raised):
            stage.provider.charge(order)

        assert said(stage.provider.find(order, since=datetime.now(UTC))) == found
        assert said(stage.provider.charge(order)) == ("succeeded", "")

    def test_a_confirmation_without_an_answer_is_looked_up(self, stage: Stage) -> None:
        order = stage.order("three_d_secure")
        refused = stage.provider.charge(order)
        stage.next_is(fakes.LOST)

        with pytest.raises(gateway.Unanswered):
            stage.provider.confirm(order, refused.ref)

        assert said(stage.provider.retrieve(refused.ref)) == ("failed", "authentication_required")

    def test_a_charge_is_given_back_in_parts_and_never_more(self, stage: Stage) -> None:
        charge = paid(stage)
        part = back(charge, 2000)

        answers = [stage.provider.refund(order) for order in (part, part, back(charge, 3001), back(charge, 3000))]

        assert [refunded(answer) for answer in answers] == [
            ("succeeded", 2000, ""),
            ("succeeded", 2000, ""),
            ("failed", 3001, "invalid_request"),
            ("succeeded", 3000, ""),
        ]
        assert answers[0] == answers[1] == stage.provider.find_refund(part)
        assert (answers[0].key, answers[0].charge_ref, answers[0].currency) == (str(part.key), charge.ref, "USD")
        assert refunded(stage.provider.refund(back(charge, 1))) == ("failed", 1, "charge_already_refunded")
        now = current(stage, charge)
        assert (now.state, now.minor, now.refunded_minor) == ("succeeded", 5000, 5000)

    def test_what_took_no_money_gives_none_back(self, stage: Stage) -> None:
        declined = stage.provider.charge(stage.order("stolen_card"))

        answers = [stage.provider.refund(back(declined, 1)), stage.provider.refund(back(paid(stage), 0))]
        unknown = stage.provider.refund(RefundOrder(uuid.uuid4(), "pi_nobody", 100, "USD"))

        assert [answer.state for answer in (*answers, unknown)] == ["failed"] * 3
        assert unknown.code == "resource_missing"

    @pytest.mark.parametrize(("succeeds", "left"), [(True, 5000), (False, 0)])
    def test_a_pending_refund_ends(self, stage: Stage, succeeds: bool, left: int) -> None:
        charge = paid(stage)
        order = back(charge, 5000)
        stage.next_is(fakes.PENDING)

        pending = stage.provider.refund(order)
        stage.end_refund(pending, succeeds=succeeds)

        code = "" if succeeds else "expired_or_canceled_card"
        assert pending.state == "pending"
        assert refunded(stage.provider.find_refund(order)) == ("succeeded" if succeeds else "failed", 5000, code)
        assert current(stage, charge).refunded_minor == left

    @pytest.mark.parametrize(
        ("outcome", "raised", "found"),
        [
            (fakes.BUSY, gateway.Busy, None),
            (fakes.LOST, gateway.Unanswered, None),
            (fakes.BACK_UNANSWERED, gateway.Unanswered, ("succeeded", 5000, "")),
        ],
    )
    def test_without_an_answer_the_refund_is_looked_up(
        self, stage: Stage, outcome: str, raised: type[Exception], found: tuple[str, int, str] | None
    ) -> None:
        charge = paid(stage)
        order = back(charge, 5000)
        stage.next_is(outcome)

        with pytest.raises(raised):
            stage.provider.refund(order)

        assert refunded(stage.provider.find_refund(order)) == found
        assert refunded(stage.provider.refund(order)) == ("succeeded", 5000, "")
        assert current(stage, charge).refunded_minor == 5000

    @pytest.mark.parametrize(("won", "status"), [(True, "won"), (False, "lost")])
    def test_a_dispute_is_listed_and_stops_refunds_until_it_is_won(self, stage: Stage, won: bool, status: str) -> None:
        charge = paid(stage)
        ref = stage.dispute(charge)
        opened = complaint(stage, ref)
        refused = stage.provider.refund(back(charge, 100))

        stage.decide(ref, won=won)

        assert (opened.status, opened.charge_ref, opened.minor, opened.currency) == ("open", charge.ref, 5000, "USD")
        assert (opened.reason, complaint(stage, ref).status) == ("fraudulent", status)
        assert refunded(refused) == ("failed", 100, "charge_disputed")
        assert (stage.provider.refund(back(charge, 100)).state == "succeeded") is won
        assert current(stage, charge).disputed

    def test_listings_begin_where_they_are_asked_to(self, stage: Stage) -> None:
        charge = paid(stage)
        refund = stage.provider.refund(back(charge, 100))
        ref = stage.dispute(charge)
        now = datetime.now(UTC)
        later = now + timedelta(hours=1)

        listed = list(stage.provider.charges_made(since=now - BEFORE))

        assert stage.provider.retrieve(charge.ref) in listed
        assert refund in list(stage.provider.refunds_made(since=now - BEFORE))
        assert complaint(stage, ref)
        for listing in (stage.provider.charges_made, stage.provider.refunds_made, stage.provider.disputes):
            assert list(listing(since=later)) == []

    def test_refunds_and_disputes_are_listed_of_one_charge(self, stage: Stage) -> None:
        first, second = paid(stage), paid(stage)
        since = datetime.now(UTC) - BEFORE
        refunds = [stage.provider.refund(back(charge, 100)) for charge in (first, second)]
        refs = [stage.dispute(charge) for charge in (first, second)]

        made = list(stage.provider.refunds_made(since=since, charge_ref=second.ref))
        disputed = list(stage.provider.disputes(since=since, charge_ref=first.ref))

        assert made == refunds[1:]
        assert [dispute.ref for dispute in disputed] == refs[:1]

    def test_whoever_only_asks_learns_that_nobody_answers(self, stage: Stage) -> None:
        order = stage.order("success")
        now = datetime.now(UTC)
        stage.down()

        asks: list[Callable[[], object]] = [
            lambda: stage.provider.create_customer(key="k", name="Contoso", email="a@contoso.example"),
            lambda: stage.provider.card_page(
                customer="c", success_url="https://a.example/", cancel_url="https://a.example/"
            ),
            lambda: stage.provider.card_of_session("cs_1"),
            lambda: stage.provider.forget_card("pm_1"),
            lambda: stage.provider.cancel("pi_1"),
            lambda: stage.provider.retrieve("pi_1"),
            lambda: stage.provider.find(order, since=now),
            lambda: stage.provider.find_refund(RefundOrder(uuid.uuid4(), "pi_1", 1, "USD")),
            lambda: list(stage.provider.charges_made(since=now)),
            lambda: list(stage.provider.refunds_made(since=now)),
            lambda: list(stage.provider.disputes(since=now)),
        ]
        for ask in asks:
            with pytest.raises(gateway.Unreachable):
                ask()
