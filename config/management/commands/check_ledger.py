"""manage.py check_ledger: prove that balances, lots, entries, payments and usage agree, and that nothing is stuck."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config import ledger_check
from config.ledger_check import Findings, Rows
from credits.gateway import Unreachable
from credits.models import Account


class Command(BaseCommand):
    """Integrity: exit code 1 with the offending rows, and that account's automatic charging stops. Health: a warning.

    Exit code 2: it could not be asked (no such organization, provider out of reach).
    """

    help = "Check that balances, lots, entries, payments and usage agree, and that nothing is stuck."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="only this organization")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object instead of lines")
        parser.add_argument("--health-only", action="store_true", help="only what is stuck: warns, never fails")
        parser.add_argument(
            "--provider",
            action="store_true",
            help="compare with the provider's list too (P06); a clean result then lets a stopped account charge again",
        )

    def handle(self, *, organization: str | None, as_json: bool, **options: Any) -> None:
        account_id, now = self._account(organization), timezone.now()
        if options["health_only"]:
            self._print(Findings({}, ledger_check.health(account_id, now=now)), as_json=as_json)
            return
        found = ledger_check.everything(account_id, now=now)
        if options["provider"]:
            self._ask_provider(found, account_id, now)
        frozen = ledger_check.freeze(found, now=now)
        ledger_check.release(found, account_id)
        self._print(found, as_json=as_json)
        if found.broken:
            raise CommandError(f"{', '.join(found.broken)} violated; {frozen} accounts stopped charging.", returncode=1)

    def _account(self, slug: str | None) -> int | None:
        if slug is None:
            return None
        account = Account.objects.filter(organization__slug=slug).first()
        if account is None:
            raise CommandError(f"No organization '{slug}' has an account.", returncode=2)
        return account.pk

    def _ask_provider(self, found: Findings, account_id: int | None, now: datetime) -> None:
        try:
            found.integrity.update(ledger_check.provider(account_id, now=now))
        except Unreachable as error:
            raise CommandError(f"The provider did not answer: {error}", returncode=2) from error

    def _print(self, found: Findings, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"integrity": found.integrity, "health": found.health}, default=str))
            return
        for name, rows in {**found.integrity, **found.health}.items():
            self._print_check(name, rows, warning=name in found.health)
        if not found.broken and not found.ailing:
            self.stdout.write(self.style.SUCCESS(f"All {len(found.integrity) + len(found.health)} checks hold."))

    def _print_check(self, name: str, rows: Rows, *, warning: bool) -> None:
        style = self.style.WARNING if warning else self.style.ERROR
        self.stdout.write(style(f"{name}: {len(rows)} rows") if rows else f"{name}: ok")
        for row in rows[:20]:
            self.stdout.write("    " + ", ".join(f"{key} {value}" for key, value in row.items()))
        if len(rows) > 20:
            self.stdout.write(f"    ... and {len(rows) - 20} more")
