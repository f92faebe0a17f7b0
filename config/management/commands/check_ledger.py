"""manage.py check_ledger: prove that balances, lots, entries, payments and usage agree."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config import ledger_check
from credits.models import Account


class Command(BaseCommand):
    """Exit code 1 with the offending rows when a check fails; that account's automatic charging stops."""

    help = "Check that balances, lots, entries, payments and usage agree."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="only this organization")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *, organization: str | None, json: bool, **options: Any) -> None:  # the flag's name
        account_id = self._account(organization)
        found = ledger_check.violations(account_id)
        frozen = ledger_check.freeze(found, now=timezone.now())
        ledger_check.release(found, account_id)
        self._print(found, as_json=json)
        broken = [name for name, rows in found.items() if rows]
        if broken:
            raise CommandError(f"{', '.join(broken)} violated; {frozen} accounts stopped charging.", returncode=1)

    def _account(self, slug: str | None) -> int | None:
        if slug is None:
            return None
        account = Account.objects.filter(organization__slug=slug).first()
        if account is None:
            raise CommandError(f"No organization '{slug}' has an account.", returncode=2)
        return account.pk

    def _print(self, found: dict[str, list[dict[str, Any]]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(found, default=str))
            return
        for name, rows in found.items():
            self.stdout.write(f"{name}: {'ok' if not rows else f'{len(rows)} rows'}")
            for row in rows[:20]:
                self.stdout.write(f"    {row}")
        if not any(found.values()):
            self.stdout.write(self.style.SUCCESS(f"All {len(found)} checks hold."))
