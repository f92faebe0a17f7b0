"""Members: who signs in for the organization and as what; inviting, changing roles, and ending it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from subscriptions import lifecycle, permissions
from subscriptions import members as rules
from subscriptions.models import Invitation, Membership
from subscriptions.people_forms import ROLE_HELP, InviteForm, RoleForm
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import page

Role = Membership.Role


@permissions.required(Action.VIEW)
@require_safe
def members(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Who signs in, in which role and when last; and who is invited."""
    own = request.organization.memberships.select_related("user")
    context = {
        "members": sorted(own, key=lambda each: (each.user.get_full_name().lower(), each.pk)),
        "invitations": request.organization.invitations.filter(accepted_at=None).order_by("-created_at"),
        "now": timezone.now(),
        "owners": sum(each.role == Role.OWNER for each in own),
        "may_manage": permissions.may(request.membership, Action.MANAGE_MEMBERS),
        "keepers": permissions.keepers(request, Action.MANAGE_MEMBERS),
        "roles": [(role.label, ROLE_HELP[role]) for role in Role],
    }
    return page.show(request, "members", context)


@permissions.required(Action.INVITE)
def invite(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Ask for an address and a role; the mail goes out at once. Who is invited already, is invited again."""
    start = {"role": request.GET.get("role") or Role.READER, "email": request.GET.get("email", "")}
    form = InviteForm(request.POST or None, initial=start)
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            lifecycle.invite(request.organization, email, form.chosen(), actor=request.user, now=timezone.now())
        except lifecycle.NotInvited as error:
            form.add_error("email", str(error.said))
        except ValidationError:
            form.add_error("email", _("Enter a valid email address."))
        else:
            messages.success(request, _("%(email)s was invited. The mail is on its way.") % {"email": email})
            return redirect("subscriptions:members", slug)
    return page.show(request, "invite", {"form": form, "role_help": ROLE_HELP})


@permissions.required(Action.MANAGE_MEMBERS)
def change_role(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Choose another role; becoming an owner, or no longer being one, is asked for once more."""
    member = _member(request, pk)
    form = RoleForm(request.POST or None, initial={"role": member.role})
    if not form.is_valid():
        only = rules.is_last_owner(member)
        context = {"form": form, "member": member, "only_owner": only, "role_help": ROLE_HELP}
        return page.show(request, "member_role", context)
    role = form.chosen()
    weighty = role != member.role and Role.OWNER in (role, Role(member.role))
    if weighty and not request.POST.get("confirmed") and not rules.is_last_owner(member):
        return page.show(request, "member_confirm", _role_question(request, member, role))
    try:
        rules.change_role(member, role, actor=request.user, now=timezone.now())
    except rules.NotChanged as error:
        messages.error(request, str(error.said))
    else:
        facts = {"name": member.user.get_full_name(), "role": role.label}
        messages.success(request, _("%(name)s is now %(role)s.") % facts)
    return redirect("subscriptions:members", slug)


def _role_question(request: OrganizationRequest, member: Membership, role: Role) -> dict[str, object]:
    name, own = member.user.get_full_name(), member.user_id == request.user.pk
    if role == Role.OWNER:
        question = _("Make %(name)s an owner?") % {"name": name}
        said = [_("Owners can do everything: they invite and remove members, you too, and change the settings.")]
    else:
        question = _("%(name)s will no longer be an owner. Change the role?") % {"name": name}
        said = [_("The new role is %(role)s: %(help)s") % {"role": role.label, "help": ROLE_HELP[role]}]
        said += [_("This is you. You cannot undo it yourself; another owner can.")] if own else []
    return {
        "question": question,
        "consequences": said,
        "verb": _("Change the role"),
        "danger": role != Role.OWNER,
        "role": role,
        "cancel_url": reverse("subscriptions:members", args=[request.organization.slug]),
    }


@permissions.required(Action.MANAGE_MEMBERS)
def remove_member(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Ask, then end the membership."""
    member = _member(request, pk)
    name, own = member.user.get_full_name(), member.user_id == request.user.pk
    if request.method != "POST":
        return page.show(request, "member_confirm", _removal_question(request, member))
    try:
        rules.remove(member, actor=request.user, now=timezone.now())
    except rules.NotChanged as error:
        messages.error(request, str(error.said))
        return redirect("subscriptions:members", slug)
    messages.success(request, _("%(name)s is no longer a member.") % {"name": name})
    return redirect("home") if own else redirect("subscriptions:members", slug)


def _removal_question(request: OrganizationRequest, member: Membership) -> dict[str, object]:
    name, organization = member.user.get_full_name(), request.organization.name
    if member.user_id == request.user.pk:
        question = _("Leave %(organization)s?") % {"organization": organization}
        said = [_("You will see nothing of %(organization)s any more.") % {"organization": organization}]
    else:
        question = _("Remove %(name)s?") % {"name": name}
        said = [
            _("%(name)s will see nothing of %(organization)s any more, from the next click on.")
            % {"name": name, "organization": organization}
        ]
    said.append(_("What was done stays in the activity record. An owner can invite again at any time."))
    return {
        "question": question,
        "consequences": said,
        "verb": _("Remove"),
        "danger": True,
        "cancel_url": reverse("subscriptions:members", args=[request.organization.slug]),
    }


@permissions.required(Action.INVITE)
def withdraw_invitation(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Ask, then make the mailed link useless."""
    invitation = get_object_or_404(Invitation, organization=request.organization, pk=pk, accepted_at=None)
    if request.method == "POST":
        try:
            rules.withdraw(invitation, actor=request.user, now=timezone.now())
        except rules.NotChanged as error:
            messages.error(request, str(error.said))
        else:
            messages.success(request, _("The invitation of %(email)s was withdrawn.") % {"email": invitation.email})
        return redirect("subscriptions:members", slug)
    context = {
        "question": _("Withdraw the invitation of %(email)s?") % {"email": invitation.email},
        "consequences": [_("The link in the mail leads nowhere from now on. You can invite again at any time.")],
        "verb": _("Withdraw"),
        "danger": True,
        "cancel_url": reverse("subscriptions:members", args=[slug]),
    }
    return page.show(request, "member_confirm", context)


def _member(request: OrganizationRequest, pk: int) -> Membership:
    found = Membership.objects.select_related("user")
    return get_object_or_404(found, organization=request.organization, pk=pk)
