"""What can happen: each operation once, with how often it does. They look into the reference to find what to do."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Final

from credits.ledger import AlreadyBooked
from rating import charging, intake
from rating.models import UsageRecord
from subscriptions import money
from tests.rating import cast
from tests.simulation import paying
from tests.simulation.choosing import one, places
from tests.simulation.world import PER_MINUTE, World, Wrong, said

# Spending


def debit(world: World) -> None:
    """Several charges at once: by the one statement, by COPY, or as the till takes those who wait."""
    charges = {world.fresh("call"): world.cost() for _ in range(world.chance.randint(1, 4))}
    world.both("debit", charges, way=world.chance.choice(["debit", "debit", "copy", "gather"]))
    world.charges += charges


def take(world: World) -> None:
    """One charge at once."""
    key = world.fresh("call")
    world.both("take", key, world.cost())
    world.charges.append(key)


def debit_again(world: World) -> None:
    """The same delivery once more, one charge of it new: nothing of it may be booked."""
    known = [key for key in world.charges if key.startswith("call:")]
    again = one(world, known)
    if again is None:
        return
    way = world.chance.choice([world.desk.debit, world.desk.copy])
    refusal = said(lambda: way({world.fresh("unused"): 1, again: 5}, now=world.now))
    if refusal != AlreadyBooked.__name__:
        raise Wrong(f"a known key was booked again: {refusal}")


def import_usage(world: World) -> None:
    """A file of new calls and of some that were there before, charged by a worker that may be called twice."""
    known = list(UsageRecord.objects.order_by("pk").values_list("usage_id", flat=True))
    rows: list[dict[str, str]] = []
    prices: dict[str, int] = {}
    for _ in range(world.chance.randint(1, 5)):
        world.minted += 1
        seconds = world.chance.randint(0, 900)
        began = world.now - timedelta(hours=1) + timedelta(seconds=len(rows))
        row = cast.row(
            world.minted, Start_Time=began.isoformat(), End_Time=(began + timedelta(seconds=seconds)).isoformat()
        )
        row["Duration Seconds"] = str(seconds)
        rows.append(row)
        if seconds:
            prices[f"usage:{row['UsageId']}"] = money.to_micros(-(-seconds // 60) * Decimal(PER_MINUTE))
    path = cast.usage_file(world.folder, [*rows, *rows[: world.chance.randint(0, 2)]])
    for _ in range(world.chance.randint(1, 2)):
        intake.take_file(path, world.desk.account.organization, now=world.now)
    if UsageRecord.objects.count() != len(known) + len(rows):
        raise Wrong("a row was taken twice, or not at all")
    for _ in range(world.chance.randint(1, 2)):
        world.do(lambda: charging.charge_due(now=world.now))
    world.book.debit(prices, now=world.now)
    world.charges += prices


def correct(world: World) -> None:
    key = one(world, world.charges)
    if key is not None:
        whole = world.book.charged(key)
        world.both("correct", key, world.chance.choice([whole, whole // 2, whole + 1, world.cost()]))


# Money in


def promote(world: World) -> None:
    cost, key = world.cost(), world.fresh("gift")
    ends = world.now + timedelta(days=world.chance.choice([1, 2, 5, 10, 60]))
    world.do(lambda: world.desk.promote(str(money.from_micros(cost)), now=world.now, ends=ends, key=key))
    world.book.add(cost, kind="promotion", ends=ends, now=world.now)


def adjust(world: World) -> None:
    cost, key = world.cost(), world.fresh("adjust")
    up = world.chance.random() < 0.5
    amount = money.from_micros(cost if up else -cost)
    world.do(lambda: world.desk.adjust(str(amount), now=world.now, key=key))
    if up:
        world.book.add(cost, kind="adjustment", ends=world.year_from_now(), now=world.now)
    else:
        world.book.debit({key: cost}, now=world.now)


# Taken back


def void(world: World) -> None:
    place = one(world, places(world, rank=0))
    if place is not None:
        world.both("void", place)


# Holds


def reserve(world: World) -> None:
    known = one(world, list(world.book.holds))
    if known is not None and world.chance.random() < 0.2:
        hold = world.book.holds[known]
        world.both("reserve", known, hold.amount + world.chance.randint(0, 1), until=hold.until)
        return
    until = world.now + timedelta(hours=world.chance.randint(1, 4))
    world.both("reserve", world.fresh("live"), world.cost(), until=until)


def end_call(world: World) -> None:
    key = one(world, [*world.book.holds, "never held"])
    if key is None:
        return
    way = world.chance.random()
    if way < 0.15:
        world.both("extend", key, world.cost(), until=world.now + timedelta(hours=2))
    elif way < 0.3:
        world.both("release", key)
    elif not world.both("settle", key, world.chance.choice([0, world.cost()])) and world.book.holds[key].cost:
        world.charges.append(f"hold:{key}")


# Time


def wait(world: World) -> None:
    """An hour to forty days pass; the workers have usually been at it in between."""
    if world.chance.random() < 0.9:
        for _ in range(3):
            world.wait(minutes=3)
            paying.charge_cards(world)
            world.learn_of_payments()
    world.wait(hours=world.chance.choice([1, 1, 5, 24, 24 * 3, 24 * 15, 24 * 40]))


def sweep(world: World) -> None:
    """What the beat does: expiry and holds whose time is over, perhaps delivered twice."""
    for _ in range(world.chance.randint(1, 2)):
        world.both("expire")
        world.both("lapse")


#: How often in a hundred, roughly.
ALL: Final[dict[Callable[[World], None], int]] = {
    debit: 12,
    take: 8,
    debit_again: 2,
    import_usage: 7,
    correct: 7,
    paying.order: 4,
    paying.charge_cards: 9,
    paying.answer_bank: 4,
    paying.webhook: 7,
    paying.bank_decides: 2,
    paying.late_money: 1,
    paying.add_card: 2,
    promote: 7,
    adjust: 3,
    paying.refund: 3,
    paying.dispute: 2,
    paying.decide_dispute: 3,
    void: 1,
    reserve: 8,
    end_call: 7,
    wait: 11,
    sweep: 5,
}
