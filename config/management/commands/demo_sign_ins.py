"""manage.py demo_sign_ins: who can sign in to the demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.demo.cast import COMPANIES, PASSWORD, STAFF


class Command(BaseCommand):
    """Prints nothing where this is no demo."""

    help = "Print the demo's sign-ins."

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            return
        self.stdout.write(f"Sign in with the password {PASSWORD} as")
        for company in COMPANIES:
            email, _name = company.people["billing_admin"]
            self.stdout.write(f"  {email:<28} {company.name}: {company.tells}")
        self.stdout.write("  (owner@... is each organization's owner; Contoso has licences@... and reader@... besides)")
        self.stdout.write(f"  {STAFF:<28} back office: {settings.SITE_URL}/admin/")
        self.stdout.write(f"Mail that was sent: {settings.SITE_URL}/demo/mail/")
        self.stdout.write(f"Payment sandbox: {settings.STRIPE_API_BASE}/sandbox/")
