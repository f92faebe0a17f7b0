"""Why did it (not) recharge? What came of each look at a low balance, the newest first."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits.models import Account
from credits.views import page, reasons
from credits.views.reasons import Line
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import keyset
from subscriptions.views.keyset import Page


@permissions.required(Action.VIEW)
@require_safe
def evaluations(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The timeline, a page of it."""
    account = page.account_of(request, now=timezone.now())
    context = {
        "account": account,
        "terms": account.auto_recharge,
        "card": account.payment_methods.chargeable().first(),
        "keepers": permissions.keepers(request, Action.CHANGE_RECHARGE),
    }
    return page.show(request, "evaluations", context | _page(account, request.GET))


def _page(account: Account, asked: QueryDict) -> dict[str, Any]:
    """The lines of the page and the addresses of its neighbours."""
    before, behind = keyset.place(asked.get("newer", "")), keyset.place(asked.get("older", ""))
    found = reasons.found(account)
    if before is not None:
        found = found.filter(pk__gt=before).order_by("pk")
    elif behind is not None:
        found = found.filter(pk__lt=behind).order_by("-pk")
    else:
        found = found.order_by("-pk")
    moved = before is not None or behind is not None
    lines = reasons.lines(found[: keyset.SIZE + 1])
    shown: Page[Line] = keyset.page(lines, backwards=before is not None, moved=moved)
    first, last = (shown.rows[end].row.pk if shown.rows else 0 for end in (0, -1))
    return {
        "lines": shown.rows,
        "newer_url": keyset.address(asked, newer=str(first)) if shown.has_before and first else "",
        "older_url": keyset.address(asked, older=str(last)) if shown.has_after and last else "",
    }
