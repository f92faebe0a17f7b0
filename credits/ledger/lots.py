"""Read what lots can give, in the shape the pure allocation takes."""

from datetime import datetime

from credits.models import Account
from credits.spending import Free
from subscriptions import money


def free(account: Account, *, now: datetime) -> list[Free]:
    """What each usable lot can give, less what its holds keep, in spending order."""
    usable = account.lots.usable(at=now).in_spending_order().values_list("pk", "remaining", "held")
    return [Free(pk, money.to_micros(remaining - held)) for pk, remaining, held in usable]
