"""Whether the notices of this floor still hold when they are about to be told (reliability: notices, once)."""

from datetime import date, datetime, timedelta

from credits.models import BalanceLevel, Lot, Payment, PaymentMethod
from notifications import truth
from notifications.facts import Stage
from notifications.models import Notice
from subscriptions import periods

State = BalanceLevel.State
_DAY = timedelta(days=1)


def register() -> None:
    """Say to the floor below which notices are looked at again, and how."""
    truth.register(Notice.Kind.LOT_EXPIRES, something_expires)
    truth.register(Notice.Kind.CARD_EXPIRES, the_card_is_in_use)
    truth.register(Notice.Kind.BALANCE_LOW, the_balance_stands_there)
    truth.register(Notice.Kind.NEEDS_BANK, the_bank_waits)


def something_expires(notice: Notice, now: datetime) -> bool:
    """If anything is left of the lots whose last day the notice names, and the day is not over."""
    day, zone = date.fromisoformat(notice.facts["expires_on"]), notice.organization.zone
    first, end = periods.end_of_day(day - _DAY, zone), periods.end_of_day(day, zone)
    lots = Lot.objects.filter(account__organization=notice.organization, open=True, frozen_at=None)
    return now < end and lots.filter(expires_at__gt=first, expires_at__lte=end).exists()


def the_card_is_in_use(notice: Notice, now: datetime) -> bool:
    """If the card may still be charged: neither removed nor refused for good."""
    _word, pk, _level = notice.key.split(":")
    cards = PaymentMethod.objects.filter(account__organization=notice.organization, pk=pk)
    return cards.filter(removed_at=None, refused_at=None).exists()


def the_balance_stands_there(notice: Notice, now: datetime) -> bool:
    """If the balance stands beside the level as the notice says, and has not left and come again since."""
    _word, pk, crossing, stage = notice.key.split(":")
    level = BalanceLevel.objects.filter(account__organization=notice.organization, pk=pk).first()
    if level is None:
        return False
    if stage == Stage.RECOVERED:
        return level.state != State.BELOW
    wanted = State.BELOW if stage == Stage.BELOW else State.APPROACHING
    return level.state == wanted and level.crossings == int(crossing)


def the_bank_waits(notice: Notice, now: datetime) -> bool:
    """If the payment still waits for the person's confirmation."""
    payments = Payment.objects.filter(account__organization=notice.organization, key=notice.facts["payment"])
    return payments.filter(state=Payment.State.REQUIRES_ACTION).exists()
