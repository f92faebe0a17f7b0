"""The column type of every amount, and the CHECK that belongs to it."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from subscriptions import money


class AmountField(models.DecimalField):  # type: ignore[type-arg]  # not generic at run time
    """An exact amount of money: numeric(18,6). Never a float; bounded by `bounded` below."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", money.PLACES)
        super().__init__(*args, **kwargs)


def bounded(name: str, field: str, *, low: Decimal | int | None = None) -> models.CheckConstraint:
    """A CHECK with a lower and an upper bound; the upper one also keeps NaN out, which PostgreSQL sorts above all."""
    floor = -money.LIMIT if low is None else Decimal(low)
    return models.CheckConstraint(condition=Q(**{f"{field}__gte": floor, f"{field}__lt": money.LIMIT}), name=name)
