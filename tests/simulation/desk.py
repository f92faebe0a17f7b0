"""The desk at which the simulation works: charges go in by every way there is, and the picture is read in few trips."""

from datetime import datetime
from typing import Any, Final

from credits import accounts, figures, ledger, statements, till
from credits.ledger import Charge
from credits.models import Account, Journal
from subscriptions import money
from tests.credits.desk import Desk

_LOTS: Final = """
    SELECT (remaining * 1000000)::bigint, (held * 1000000)::bigint, (expired * 1000000)::bigint,
           (voided * 1000000)::bigint, frozen_at IS NOT NULL, expires_at
      FROM credits_lot WHERE account_id = %s ORDER BY id"""
#: A charge of usage goes by the usage id of its call, and one of a hold by the key of its hold.
_DEBTS: Final = """
    SELECT coalesce('hold:' || hold.key, 'usage:' || record.usage_id, journal.key), (debt.remaining * 1000000)::bigint
      FROM credits_debt AS debt JOIN credits_journal AS journal ON journal.id = debt.journal_id
      LEFT JOIN credits_hold AS hold ON hold.journal_id = debt.journal_id
      LEFT JOIN rating_usagerecord AS record ON record.journal_id = debt.journal_id
     WHERE debt.account_id = %s AND (debt.open OR debt.remaining <> 0) ORDER BY debt.journal_id"""
_HOLDS: Final = """
    SELECT hold.key, hold.state, (hold.amount * 1000000)::bigint, (coalesce(sum(part.amount), 0) * 1000000)::bigint
      FROM credits_hold AS hold LEFT JOIN credits_holdpart AS part ON part.hold_id = hold.id
     WHERE hold.account_id = %s AND hold.key NOT LIKE 'refund:%%' GROUP BY hold.id ORDER BY hold.id"""


class UsageDesk(Desk):
    """A desk at which charges of usage go by the usage id of the call, which the reference knows, not by a number."""

    def journal(self, key: str) -> Journal:
        if key.startswith("usage:"):
            return self.account.journals.get(usage_record__usage_id=key.removeprefix("usage:"))
        return super().journal(key)

    def picture(self, now: datetime) -> dict[str, Any]:
        """The same as a desk's, in five statements however much there is: it is asked after every step."""
        account, of = Account.objects.get(pk=self.account.pk), [self.account.pk]
        holds = statements.rows(_HOLDS, of)
        return {
            "balance": money.to_micros(account.balance),
            "overdraft": money.to_micros(account.overdraft),
            "held": money.to_micros(account.held),
            "available": money.to_micros(figures.of(account, now=now).available),
            "debts": statements.rows(_DEBTS, of),
            "lots": statements.rows(_LOTS, of),
            "holds": {key: (state, amount, kept) for key, state, amount, kept in holds},
        }

    # The other two ways of a batch

    def copy(self, charges: dict[str, int], *, now: datetime) -> list[int]:
        """As a large file's: written by COPY."""
        with accounts.changing(self.account.pk, now=now) as account:
            costs = list(charges.values())
            return ledger.debit_many(account, list(charges), costs, [""] * len(charges), now=now)

    def gather(self, charges: dict[str, int], *, now: datetime) -> list[int]:
        """As several callers' who waited at the till: in one round trip where nothing follows."""
        return till._together(self.account.pk, [Charge(key, cost, "") for key, cost in charges.items()], now=now)
