"""One account that has lived through everything, by the product's own rules; beside it another that is in debt.

`write` answers the ids that corruptions speak of. Half of it is under a fingerprint, the rest came later.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import uuid4

from config import ledger_digests
from credits import accounts, expiry, holds, ledger, payments, recharges, refunds, sums
from credits.gateway import RefundAnswer
from credits.ledger import Charge
from credits.models import Account, Journal, Lot, Payment, ProviderEvent, Recharge
from notifications import outbox
from notifications.models import Delivery
from rating import charging, rerating
from rating.models import RateDeck, UsageFile
from subscriptions import money
from subscriptions.models import Organization, User
from tests import factories
from tests.fakes import FakeGateway
from tests.rating import cast

NOW: Final = factories.NOW
BEGIN: Final = NOW - timedelta(days=30)


class History:
    """The teller: every step is one sentence, at an hour counted from the beginning."""

    def __init__(self, organization: Organization, provider: FakeGateway, folder: Path) -> None:
        self.organization, self.provider, self.folder = organization, provider, folder
        self.account = Account.objects.get(organization=organization)
        self.actor: User = organization.memberships.get(role="owner").user
        self.ids: dict[str, int] = {"account": self.account.pk, "organization": organization.pk}

    def at(self, hour: float) -> datetime:
        return BEGIN + timedelta(hours=hour)

    def buys(self, name: str, amount: str, hour: float, outcome: str = "paid") -> Payment:
        """By hand, with the card on file."""
        self.provider.script(outcome)
        method = self.account.payment_methods.get()
        payment = payments.place_order(
            self.account, amount=Decimal(amount), key=uuid4(), method=method, actor=self.actor, now=self.at(hour)
        )
        payments.charge(payment, now=self.at(hour))
        payment.refresh_from_db()
        self.ids[f"payment_{name}"] = payment.pk
        if payment.state == Payment.State.SUCCEEDED:
            self.ids[f"lot_{name}"] = payment.lot.pk
        return payment

    def is_given(
        self, name: str, amount: str, hour: float, *, until: float, kind: Lot.Kind = Lot.Kind.PROMOTION
    ) -> Lot:
        with accounts.changing(self.account.pk, now=self.at(hour)) as account:
            lot = ledger.grant(
                account,
                kind=kind,
                amount=Decimal(amount),
                key=f"gift:{name}",
                why="Welcome",
                now=self.at(hour),
                expires_at=self.at(until),
            )
        self.ids[f"lot_{name}"] = lot.pk
        return lot

    def calls(self, hour: float, **costs: str) -> None:
        """Charges in one batch, each by its name."""
        charges = [Charge(f"call:{name}", money.to_micros(Decimal(cost)), "call") for name, cost in costs.items()]
        with accounts.changing(self.account.pk, now=self.at(hour)) as account:
            journals = ledger.debit(account, charges, now=self.at(hour))
        self.ids |= {f"call_{name}": journal for name, journal in zip(costs, journals, strict=True)}

    def is_corrected(self, name: str, cost: str, hour: float) -> None:
        charge = Journal.objects.get(pk=self.ids[f"call_{name}"])
        with accounts.changing(self.account.pk, now=self.at(hour)) as account:
            ledger.correct(
                account,
                charge,
                money.to_micros(Decimal(cost)),
                key=f"correct:{name}",
                why="misrated",
                now=self.at(hour),
            )
        self.ids[f"correction_{name}"] = Journal.objects.get(account=self.account, key=f"correct:{name}").pk

    def is_adjusted(self, name: str, amount: str, hour: float) -> None:
        with accounts.changing(self.account.pk, now=self.at(hour)) as account:
            ledger.adjust(
                account, Decimal(amount), key=f"adjust:{name}", why="promised", actor=self.actor, now=self.at(hour)
            )
        self.ids[f"adjustment_{name}"] = Journal.objects.get(account=self.account, key=f"adjust:{name}").pk

    def asks_back(self, name: str, payment: Payment, amount: str, hour: float) -> None:
        """Staff ask for a refund; nobody has sent it yet."""
        refund = refunds.ask(
            payment, amount=Decimal(amount), why="asked for", actor=self.actor, key=uuid4(), now=self.at(hour)
        )
        self.ids[f"refund_{name}"] = refund.pk

    def is_refunded_there(self, name: str, payment: Payment, minor: int, hour: float) -> None:
        """In the provider's own pages."""
        answer = RefundAnswer("succeeded", f"re_{name}", "", payment.provider_ref or "", minor, payment.currency)
        self.provider.refunds[name] = answer
        refund = refunds.found_at_provider(answer, now=self.at(hour))
        assert refund is not None
        self.ids[f"refund_{name}"] = refund.pk

    def is_disputed(self, lot: str, hour: float) -> None:
        with accounts.changing(self.account.pk, now=self.at(hour)) as account:
            ledger.freeze(account, Lot.objects.get(pk=self.ids[lot]), now=self.at(hour))

    def wins(self, lot: str, hour: float) -> None:
        with accounts.changing(self.account.pk, now=self.at(hour)) as account:
            ledger.thaw(account, Lot.objects.get(pk=self.ids[lot]))

    def loses(self, lot: str, hour: float) -> None:
        with accounts.changing(self.account.pk, now=self.at(hour)) as account:
            ledger.lose(account, Lot.objects.get(pk=self.ids[lot]), key=f"lost:{lot}", why="lost", now=self.at(hour))

    def is_voided(self, lot: str, hour: float) -> None:
        with accounts.changing(self.account.pk, now=self.at(hour)) as account:
            lot_row = Lot.objects.get(pk=self.ids[lot])
            ledger.void(account, lot_row, key=f"void:{lot}", why="wrong", actor=self.actor, now=self.at(hour))


def write(provider: FakeGateway, folder: Path) -> dict[str, int]:
    """Everything that can happen to an account, over thirty days; the ids of what happened, by name."""
    told = History(factories.contoso(), provider, folder)
    told.account.auto_recharge.enabled = False
    told.account.auto_recharge.save()
    _first_days(told)
    _holds_and_corrections(told)
    _refunds_and_disputes(told)
    ledger_digests.store(broken=set(), now=told.at(300))
    sums.sum_due(now=told.at(300))
    _overdraft_and_recharge(told)
    _last_days(told)
    _usage(told)
    _wrong_deck(told)
    _neighbour(told)
    _notices(told)
    return told.ids


def _first_days(told: History) -> None:
    """Two lots of different expiry, calls over both, a lot that expires unused, a card that is declined."""
    told.buys("first", "100", 0)
    told.is_given("spent", "20", 1, until=120)
    told.calls(2, both="30", small="5")
    told.is_given("lapsed", "10", 130, until=140)
    expiry.expire_due(now=told.at(141))
    told.buys("declined", "70", 142, "insufficient_funds")


def _holds_and_corrections(told: History) -> None:
    """Holds that end in every way; a correction to the same lots, and one whose lot has expired meanwhile."""
    holds.reserve(told.account, "settled", money.to_micros(Decimal(15)), until=told.at(146), now=told.at(144))
    holds.extend(told.account, "settled", money.to_micros(Decimal(18)), until=told.at(147), now=told.at(145))
    holds.settle(told.account, "settled", money.to_micros(Decimal(12)), why="call", now=told.at(146))
    for key in ("released", "lapsed"):
        holds.reserve(told.account, key, money.to_micros(Decimal(10)), until=told.at(148), now=told.at(147))
    holds.release(told.account, "released", now=told.at(147.5))
    holds.lapse_due(now=told.at(149))
    told.is_corrected("both", "6", 150)
    told.is_given("short", "4", 151, until=160)
    told.calls(152, short="4")
    told.is_corrected("short", "3", 161)
    told.ids["lot_correction"] = Lot.objects.get(kind=Lot.Kind.CORRECTION).pk
    told.is_given("kept", "8", 162, until=170)
    holds.reserve(told.account, "over", money.to_micros(Decimal(5)), until=told.at(190), now=told.at(163))
    expiry.expire_due(now=told.at(171))
    holds.settle(told.account, "over", money.to_micros(Decimal(2)), why="call", now=told.at(172))
    expiry.expire_due(now=told.at(173))


def _refunds_and_disputes(told: History) -> None:
    """A refund, adjustments both ways, a void, a dispute that is won and one that is lost after some was spent."""
    refunded = told.buys("refunded", "60", 200)
    told.asks_back("first", refunded, "20", 210)
    refunds.refund_due(now=told.at(210))
    told.is_refunded_there("there", refunded, 500, 211)
    told.is_adjusted("up", "7", 220)
    told.is_adjusted("down", "-3", 221)
    told.is_given("void", "9", 222, until=2000)
    told.is_voided("lot_void", 223)
    told.is_disputed("lot_first", 230)
    told.calls(231, around="4")
    told.wins("lot_first", 232)
    disputed = told.buys("lost", "90", 240)
    told.calls(241, before="150")
    assert disputed.lot.pk == told.ids["lot_lost"]
    told.is_disputed("lot_lost", 250)
    told.loses("lot_lost", 260)


def _usage(told: History) -> None:
    """A file of calls: covered by minutes, split, charged, free, and one row that is wreckage; then the same again."""
    cast.deck({"44 GB": "0.02"})
    cast.deck({"US": "0.03"}, RateDeck.Service.INBOUND_TOLL_FREE)
    cast.person(told.organization, "MCOPSTN5")
    long = "2026-10-01T11:00:00.0000000+00:00"
    rows = [
        cast.row(1, End_Time=long, Duration_Seconds="7140", Start_Time="2026-10-01T09:01:00.0000000+00:00"),
        cast.row(2, Duration_Seconds="180", Start_Time="2026-10-01T12:00:00.0000000+00:00",
                 End_Time="2026-10-01T12:03:00.0000000+00:00"),
        cast.row(3, Start_Time="2026-10-01T13:00:00.0000000+00:00", End_Time="2026-10-01T13:02:00.0000000+00:00"),
        cast.row(4, Call_Type="user_in"),
        cast.row(5, Duration_Seconds="many"),
    ]  # fmt: skip
    for name in ("first.csv", "second.csv"):
        cast.take(told.organization, told.folder, *rows, name=name)
    while charging.charge_due(now=NOW):
        pass
    told.ids["file"] = UsageFile.objects.earliest("pk").pk
    records = told.organization.usage_records.order_by("usage_id").values_list("pk", flat=True)
    told.ids |= {f"record_{number}": pk for number, pk in enumerate(records, 1)}


def _wrong_deck(told: History) -> None:
    """Calls of September, re-rated twice: one is cheaper, one free, one dearer and then much cheaper."""
    decks: list[dict[str, str]] = [
        {"33 FR": "0.05", "34 ES": "0.03", "39 IT": "0.02"},
        {"33 FR": "0.01", "39 IT": "0.09"},
        {"33 FR": "0.01", "39 IT": "0.01"},
    ]
    rows = [
        cast.row(10 + number, Call_Type="ucap_out", Destination_Number=f"+{prefix}42270000",
                 Start_Time=f"2026-09-01T1{number}:00:00Z", End_Time=f"2026-09-01T1{number}:02:00Z")
        for number, prefix in enumerate((331, 341, 391))
    ]  # fmt: skip
    for rates in decks:
        RateDeck.objects.filter(service=RateDeck.Service.OUTBOUND).standing().update(withdrawn_at=NOW)
        cast.deck({"44 GB": "0.02", **rates})
        if rates is decks[0]:
            cast.take(told.organization, told.folder, *rows, name="september.csv")
            charging.charge_due(now=NOW)
        else:
            rerating.apply(
                told.account, date(2026, 9, 1), date(2026, 9, 1), why="wrong deck", actor=told.actor, now=NOW
            )
    cheaper, free, both = told.organization.usage_records.filter(file__name="september.csv").in_order_of_calls()
    told.ids |= {"rerated_cheaper": cheaper.pk, "rerated_free": free.pk, "rerated_both": both.pk}


def _overdraft_and_recharge(told: History) -> None:
    """Into the overdraft, half out of it by hand, then wholly by an automatic charge of two steps."""
    told.calls(400, deep="100")
    told.ids["debt"] = told.account.debts.latest("pk").pk
    told.buys("half", "50", 410)
    terms = recharges.Terms(True, Decimal(20), Decimal(50), Decimal(1000))
    recharges.change_terms(told.account, terms, actor=told.actor, now=told.at(420))
    recharges.charge_due(now=told.at(420.1))
    told.ids["recharge"] = Recharge.objects.get().pk
    automatic = Payment.objects.get(kind=Payment.Kind.AUTOMATIC)
    told.ids |= {"payment_automatic": automatic.pk, "lot_automatic": automatic.lot.pk}
    event = {"data": {"object": {"metadata": {"payment": str(automatic.key)}}}}
    told.ids["event"] = ProviderEvent.objects.create(
        event_ref="evt_1",
        kind="payment_intent.succeeded",
        payload=event,
        received_at=told.at(420.2),
        due_at=told.at(420.2),
        handled_at=told.at(420.3),
        outcome=ProviderEvent.Outcome.APPLIED,
    ).pk


def _last_days(told: History) -> None:
    """Calls from a lot with another beside it, a correction, a lot nobody has touched, a call that goes on."""
    told.is_given("near", "10", 500, until=900)
    told.is_given("far", "10", 500, until=1000)
    told.calls(510, late="6", tiny="1")
    told.is_corrected("late", "2", 511)
    told.is_adjusted("late", "5", 512)
    told.ids["lot_adjusted"] = Lot.objects.get(entries__journal=told.ids["adjustment_late"]).pk
    told.is_given("idle", "10", 600, until=1100)
    told.asks_back("waiting", told.buys("waiting", "50", 605), "30", 719.9)
    holds.reserve(told.account, "live", money.to_micros(Decimal(5)), until=NOW + timedelta(hours=1), now=told.at(610))


def _notices(told: History) -> None:
    while outbox.deliver_due(now=NOW, limit=50):
        pass
    told.ids["delivery"] = Delivery.objects.filter(notice__kind="recharge_paid").earliest("pk").pk


def _neighbour(told: History) -> None:
    """Northwind owes three dollars."""
    other = History(factories.northwind(), told.provider, told.folder)
    other.is_given("small", "5", 10, until=2000)
    other.calls(20, much="8")
    told.ids |= {f"other_{name}": pk for name, pk in other.ids.items()}
