"""Why a call cost what it did: whose minutes, which rate, each step of the price, and the lots that paid."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from credits import history
from credits.models import Journal, Lot
from rating import calls, decks, pools, pricing, words
from rating.explaining import reasons
from rating.explaining.explanation import Covered, Explanation, Paid
from rating.explaining.reasons import Why
from rating.explaining.shapes import as_json
from rating.models import Rate, UsageRecord
from rating.pricing import Price, Tariff, Timetable
from subscriptions.models import Plan

__all__ = ["Covered", "Explanation", "Paid", "Why", "as_json", "of"]

State = UsageRecord.State


def of(record: UsageRecord, *, numbers: bool) -> Explanation:
    """The explanation of a call; `numbers` says if telephone numbers may be seen whole. Some fifteen short queries.

    Rates and re-ratings are those that were stored with the call. Which pools could have covered it, where none did,
    is told by the licences as they are recorded now.
    """
    kind = calls.kind_of(record.call_type, number_type=record.number_type, seconds=record.seconds)
    rate = Rate.objects.select_related("deck").filter(pk=record.rate_id).first() if record.rate_id else None
    lines = record.rerate_lines.select_related("rerating__by", "rate_before__deck", "rate_after__deck", "journal")
    price, tariff = _price(record, rate)
    shown = str if numbers else words.masked
    return Explanation(
        record=record,
        kind=kind,
        why=reasons.why(record, kind),
        number=shown(record.destination),
        caller=shown(record.caller),
        rate=rate,
        covered=_covered(record),
        price=price,
        tariff=tariff,
        paid=_paid(record),
        lines=tuple(lines.order_by("pk")),
    )


def _price(record: UsageRecord, rate: Rate | None) -> tuple[Price | None, Tariff | None]:
    """The price of what no pool covered, as a call that begins where the covered minutes end."""
    seconds = record.seconds - record.covered_minutes * 60
    if rate is None or record.state != State.CHARGED or seconds <= 0:
        return None, None
    begins = record.started_at + timedelta(minutes=record.covered_minutes)
    return pricing.price(_prices(rate), seconds, at=begins), decks.tariff_of(rate)


def _prices(rate: Rate) -> Tariff | Timetable:
    """The tariff of the row, or of all rows of its prefix with their windows."""
    if not rate.window:
        return decks.tariff_of(rate)
    rows = Rate.objects.filter(deck=rate.deck_id, prefix=rate.prefix)
    if not rate.prefix:
        rows = rows.filter(country=rate.country)
    spans = tuple((window, decks.tariff_of(row)) for row in rows for window in pricing.parse_window(row.window))
    return Timetable(ZoneInfo(rate.deck.zone), spans)


def _covered(record: UsageRecord) -> tuple[Covered, ...]:
    """Which pools gave how many minutes; a call from before pools were written down does not say."""
    parts = [(name, pools.named(name), minutes) for name, minutes in pools.read(record.covered_by)]
    plans = {plan.code: plan for plan in Plan.objects.filter(code__in=[pool.plan for _, pool, _ in parts])}
    return tuple(Covered(name, pool, plans.get(pool.plan), minutes) for name, pool, minutes in parts)


def _paid(record: UsageRecord) -> tuple[Paid, ...]:
    """Which lots paid how much: for the charge and for what re-ratings added, less what was given back."""
    journals = list(Journal.objects.filter(rerate_line__record=record, kind=Journal.Kind.USAGE))
    if record.journal is not None and record.journal not in journals:
        journals.append(record.journal)
    sums: defaultdict[int | None, Decimal] = defaultdict(Decimal)
    for journal in journals:
        for share in history.lots_of(journal):
            sums[share.lot] += share.amount
    lots = Lot.objects.select_related("payment").in_bulk([lot for lot in sums if lot])
    order = sorted(sums, key=lambda lot: (lot is None, lot or 0))
    return tuple(Paid(lots[lot] if lot else None, sums[lot]) for lot in order if sums[lot])
