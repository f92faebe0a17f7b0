"""The explanation for other programs."""

from decimal import Decimal
from typing import Any

from rating.explaining.explanation import Explanation, Paid
from rating.models import Rate, RerateLine


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation for other programs: amounts, rates and seconds as strings, instants in ISO 8601, sums by name."""
    record, rate = explanation.record, explanation.rate
    return {
        "usage_id": record.usage_id,
        "state": record.state,
        "kind": explanation.kind.name.lower(),
        "why": explanation.why.value,
        "text": explanation.text,
        "started_at": record.started_at.isoformat(),
        "destination": explanation.number,
        "caller": explanation.caller,
        "seconds": record.seconds,
        "minutes": record.minutes,
        "covered_minutes": record.covered_minutes,
        "covered_by": [{"pool": each.name, "minutes": each.minutes} for each in explanation.covered],
        "rate": _rate_json(rate) if rate else None,
        "price": _price_json(explanation),
        "charge": f"{record.charge:f}",
        "computed": f"{explanation.computed:f}",
        "agrees": explanation.agrees,
        "paid_by": [_paid_json(each) for each in explanation.paid],
        "owed": f"{explanation.owed:f}",
        "reratings": [_line_json(line) for line in explanation.lines],
    }


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {
        "deck": rate.deck.name,
        "effective_on": rate.deck.effective_on.isoformat(),
        "version": rate.deck_id,
        "prefix": rate.prefix,
        "country": rate.country,
        "destination": rate.destination,
        "window": rate.window,
    }


def _price_json(explanation: Explanation) -> dict[str, Any] | None:
    price, tariff = explanation.price, explanation.tariff
    if price is None or tariff is None:
        return None
    return {
        "connection_fee": f"{price.fee:f}",
        "steps": [
            {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in step.items()}
            for step in explanation.steps
        ],
        "least": None if tariff.min_cost is None else f"{tariff.min_cost:f}",
        "greatest": None if tariff.max_cost is None else f"{tariff.max_cost:f}",
        "exact": f"{explanation.exact:f}",
        "rounding": {"method": price.rounding.method.value, "decimals": price.rounding.decimals},
    }


def _paid_json(each: Paid) -> dict[str, Any]:
    lot = each.lot
    return {
        "lot": lot.pk if lot else None,
        "kind": lot.kind if lot else None,
        "expires_at": lot.expires_at.isoformat() if lot else None,
        "amount": f"{each.amount:f}",
    }


def _line_json(line: RerateLine) -> dict[str, Any]:
    return {
        "at": line.rerating.at.isoformat(),
        "why": line.rerating.why,
        "before": f"{line.charge_before:f}",
        "after": f"{line.charge_after:f}",
        "state_before": line.state_before,
        "state_after": line.state_after,
    }
