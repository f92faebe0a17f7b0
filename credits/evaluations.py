"""Why auto-recharge did (not) charge: one row for each run of the same outcome, written under the account's lock."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import F

from credits.models import Account, Evaluation, Recharge

#: If an evaluation would leave something to remember or to charge, in SQL: over an `account`, its `terms`, and what it
#: has available as `free.amount`. That the balance is low while the terms are off is remembered once.
NEWS: Final = """
    CASE WHEN free.amount < terms.trigger_amount THEN terms.enabled OR 'off' IS DISTINCT FROM (
              SELECT outcome FROM credits_evaluation WHERE account_id = account.id ORDER BY id DESC LIMIT 1)
         ELSE 'above_trigger' <> (
              SELECT outcome FROM credits_evaluation WHERE account_id = account.id ORDER BY id DESC LIMIT 1) END"""


def record(
    account: Account,
    outcome: Evaluation.Outcome,
    *,
    available: Decimal,
    trigger: Decimal,
    now: datetime,
    recharge: Recharge | None = None,
    detail: str = "",
) -> None:
    """Note the outcome; the same one again moves the row that there is. Called inside `accounts.changing`."""
    facts = {"available": available, "trigger_amount": trigger}
    of, said = recharge.pk if recharge else None, detail[:200]
    last = latest(account)
    if last is not None and (last.outcome, last.recharge_id, last.detail) == (outcome, of, said):
        Evaluation.objects.filter(pk=last.pk).update(last_at=now, times=F("times") + 1, **facts)
        return
    Evaluation.objects.create(
        account=account, outcome=outcome, first_at=now, last_at=now, recharge_id=of, detail=said, **facts
    )


def latest(account: Account) -> Evaluation | None:
    """The outcome that stands, or None for an account whose balance was never low."""
    return account.evaluations.order_by("-pk").first()
