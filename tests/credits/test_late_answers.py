"""An answer that comes after a day still belongs to the round that asked for it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import accounts, ledger, payments, recharges
from credits.ledger import Charge
from credits.models import AutoRecharge, Payment, Recharge
from subscriptions.models import Organization
from tests import fakes

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("change", [{"enabled": False}, {"trigger_amount": Decimal(0)}])
def test_a_round_is_not_given_up_while_its_charge_may_have_taken_money(
    contoso: Organization, now: datetime, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    provider = fakes.install(monkeypatch, fakes.PAID_UNANSWERED)
    with accounts.changing(contoso.account.pk, now=now) as account:
        ledger.grant(account, kind="promotion", amount=Decimal(5), key="gift", why="", now=now)  # type: ignore[arg-type]
    with accounts.changing(contoso.account.pk, now=now) as account:
        ledger.debit(account, [Charge("call", 1_000_000, "call")], now=now)
    recharges.charge_due(now=now)
    AutoRecharge.objects.update(**change)
    later = now + timedelta(days=1)

    recharges.charge_due(now=later)
    payments.look_up_due(now=later)

    assert provider.taken == 5000
    assert Payment.objects.get().state == Payment.State.SUCCEEDED
    assert Recharge.objects.get().state == Recharge.State.SUCCEEDED
