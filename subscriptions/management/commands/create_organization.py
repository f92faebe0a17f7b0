"""`manage.py create_organization`: a new organization, and the invitation of its first owner."""

from argparse import ArgumentParser
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from subscriptions import doorbell, lifecycle
from subscriptions.models import Organization


class Command(BaseCommand):
    """Prints the link that was mailed to the first owner."""

    help = "Create an organization and invite its first owner by e-mail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help='such as "Contoso Ltd"')
        parser.add_argument("--owner", required=True, help="e-mail address of the first owner")
        parser.add_argument("--slug", default="", help="short name in addresses; made from the name if left out")
        parser.add_argument("--country", default="US", help="two letters, ISO 3166")
        parser.add_argument("--currency", default="USD", help="three letters, ISO 4217; fixed at the first purchase")
        parser.add_argument("--time-zone", default="UTC", help="such as Europe/Berlin; says when a day ends")
        parser.add_argument("--language", default="en", choices=[code for code, _ in settings.LANGUAGES])

    def handle(self, *args: Any, **options: Any) -> None:
        organization = _created(options)
        doorbell.ring("notifications.deliver_due")
        invitation = organization.invitations.get()
        link = urljoin(settings.SITE_URL, reverse("subscriptions:invitation", args=[invitation.token]))
        self.stdout.write(f"{organization.name} has been created as {organization.slug}.")
        self.stdout.write(
            f"{invitation.email} is invited as its owner, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC:"
        )
        self.stdout.write(link)


def _created(options: dict[str, Any]) -> Organization:
    try:
        return lifecycle.create_organization(
            name=options["name"],
            slug=options["slug"] or slugify(options["name"]),
            country=options["country"].upper(),
            currency=options["currency"].upper(),
            time_zone=options["time_zone"],
            language=options["language"],
            owner_email=options["owner"],
            actor=None,
            now=timezone.now(),
        )
    except ValidationError as error:
        raise CommandError(
            "; ".join(f"{field}: {' '.join(said)}" for field, said in error.message_dict.items())
        ) from error
    except lifecycle.NotInvited as error:
        raise CommandError(f"{options['owner']}: {error.said}") from error
