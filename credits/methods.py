"""Cards: added on the provider's own page, ordered, removed. No card number ever comes here."""

import logging
from datetime import datetime

from django.db.models import F

from credits import accounts, gateway, rounds
from credits.models import Account, AutoRecharge, PaymentMethod
from subscriptions import activity
from subscriptions.models import User

logger = logging.getLogger(__name__)


class InUse(Exception):
    """Auto-recharge charges this card and there is no other; replace it first."""


class NotAdded(Exception):
    """The provider knows of no card added on that page for this customer."""


def add_page(account: Account, *, success_url: str, cancel_url: str, email: str) -> str:
    """The address of the provider's page where a card is added. Raises gateway.Unreachable."""
    provider = gateway.connect()
    if not account.customer_ref:
        customer = provider.create_customer(
            key=f"{account.organization.slug}-{account.pk}", name=account.organization.name, email=email
        )
        Account.objects.filter(pk=account.pk, customer_ref="").update(customer_ref=customer)
        account.refresh_from_db(fields=["customer_ref"])
    return provider.card_page(customer=account.customer_ref, success_url=success_url, cancel_url=cancel_url)


def finish_adding(account: Account, *, session_ref: str, actor: User | None, now: datetime) -> PaymentMethod:
    """Take over the card added on that page; coming back twice adds it once. Raises NotAdded, gateway.Unreachable."""
    card = gateway.connect().card_of_session(session_ref)
    if card is None or card.customer != account.customer_ref:
        raise NotAdded
    return add_card(account, card, actor=actor, now=now)


def finish_replacing(
    account: Account, old: PaymentMethod, *, session_ref: str, actor: User | None, now: datetime
) -> tuple[PaymentMethod, bool]:
    """Put the card added on that page in the old one's place, and whether the old one went; coming back twice is once.

    The old one stays, behind the new one, while a payment with it is on its way. Raises NotAdded, gateway.Unreachable.
    """
    card = gateway.connect().card_of_session(session_ref)
    if card is None or card.customer != account.customer_ref:
        raise NotAdded
    with accounts.changing(account.pk, now=now) as locked:
        new = _add(locked, card, actor=actor, now=now)
        if new.removed_at is not None:
            raise NotAdded  # the way back was kept, and the card is gone since
        # The same card again takes nobody's place.
        goes = new.pk != old.pk and not locked.payments.in_flight().filter(method=old).exists()
        still = locked.payment_methods.active().filter(pk=old.pk).first()
        if still is not None and new.pk != old.pk:
            _put_before(locked, new, still)
        gone = goes and locked.payment_methods.filter(pk=old.pk, removed_at=None).update(removed_at=now) == 1
        if gone:
            facts = {"card": str(new), "old": str(old)}
            activity.record(locked.organization, "card.replaced", now=now, actor=actor, **facts)
    if gone:
        _forget(old)
    return new, goes


def add_card(account: Account, card: gateway.Card, *, actor: User | None, now: datetime) -> PaymentMethod:
    """Record a card, last in order; a new card clears what held auto-recharge back."""
    with accounts.changing(account.pk, now=now) as locked:
        return _add(locked, card, actor=actor, now=now)


def _add(locked: Account, card: gateway.Card, *, actor: User | None, now: datetime) -> PaymentMethod:
    method, added = PaymentMethod.objects.get_or_create(
        provider_ref=card.ref,
        defaults={
            "account": locked,
            "brand": card.brand,
            "last4": card.last4,
            "exp_month": card.exp_month,
            "exp_year": card.exp_year,
            "position": locked.payment_methods.count(),
            "added_at": now,
        },
    )
    if method.account_id != locked.pk:
        raise NotAdded
    if added:
        rounds.forgive(locked)
        activity.record(locked.organization, "card.added", now=now, actor=actor, card=str(method))
    return method


def _put_before(locked: Account, new: PaymentMethod, old: PaymentMethod) -> None:
    """Give the new card the old one's place in the order; the old one, as long as it stays, comes next."""
    cards = [card for card in locked.payment_methods.active() if card.pk != new.pk]
    cards.insert(cards.index(old), new)
    for position, card in enumerate(cards):
        locked.payment_methods.filter(pk=card.pk).update(position=position)


def make_default(account: Account, method: PaymentMethod, *, actor: User, now: datetime) -> None:
    """Put the card first: it is charged before the others."""
    with accounts.changing(account.pk, now=now) as locked:
        locked.payment_methods.update(position=F("position") + 1)
        locked.payment_methods.filter(pk=method.pk).update(position=0)
        activity.record(locked.organization, "card.made_default", now=now, actor=actor, card=str(method))


def remove(account: Account, method: PaymentMethod, *, actor: User, now: datetime) -> None:
    """Forget the card, here and at the provider. Raises InUse while auto-recharge has no other."""
    with accounts.changing(account.pk, now=now) as locked:
        terms = AutoRecharge.objects.get(account=locked)
        others = locked.payment_methods.chargeable().exclude(pk=method.pk).exists()
        if terms.enabled and not others:
            raise InUse
        if locked.payments.in_flight().filter(method=method).exists():
            raise InUse
        locked.payment_methods.filter(pk=method.pk, removed_at=None).update(removed_at=now)
        activity.record(locked.organization, "card.removed", now=now, actor=actor, card=str(method))
    _forget(method)


def _forget(method: PaymentMethod) -> None:
    try:
        gateway.connect().forget_card(method.provider_ref)
    except gateway.Unreachable as error:
        # It is never charged by us again; that the provider still lists it does no harm.
        logger.warning("card %s could not be detached (%s)", method.provider_ref, error)
