"""Which calls nothing may stand in the way of."""

from collections.abc import Iterator

from rating import numbers
from rating.authorizing.asking import Request
from subscriptions.models import Organization


def is_emergency(request: Request, organization: Organization) -> bool:
    """If the caller says so, or the digits do: 112 and 911 anywhere, else as the caller's or the organization's country
    knows them, whatever the call type.

    Nothing is read but, for a short code that the organization's country does not know, where the subscriber is.
    """
    if request.is_emergency or numbers.is_emergency(request.destination, organization.country):
        return True
    return numbers.is_short(request.destination) and numbers.is_emergency(
        request.destination, *_locations(request, organization)
    )


def _locations(request: Request, organization: Organization) -> Iterator[str]:
    """Where those are whom the request names. By object id and by UPN, should these be two: one yes is enough."""
    people = organization.subscribers.values_list("usage_location", flat=True)
    if request.object_id:
        yield from people.filter(object_id=request.object_id)
    if request.upn:
        yield from people.filter(upn=request.upn.lower())
