"""What can happen to cards and charges: ordered, charged, confirmed, told by events, disputed."""

from decimal import Decimal
from typing import Any, Final

from credits import events, gateway, limits, payments, recharges, refunds
from credits.models import AutoRecharge, Payment, PaymentMethod, ProviderEvent
from subscriptions import money
from tests import factories, fake_records
from tests.credits.charges import complaint
from tests.simulation.choosing import one, places
from tests.simulation.provider import event_about
from tests.simulation.world import World, Wrong, said

#: What a card can be given back at least, in millionths.
CENT: Final = 10_000


def order(world: World) -> None:
    """Somebody presses *Place order*, perhaps twice."""
    method = PaymentMethod.objects.filter(account=world.desk.account).chargeable().first()
    if method is None:
        return
    key, amount = world.key(), Decimal(world.chance.choice([20, 50, 100, 250]))
    for _ in range(world.chance.randint(1, 2)):
        refusal = said(
            lambda: world.do(
                lambda: payments.place_order(
                    world.desk.account, amount=amount, key=key, method=method, actor=world.desk.actor, now=world.now
                )
            )
        )
        if refusal not in ("", payments.AnotherInFlight.__name__, limits.OutsideLimits.__name__):
            raise Wrong(f"an order ended in {refusal}")


def charge_cards(world: World) -> None:
    """The worker's sweep, perhaps delivered twice."""
    for _ in range(world.chance.randint(1, 2)):
        for due in (
            payments.give_up_due, recharges.look_ahead_due, recharges.charge_due, payments.look_up_due
        ):  # fmt: skip
            world.do(lambda due=due: due(now=world.now))  # type: ignore[misc]


def answer_bank(world: World) -> None:
    """Somebody is at a payment that its bank wants confirmed: confirms, is refused, goes away, or gives it up."""
    waiting = Payment.objects.filter(state=Payment.State.REQUIRES_ACTION).select_related("account", "method").first()
    if waiting is None:
        return
    allowed = {"", gateway.Unreachable.__name__, payments.NothingToConfirm.__name__, payments.TooLate.__name__}
    actor = world.desk.actor
    if world.chance.random() < 0.2:
        answers = [said(lambda: world.do(lambda: payments.cancel(waiting, actor=actor, now=world.now)))]
    else:
        answers = [said(lambda: world.do(lambda: payments.bank_page(waiting, now=world.now)))]
        if world.provider.charges[str(waiting.key)].state == "requires_action" and world.chance.random() < 0.8:
            world.provider.finish(waiting.key, code=world.chance.choice(["", "", fake_records.REFUSED]))
        if world.chance.random() < 0.6:
            answers.append(said(lambda: world.do(lambda: payments.returned(waiting, now=world.now))))
    if not set(answers) <= allowed:
        raise Wrong(f"at the bank: {answers}")


def hear(world: World, kind: str, thing: object) -> None:
    """The provider sends an event of it, perhaps twice, and the worker handles what is there."""
    for _ in range(world.chance.randint(1, 2)):
        row = ProviderEvent(
            event_ref=world.fresh("evt"), kind=kind, payload={"data": {"object": thing}}, received_at=world.now,
            due_at=world.now,
        )  # fmt: skip
        row.save()
    world.do(lambda: events.handle_due(now=world.now))


def late_money(world: World) -> None:
    """Money comes for a payment that had ended without; the provider, asked, says so."""
    over = Payment.objects.filter(state__in=(Payment.State.FAILED, Payment.State.CANCELLED)).order_by("pk")
    keys = [str(key) for key in over.values_list("key", flat=True)]
    key = one(world, [key for key in keys if key in world.provider.charges])
    if key is None:
        return
    kind, payload = event_about(world.provider.finish(key), says="succeeded", ref="")
    world.provider.calm = True
    hear(world, kind, payload["data"]["object"])
    world.provider.calm = False


def webhook(world: World) -> None:
    """An event about any charge: late, again, out of order, or about none of ours."""
    answer = one(world, list(world.provider.charges.values()))
    if answer is None:
        return
    says = "processing" if world.chance.random() < 0.2 else answer.state
    ref = world.chance.choice([world.fresh("evt"), f"evt:{answer.key}:{says}"])
    kind, payload = event_about(answer, says=says, ref=ref)
    if world.chance.random() < 0.1:
        payload["data"]["object"]["metadata"] = {}
    for _ in range(world.chance.randint(1, 2)):
        ProviderEvent.objects.bulk_create(
            [ProviderEvent(event_ref=ref, kind=kind, payload=payload, received_at=world.now, due_at=world.now)],
            ignore_conflicts=True,
        )
    world.do(lambda: events.handle_due(now=world.now))


def bank_decides(world: World) -> None:
    """What was being processed ends at the provider; we hear of it later, or when we ask."""
    waiting = [answer.key for answer in world.provider.charges.values() if answer.state == "processing"]
    if waiting:
        world.provider.finish(waiting[0], code=world.chance.choice(["", "insufficient_funds"]))


def add_card(world: World) -> None:
    """Where no card is left, or a lost dispute or three failed rounds have paused it, somebody sees to it."""
    if not PaymentMethod.objects.filter(account=world.desk.account).chargeable().exists():
        factories.MethodFactory.create(account=world.desk.account, provider_ref=world.fresh("pm"))
    if AutoRecharge.objects.get(account=world.desk.account).paused_at is not None or world.chance.random() < 0.2:
        recharges.resume(world.desk.account, actor=world.desk.actor, now=world.now)


def refund(world: World) -> None:
    """Staff give back what is left of a purchase, or try to give back more, and the provider does it at once."""
    place = one(world, places(world, rank=2))
    payment = world.desk.lot(place).payment if place is not None else None
    if place is None or payment is None:
        return
    micros = world.chance.choice([world.cost(), world.book.free(place)]) // CENT * CENT
    asked: dict[str, Any] = {
        "amount": money.from_micros(micros),
        "why": "asked for",
        "actor": world.desk.actor,
        "key": world.key(),
    }
    expected = said(lambda: world.book.refund(place, micros, now=world.now))
    answered = said(lambda: world.do(lambda: refunds.ask(payment, **asked, now=world.now)))
    if answered.replace("TooMuch", "NotRefundable") != expected:
        raise Wrong(f"refund of {micros} from lot {place}: {answered or 'done'}, expected {expected or 'done'}")
    refunds.refund_due(now=world.now)


def dispute(world: World) -> None:
    """A card's holder complains; the provider tells."""
    place = one(world, places(world, rank=2))
    if place is not None:
        payment = world.desk.lot(place).payment
        opened = world.provider.open_dispute(payment.provider_ref or "" if payment else "")
        hear(world, "charge.dispute.created", complaint(opened))
        world.book.freeze(place, now=world.now)


def decide_dispute(world: World) -> None:
    """The bank decides; what was told before may be told once more afterwards."""
    place = one(world, places(world, rank=2, frozen=True))
    payment = world.desk.lot(place).payment if place is not None else None
    if place is None or payment is None:
        return
    known = [each for each in world.provider.complaints.values() if each.charge_ref == payment.provider_ref]
    won = world.chance.random() < 0.5
    hear(world, "charge.dispute.closed", complaint(world.provider.close_dispute(known[-1].ref, won=won)))
    if won:
        world.book.thaw(place, now=world.now)
    else:
        world.book.lose(f"dispute:{known[-1].ref}", place, now=world.now)
