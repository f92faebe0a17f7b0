"""Read what lots can give, in the shape the pure allocation takes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from credits import statements
from credits.models import Account
from credits.models.lots import USABLE
from credits.spending import Free

#: LotQuerySet.usable in spending order; whole millionths, because integers are the cheapest to read.
_FREE: Final = f"""
    SELECT id, ((remaining - held) * 1000000)::bigint FROM credits_lot WHERE account_id = %s AND {USABLE}
     ORDER BY priority, expires_at, rank, id"""  # noqa: S608  # our own words
#: The same within a statement of somebody else's, for `read`: the account's id and the instant twice.
FREE_AS_JSON: Final = f"""
    (SELECT json_agg(json_build_array(id, ((remaining - held) * 1000000)::bigint)
                     ORDER BY priority, expires_at, rank, id)
       FROM credits_lot WHERE account_id = %s AND {USABLE})"""  # noqa: S608  # our own words


def free(account: Account, *, now: datetime) -> list[Free]:
    """What each usable lot can give, less what its holds keep, in spending order."""
    return [Free(lot, micros) for lot, micros in statements.rows(_FREE, [account.pk, now, now])]


def read(found: Sequence[tuple[int, int]] | None) -> list[Free]:
    """What FREE_AS_JSON has answered."""
    return [Free(lot, micros) for lot, micros in found or ()]
