"""Billing > Notifications: who is told what, by which addresses, and what was sent."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from notifications import choices, history, outbox, recipients, trial
from notifications.forms import AddressForm, ChoicesForm
from notifications.models import Delivery, ExtraAddress, MailPolicy
from notifications.recipients import Kind
from subscriptions.doorbell import ring
from subscriptions.permissions import Action, OrganizationRequest, keepers, may, required


@required(Action.VIEW)
def choose(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The grid of kinds and roles, the extra addresses, and the last copies; who may only read, reads."""
    may_choose = may(request.membership, Action.CHOOSE_NOTICES)
    if request.method == "POST" and not may_choose:
        raise PermissionDenied
    form = _form(request)
    if form.is_valid() and _chosen(request, form):
        messages.success(request, _("The notifications were saved."))
        return redirect("notifications:choose", slug)
    context = {
        "form": form,
        "may_choose": may_choose,
        "keepers": keepers(request, Action.CHOOSE_NOTICES),
        "addresses": _addresses(request),
        **_sent(request),
        "refusing": history.refusing(request.organization, now=timezone.now()),
    }
    return render(request, "notifications/choose.html", context)


def _form(request: OrganizationRequest) -> ChoicesForm:
    policy = MailPolicy.objects.filter(organization=request.organization).first()
    return ChoicesForm(
        request.POST or None,
        chosen=recipients.roles_of(request.organization),
        attach_receipts=policy is None or policy.attach_receipts,
    )


def _sent(request: OrganizationRequest) -> dict[str, Any]:
    """A page of the last copies, and the addresses of its neighbours: `?sent=2`; anything else is the first."""
    copies = history.last_copies(request.organization)
    last = max(1, -(-len(copies) // history.SIZE))
    asked = request.GET.get("sent", "")
    page = min(int(asked), last) if asked in {str(number) for number in range(1, history.SHOWN)} else 1
    return {
        "copies": copies[(page - 1) * history.SIZE : page * history.SIZE],
        "newer_url": f"?sent={page - 1}#sent" if page > 1 else "",
        "older_url": f"?sent={page + 1}#sent" if page < last else "",
    }


def _chosen(request: OrganizationRequest, form: ChoicesForm) -> bool:
    """Store what a valid form says; answers whether it could be."""
    attach = form.cleaned_data["attach_receipts"]
    try:
        choices.choose(
            request.organization, form.chosen(), attach_receipts=attach, actor=request.user, now=timezone.now()
        )
    except choices.NobodyLeft as error:
        form.refuse(error.kinds)
        return False
    return True


def _addresses(request: OrganizationRequest) -> list[dict[str, Any]]:
    """The extra addresses, each with the names of its kinds (none: all)."""
    names = {kind.value: kind.label for kind in Kind}
    return [
        {"extra": extra, "kinds": [names[kind] for kind in extra.kinds if kind in names]}
        for extra in request.organization.extra_addresses.all()
    ]


@required(Action.CHOOSE_NOTICES)
def add_address(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Another address that is told."""
    form = AddressForm(request.POST or None, organization=request.organization)
    if form.is_valid() and _added(request, form):
        messages.success(request, _("%(address)s was added.") % {"address": form.cleaned_data["address"]})
        return redirect("notifications:choose", slug)
    return render(request, "notifications/add_address.html", {"form": form})


def _added(request: OrganizationRequest, form: AddressForm) -> bool:
    """Store the address of a valid form; answers whether it could be."""
    address, language = form.cleaned_data["address"], form.cleaned_data["language"]
    given = {"language": language, "kinds": form.chosen(), "actor": request.user, "now": timezone.now()}
    try:
        choices.add_address(request.organization, address, **given)
    except choices.AlreadyThere:
        form.refuse_twice()
    except choices.TooMany:
        form.refuse_more(choices.MOST_ADDRESSES)
    return form.is_valid()


@required(Action.CHOOSE_NOTICES)
@require_POST
def remove_address(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """It is told nothing more, unless it is the last that is told of money."""
    extra = get_object_or_404(ExtraAddress, organization=request.organization, pk=pk)
    try:
        choices.remove_address(extra, actor=request.user, now=timezone.now())
    except choices.NobodyLeft:
        messages.error(request, _("%(address)s stays: nobody else is told about money.") % {"address": extra.address})
    else:
        messages.success(request, _("%(address)s was removed.") % {"address": extra.address})
    return redirect("notifications:choose", slug)


@required(Action.CHOOSE_NOTICES)
@require_POST
def resend(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """One copy again."""
    copy = get_object_or_404(Delivery, notice__organization=request.organization, pk=pk)
    if outbox.send_once_more(copy, now=timezone.now()):
        ring("notifications.deliver_due")
        messages.success(request, _("The mail to %(address)s will be sent again.") % {"address": copy.address})
    else:
        messages.warning(request, _("The mail to %(address)s is not sent again now.") % {"address": copy.address})
    return redirect("notifications:choose", slug)


@required(Action.CHOOSE_NOTICES)
@require_POST
def send_test(request: OrganizationRequest, slug: str) -> HttpResponse:
    """A mail to whoever presses the button, at once."""
    try:
        trial.send(request.organization, request.user, now=timezone.now())
    except trial.NotTaken as error:
        messages.error(request, _("The test mail was not taken: %(why)s") % {"why": error})
    else:
        messages.success(request, _("A test mail is on its way to %(address)s.") % {"address": request.user.email})
    return redirect("notifications:choose", slug)
