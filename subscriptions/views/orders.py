"""Order licences of a plan: panel, review, order, what came of it; and the orders there were."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from subscriptions import offers, orders, permissions
from subscriptions.entitlements import SAME_AS
from subscriptions.models import Order, Plan, Subscription
from subscriptions.order_form import PlaceForm, QuantityForm
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import keyset, page

#: Where the panel opens when the address names no number.
_FIRST: Final = {"quantity": 1}


def _for_a_plan_sold_here(
    view: Callable[[OrganizationRequest, str, Plan], HttpResponse],
) -> Callable[[OrganizationRequest, str, str], HttpResponse]:
    """Give the view its plan; where it cannot be ordered, say why."""

    @wraps(view)
    def wrapped(request: OrganizationRequest, slug: str, code: str) -> HttpResponse:
        plan = get_object_or_404(Plan, code=SAME_AS.get(code, code))
        try:
            orders.check_sold(request.organization, plan)
        except orders.NotOrdered as error:
            return _refused(request, plan, error)
        return view(request, slug, plan)

    return wrapped


@permissions.required(Action.ORDER_PLANS)
@_for_a_plan_sold_here
def order(request: OrganizationRequest, slug: str, plan: Plan) -> HttpResponse:
    """How many licences; the next page repeats it."""
    if request.method != "POST":
        asked = request.GET.get("quantity", "")
        return _ask(request, plan, QuantityForm(initial={"quantity": asked[:6]} if asked else _FIRST))
    form = QuantityForm(request.POST)
    if not form.is_valid():
        return _ask(request, plan, form)
    return _review(slug, plan, form.cleaned_data["quantity"])


@permissions.required(Action.ORDER_PLANS)
@require_safe
@_for_a_plan_sold_here
def review_order(request: OrganizationRequest, slug: str, plan: Plan) -> HttpResponse:
    """All of it again, under a key minted now: however often this page is sent, it is one order."""
    form = QuantityForm(request.GET)
    if not form.is_valid():
        return _ask(request, plan, form)
    quantity = form.cleaned_data["quantity"]
    price = orders.price_of(plan, request.organization.currency, at=timezone.now())
    context = {
        "form": PlaceForm(initial={"key": uuid.uuid4(), "quantity": quantity, "price": price}),
        "plan": plan,
        "quantity": quantity,
        "price": price,
        "total": None if price is None else price * quantity,
        "subscription": _subscription(request, plan),
    }
    return page.show(request, "order_review", context)


@permissions.required(Action.ORDER_PLANS)
@require_POST
@_for_a_plan_sold_here
def place_order(request: OrganizationRequest, slug: str, plan: Plan) -> HttpResponse:
    """Place the order; its page says what comes next."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _refused(request, plan, orders.NotOrdered())
    try:
        placed = orders.place(request.organization, plan, **form.as_ordered(), actor=request.user, now=timezone.now())
    except orders.PriceChanged as error:
        messages.warning(request, str(error.said))
        return _review(slug, plan, form.cleaned_data["quantity"])
    except orders.NotOrdered as error:
        return _refused(request, plan, error)
    return redirect("subscriptions:ordered", slug, placed.key)


@permissions.required(Action.VIEW)
@require_safe
def ordered(request: OrganizationRequest, slug: str, key: uuid.UUID) -> HttpResponse:
    """What was ordered, what there is now, and what comes next."""
    found = get_object_or_404(Order.objects.select_related("plan"), organization=request.organization, key=key)
    subscription = get_object_or_404(Subscription, organization=request.organization, plan=found.plan)
    subscription.organization, subscription.plan = request.organization, found.plan
    context = {
        "order": found,
        "total": None if found.price is None else found.price * found.quantity,
        "stock": offers.stock_of(subscription, at=timezone.now()),
        "may_assign": permissions.may(request.membership, Action.ASSIGN_LICENCES),
        "assigners": permissions.keepers(request, Action.ASSIGN_LICENCES),
    }
    return page.show(request, "ordered", context)


@permissions.required(Action.VIEW)
@require_safe
def all_orders(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The orders there were, the newest first, page by page."""
    found = request.organization.orders.select_related("plan")
    older = keyset.place(request.GET.get("older", ""))
    newer = keyset.place(request.GET.get("newer", "")) if older is None else None
    if older is not None:
        found = found.filter(pk__lt=older)
    if newer is not None:
        found = found.filter(pk__gt=newer).order_by("pk")
    rows = keyset.page(list(found[: keyset.SIZE + 1]), backwards=newer is not None, moved=bool(older or newer))
    context = {"orders": rows.rows, "newer_url": "", "older_url": ""}
    if rows.rows and rows.has_before:
        context["newer_url"] = keyset.address(request.GET, newer=str(rows.rows[0].pk))
    if rows.rows and rows.has_after:
        context["older_url"] = keyset.address(request.GET, older=str(rows.rows[-1].pk))
    return page.show(request, "orders", context)


def _review(slug: str, plan: Plan, quantity: int) -> HttpResponse:
    return redirect(f"{reverse('subscriptions:review_order', args=[slug, plan.code])}?quantity={quantity}")


def _ask(request: OrganizationRequest, plan: Plan, form: QuantityForm) -> HttpResponse:
    now = timezone.now()
    offer = offers.offer_of(request.organization, plan, at=now)
    context = {"form": form, "plan": plan, "offer": offer, "subscription": _subscription(request, plan)}
    return page.show(request, "order", context)


def _subscription(request: OrganizationRequest, plan: Plan) -> Subscription | None:
    """The one that the order would add to."""
    return request.organization.subscriptions.filter(plan=plan).first()


def _refused(request: OrganizationRequest, plan: Plan, error: orders.NotOrdered) -> HttpResponse:
    """Say why, and go to where something can be done about it."""
    slug = request.organization.slug
    if isinstance(error, orders.BoughtAsFunds):
        return redirect("credits:add_funds", slug)
    messages.error(request, str(error.said))
    return redirect("subscriptions:plan", slug, plan.code)
