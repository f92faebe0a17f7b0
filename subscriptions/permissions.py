"""Who may do what: one table of role x action, and the decorator by which every page names its action."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from subscriptions.models import Membership, Organization, User

Role = Membership.Role


class Action(StrEnum):
    """What a member may want to do on the pages of an organization."""

    VIEW = "view"
    ADD_FUNDS = "add_funds"
    CHANGE_RECHARGE = "change_recharge"
    CHANGE_METHODS = "change_methods"
    ASSIGN_LICENCES = "assign_licences"
    INVITE = "invite"
    SET_LIMITS = "set_limits"
    MANAGE_KEYS = "manage_keys"
    CHOOSE_NOTICES = "choose_notices"
    CHANGE_BILLING = "change_billing"
    ASK_REFUND = "ask_refund"
    ORDER_PLANS = "order_plans"
    MANAGE_MEMBERS = "manage_members"
    CHANGE_SETTINGS = "change_settings"
    UPLOAD_FILES = "upload_files"


_EVERYBODY: Final = frozenset(Role)
_BILLING: Final = frozenset({Role.OWNER, Role.BILLING_ADMIN})

#: The whole table. A role that is not named may not.
ALLOWED: Final[dict[Action, frozenset[Role]]] = {
    Action.VIEW: _EVERYBODY,
    Action.ADD_FUNDS: _BILLING,
    Action.CHANGE_RECHARGE: _BILLING,
    Action.CHANGE_METHODS: _BILLING,
    Action.ASSIGN_LICENCES: frozenset({Role.OWNER, Role.LICENCE_ADMIN}),
    Action.INVITE: frozenset({Role.OWNER}),
    Action.SET_LIMITS: _BILLING,
    Action.MANAGE_KEYS: frozenset({Role.OWNER}),
    Action.CHOOSE_NOTICES: _BILLING,
    Action.CHANGE_BILLING: _BILLING,
    Action.ASK_REFUND: _BILLING,
    Action.ORDER_PLANS: _BILLING,
    Action.MANAGE_MEMBERS: frozenset({Role.OWNER}),
    Action.CHANGE_SETTINGS: frozenset({Role.OWNER}),
    Action.UPLOAD_FILES: _BILLING,
}


class OrganizationRequest(HttpRequest):
    """A request whose page belongs to an organization; set by `required`."""

    user: User
    organization: Organization
    membership: Membership


def may(membership: Membership, action: Action) -> bool:
    """If the member's role allows the action."""
    return Role(membership.role) in ALLOWED[action]


def keepers(request: OrganizationRequest, action: Action) -> list[str]:
    """Who may do what this person may not, by name; nobody when this person may."""
    if may(request.membership, action):
        return []
    members = Membership.objects.filter(organization=request.organization, role__in=ALLOWED[action]).select_related(
        "user"
    )
    return sorted(member.user.get_full_name() for member in members)


def required(action: Action) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Give the view its organization and membership, if the signed-in person is a member and may do this.

    A stranger gets the same 404 as for an organization that does not exist; a member without the right, 403.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapped(request: Any, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = (
                Membership.objects.filter(organization__slug=slug, user_id=request.user.pk)
                .select_related("organization")
                .first()
            )
            if membership is None:
                raise Http404
            request.organization, request.membership = membership.organization, membership
            if not may(membership, action):
                raise PermissionDenied
            return view(request, slug, *args, **kwargs)

        wrapped.action = action  # type: ignore[attr-defined]  # read by the test that walks all addresses
        return wrapped

    return decorate
