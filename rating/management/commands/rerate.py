"""`manage.py rerate SLUG --from 2026-09 --to 2026-09 [--apply --why "..."]`: charge months once more, and right."""

import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from credits.ledger import NothingToCorrect
from credits.models import Account
from rating import rerating
from rating.models import Rate, RerateLine
from rating.rerating import BadMonths, DeckMissing, Difference, Outcome, Preview
from subscriptions.doorbell import ring

#: So many differences are printed, unless all are asked for.
_SHOWN: Final = 100


class Command(BaseCommand):
    """Shows what would change; with --apply books it. A second time nothing changes."""

    help = "Judge the calls of whole months (UTC) once more, with the decks and licences that now stand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", metavar="SLUG")
        parser.add_argument("--from", dest="first", type=_month, required=True, metavar="YYYY-MM")
        parser.add_argument("--to", dest="last", type=_month, required=True, metavar="YYYY-MM", help="included")
        parser.add_argument("--apply", action="store_true", help="book the differences; needs --why")
        parser.add_argument("--why", default="", help="the reason that stands with each correction")
        parser.add_argument("--limit", type=int, default=_SHOWN, help=f"so many calls are shown; default: {_SHOWN}")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(organization__slug=options["organization"]).first()
        if account is None:
            raise CommandError(f"no organization is called {options['organization']}, or it has no account yet")
        if options["apply"] and not options["why"].strip():
            raise CommandError("say why with --why")
        months, now = (options["first"], options["last"]), timezone.now()
        try:
            found = rerating.preview(account, *months, now=now, limit=max(0, options["limit"]))
            done = options["apply"] and rerating.apply(account, *months, why=options["why"], actor=None, now=now)
        except BadMonths as error:
            raise CommandError("--to comes before --from") from error
        except DeckMissing as error:
            raise CommandError(str(error)) from error
        except NothingToCorrect as error:
            raise CommandError("a charge was given back by hand already; nothing was changed") from error
        if done:
            ring("credits.charge_due", "notifications.deliver_due")
        lines = RerateLine.objects.filter(rerating=done).count() if done else 0
        write = self._json if options["json"] else self._text
        write(found, currency=account.currency, booked=lines, applied=options["apply"])

    def _json(self, found: Preview, *, currency: str, booked: int, applied: bool) -> None:
        decks = _decks(found)
        answer = {
            "from": f"{found.first_month:%Y-%m}",
            "to": f"{found.last_month:%Y-%m}",
            "currency": currency,
            "calls": found.calls,
            "different": found.different,
            "total_before": f"{found.total_before:.4f}",
            "total_after": f"{found.total_after:.4f}",
            "waiting": found.waiting,
            "without_deck": found.without_deck,
            "through_sessions": found.through_sessions,
            "applied": applied,
            "booked": booked,
            "differences": [_shown(one, decks) for one in found.differences],
        }
        self.stdout.write(json.dumps(answer))

    def _text(self, found: Preview, *, currency: str, booked: int, applied: bool) -> None:
        decks = _decks(found)
        for one in found.differences:
            before, after = (_words(outcome, decks) for outcome in (one.before, one.after))
            self.stdout.write(f"{one.started_at:%Y-%m-%d %H:%M:%S} {one.usage_id}: {before} -> {after}")
        if found.different > len(found.differences):
            self.stdout.write(f"... and {found.different - len(found.differences)} more")
        if found.waiting:
            self.stdout.write(f"{found.waiting} calls wait to be charged and are left alone")
        if found.without_deck:
            self.stdout.write(f"{found.without_deck} calls have no deck for their day: publish one before you apply")
        if found.through_sessions:
            self.stdout.write(
                f"{found.through_sessions} calls were authorized before they began; they are judged alike"
            )
        totals = f"{found.total_before:.4f} -> {found.total_after:.4f} {currency}"
        self.stdout.write(f"{found.calls} calls, {found.different} differ: {totals}")
        self.stdout.write(f"{booked} calls corrected" if applied else "nothing was changed; --apply books it")


def _month(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise ArgumentTypeError(f"'{text}' is no month; expected one like 2026-09")
    return date.fromisoformat(f"{text}-01")


def _decks(found: Preview) -> dict[int, str]:
    """The name of the deck of each rate that the differences speak of."""
    rates = {outcome.rate for one in found.differences for outcome in (one.before, one.after) if outcome.rate}
    return {
        key: f"{name} ({day})"
        for key, name, day in Rate.objects.filter(pk__in=rates).values_list("pk", "deck__name", "deck__effective_on")
    }


def _words(outcome: Outcome, decks: dict[int, str]) -> str:
    deck = decks.get(outcome.rate or 0, "no deck")
    return f"{outcome.state} {outcome.charge:.4f}, {outcome.covered} of {outcome.minutes} minutes covered, {deck}"


def _shown(one: Difference, decks: dict[int, str]) -> dict[str, Any]:
    def outcome(of: Outcome) -> dict[str, Any]:
        return {
            "state": of.state,
            "charge": f"{of.charge:.4f}",
            "minutes": of.minutes,
            "covered_minutes": of.covered,
            "covered_by": of.covered_by,
            "country": of.country,
            "rate": of.rate,
            "deck": decks.get(of.rate or 0),
        }

    return {
        "usage_id": one.usage_id,
        "started_at": one.started_at.isoformat(),
        "before": outcome(one.before),
        "after": outcome(one.after),
    }
