"""From a file to a deck that prices calls, and back: draft, publish, withdraw. Each all or nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction

from rating import sheets
from rating.decks import comparing, storing
from rating.models import CallSession, Rate, RateDeck, RerateLine, UsageRecord
from rating.models.decks import RateDeckQuerySet
from rating.sheets import Refused
from subscriptions.models import User

_LONGEST_WHY: Final = 200


class DayTaken(Refused):
    """Another deck of that service and currency is published for that day; a published deck never changes."""


class NotReplaceable(Refused):
    """The deck to be replaced prices nothing any more, or another service, currency or day."""


class NotPublished(Refused):
    """Only a deck that is published and not withdrawn can be withdrawn."""


class HasPricedCalls(Refused):
    """The deck has priced calls: it can only be replaced by another of its day, and its calls be rated anew."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a deck is to be: for which service and currency, from which day on, under which name.

    `zone` is where the clock hangs that its windows are read off.
    """

    service: str
    currency: str
    effective_on: date
    name: str
    sample: bool = False
    zone: str = "UTC"


def publish(
    path: Path,
    publication: Publication,
    *,
    now: datetime,
    replaces: RateDeck | None = None,
    actor: User | None = None,
    why: str = "",
) -> tuple[RateDeck, bool]:
    """The published deck of the file's rows, and whether it is new: the same rows twice are the same deck.

    All rows or none, in one transaction. `replaces` is the deck of the same day that these rows correct: it is
    withdrawn as they are published, though it may have priced calls. Raises Refused, Ruined, DayTaken or
    NotReplaceable.
    """
    with transaction.atomic():
        if (deck := _standing(publication).first()) and comparing.is_same(path, publication.zone, deck):
            return deck, False
        if deck and deck != replaces:
            raise _taken(deck)
        made = draft(path, publication, now=now)
        issue(made, now=now, replaces=replaces, actor=actor, why=why)
        return made, True


def draft(path: Path, publication: Publication, *, now: datetime) -> RateDeck:
    """A deck of the file's rows that is not published: it prices nothing, and can be compared, issued or discarded."""
    refuse_unknown(publication)
    with transaction.atomic():
        deck = RateDeck.objects.create(
            name=publication.name,
            service=publication.service,
            currency=publication.currency,
            effective_on=publication.effective_on,
            zone=publication.zone,
            checksum=sheets.checksum(path),
            sample=publication.sample,
            created_at=now,
        )
        storing.store(path, deck)
    return deck


def refuse_unknown(publication: Publication) -> None:
    """Raises Refused for a currency or a time zone that there is not."""
    if publication.currency not in list_currencies():
        raise Refused(f"'{publication.currency}' is not a currency; expected three capital letters like USD.")
    if publication.zone not in available_timezones():
        raise Refused(f"'{publication.zone}' is not a time zone; expected a name like Europe/London.")


def issue(
    deck: RateDeck, *, now: datetime, replaces: RateDeck | None = None, actor: User | None = None, why: str = ""
) -> None:
    """Publish a draft: from here on the database lets nobody touch it or its rates.

    What it replaces is withdrawn in the same transaction. Raises DayTaken or NotReplaceable.
    """
    with transaction.atomic():
        if replaces is not None:
            _make_room(deck, replaces, now=now, actor=actor, why=why)
        deck.replaces, deck.published_at = replaces, now
        try:
            with transaction.atomic():
                deck.save(update_fields=["published_at", "replaces"])
        except IntegrityError as error:
            standing = _standing(deck).first()
            if standing is None:
                raise
            raise _taken(standing) from error
        _note(deck, ADDITION, "published", actor=actor, why=why, now=now)


def discard(deck: RateDeck, *, actor: User | None, now: datetime) -> None:
    """Forget a draft and its rates. Raises Refused for a deck that was ever published."""
    with transaction.atomic():
        if not RateDeck.objects.select_for_update().filter(pk=deck.pk, published_at=None).exists():
            raise Refused("Only a draft can be discarded.")
        _note(deck, DELETION, "discarded", actor=actor, why="", now=now)
        with connection.cursor() as cursor:
            # They are many, and nothing points at those of a draft, which Django would find out one by one.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(f"DELETE FROM {Rate._meta.db_table} WHERE deck_id = %s", [deck.pk])  # noqa: S608
        RateDeck.objects.filter(pk=deck.pk).delete()


def withdraw(deck: RateDeck, *, actor: User | None, now: datetime, why: str = "") -> None:
    """From now on the deck prices nothing; it stays, to be read. Raises HasPricedCalls or NotPublished.

    A call that is being rated at this very moment may still get its price: it keeps it, as a charge that was made.
    """
    with transaction.atomic():
        RateDeck.objects.select_for_update().get(pk=deck.pk)
        if has_priced_calls(deck):
            raise HasPricedCalls(f"'{deck}' has priced calls; publish a deck that replaces it instead.")
        _withdraw(deck, actor=actor, why=why, now=now)


def has_priced_calls(deck: RateDeck) -> bool:
    """If a call, a live one too, or a line of a re-rating points at one of its rates."""
    return (
        UsageRecord.objects.filter(rate__deck=deck).exists()
        or CallSession.objects.filter(rate__deck=deck).exists()
        or RerateLine.objects.filter(rate_before__deck=deck).exists()
        or RerateLine.objects.filter(rate_after__deck=deck).exists()
    )


def _make_room(deck: RateDeck, replaced: RateDeck, *, now: datetime, actor: User | None, why: str) -> None:
    same = ("service", "currency", "effective_on")
    if any(getattr(deck, name) != getattr(replaced, name) for name in same):
        raise NotReplaceable(f"'{replaced}' is of another service, currency or day.")
    try:
        _withdraw(replaced, actor=actor, why=why, now=now)
    except NotPublished as error:
        raise NotReplaceable(str(error)) from error


def _withdraw(deck: RateDeck, *, actor: User | None, why: str, now: datetime) -> None:
    if not RateDeck.objects.standing().filter(pk=deck.pk).update(withdrawn_at=now):
        raise NotPublished(f"'{deck}' is not published, or was withdrawn.")
    deck.withdrawn_at = now
    _note(deck, CHANGE, "withdrawn", actor=actor, why=why, now=now)


def _standing(of: Publication | RateDeck) -> RateDeckQuerySet:
    found = RateDeck.objects.standing()
    return found.filter(service=of.service, currency=of.currency, effective_on=of.effective_on)


def _taken(deck: RateDeck) -> DayTaken:
    return DayTaken(f"'{deck}' is already published for that day; give another day, or replace it.")


def _note(deck: RateDeck, flag: int, what: str, *, actor: User | None, why: str, now: datetime) -> None:
    """Decks belong to no organization, so what people do with them is noted in the back office's own log."""
    if actor is None:
        return
    LogEntry.objects.create(
        user=actor,
        content_type=ContentType.objects.get_for_model(RateDeck),
        object_id=str(deck.pk),
        object_repr=str(deck)[:200],
        action_flag=flag,
        change_message=f"{what}: {why}"[:_LONGEST_WHY] if why else what,
        action_time=now,
    )
