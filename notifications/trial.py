"""A mail that a person sends to themselves, to see whether mail arrives. It is sent while they wait."""

from datetime import datetime

from notifications import links
from notifications.channels import Deferred, Refused, Unreachable, email
from subscriptions.models import Organization, User


class NotTaken(Exception):
    """The mail server did not take it; the message is what it said."""


def send(organization: Organization, person: User, *, now: datetime) -> None:
    """Send it, in the person's language. Raises NotTaken. Takes EMAIL_TIMEOUT at most."""
    letter = email.written(
        "test",
        address=person.email,
        language=person.language or organization.language,
        zone=organization.zone,
        message_id=email.message_id(f"test-{organization.pk}-{person.pk}-{now:%Y%m%d%H%M%S%f}"),
        context={"organization": organization, "person": person, "at": now, "pages": links.pages(organization, {})},
    )
    try:
        email.send(letter)
    except (Refused, Deferred, Unreachable) as error:
        raise NotTaken(str(error)) from error
