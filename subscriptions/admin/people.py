"""People, organizations, memberships, invitations, and the record of who did what."""

# Django's own classes take no type arguments when they run:
# mypy: disable-error-code="type-arg"

from typing import Any
from urllib.parse import urljoin

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, SetUnusablePasswordMixin, UserChangeForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscriptions import activity, doorbell, lifecycle
from subscriptions.models import Activity, Invitation, Membership, Organization, User
from subscriptions.unwritable import Unwritable


class NewPersonForm(SetUnusablePasswordMixin, BaseUserCreationForm):
    """E-mail, name and password; without a password the person sets one by the link of *Forgot your password?*"""

    usable_password = SetUnusablePasswordMixin.create_usable_password_field()

    class Meta:
        model = User
        fields = ("email", "name")
        field_classes: dict[str, type[forms.Field]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].required = self.fields["password2"].required = False

    def clean_email(self) -> str:
        """Addresses are kept in lower case: they differ by case nowhere."""
        return str(self.cleaned_data["email"]).lower()


class PersonForm(UserChangeForm):
    """What can be changed of a person; the password has a page of its own."""

    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class PersonAdmin(UserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")}),
    )


class NewOrganizationForm(forms.ModelForm):
    """An organization and the address of its first owner, who is invited."""

    owner_email = forms.EmailField(label=_("e-mail address of the first owner"))

    class Meta:
        model = Organization
        fields = ("name", "slug", "country", "currency", "time_zone", "language")

    def clean_owner_email(self) -> str:
        email = str(self.cleaned_data["owner_email"]).lower()
        if User.objects.filter(email__iexact=email, is_staff=True).exists():
            raise forms.ValidationError(lifecycle.StaffApart.said)
        return email


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "country", "currency", "time_zone", "created_at")
    list_filter = ("country", "currency")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    fields = ("name", "slug", "country", "currency", "time_zone", "language", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> tuple[str, ...]:
        # Amounts are counted in the currency, and addresses are linked from mails: neither changes later.
        return ("slug", "currency", "created_at") if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Organization | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def get_fields(self, request: HttpRequest, obj: Organization | None = None) -> Any:
        return self.fields if obj else (*NewOrganizationForm.Meta.fields, "owner_email")

    def get_form(self, request: Any, obj: Organization | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs |= {} if obj else {"form": NewOrganizationForm}
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: Any, obj: Organization, form: Any, change: bool) -> None:
        """A new organization begins as everywhere: with the invitation of its first owner."""
        if change:
            super().save_model(request, obj, form, change)
            if "time_zone" in form.changed_data:
                # Lots bought before keep the end of day they were sold with; the ledger check asks since when.
                before = form.initial["time_zone"]
                activity.record(
                    obj,
                    "organization.zone_changed",
                    now=timezone.now(),
                    actor=request.user,
                    before=before,
                    after=obj.time_zone,
                )
            return
        traits = {name: form.cleaned_data[name] for name in NewOrganizationForm.Meta.fields}
        owner = form.cleaned_data["owner_email"]
        made = lifecycle.create_organization(owner_email=owner, actor=request.user, now=timezone.now(), **traits)
        obj.pk, obj.created_at = made.pk, made.created_at
        tell_link(request, made.invitations.get())


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "user__name", "organization__name", "organization__slug")
    readonly_fields = ("user", "organization", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Members come by invitation."""
        return False


class NewInvitationForm(forms.ModelForm):
    """Whom to invite, into which organization and role."""

    class Meta:
        model = Invitation
        fields = ("organization", "email", "role")

    def clean(self) -> dict[str, Any] | None:
        """Say beside the address what `lifecycle.invite` would refuse."""
        cleaned = super().clean() or {}
        try:
            lifecycle.check_may_be_invited(cleaned.get("organization"), cleaned.get("email", ""))
        except lifecycle.NotInvited as error:
            self.add_error("email", str(error.said))
        return cleaned

    def validate_constraints(self) -> None:
        """Nothing to check: an older invitation of the address gives way to the new one."""


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    list_display = ("email", "organization", "role", "created_at", "expires_at", "sent_at", "accepted_at")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("email", "organization__name", "organization__slug")
    autocomplete_fields = ("organization",)
    exclude = ("token",)

    def get_form(self, request: Any, obj: Invitation | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs |= {} if obj else {"form": NewInvitationForm}
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return super().get_fields(request, obj) if obj else NewInvitationForm.Meta.fields

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """An invitation is withdrawn or made again, never changed."""
        return False

    def save_model(self, request: Any, obj: Invitation, form: Any, change: bool) -> None:
        role = Membership.Role(obj.role)
        made = lifecycle.invite(obj.organization, obj.email, role, actor=request.user, now=timezone.now())
        obj.pk = made.pk
        tell_link(request, made)


def tell_link(request: HttpRequest, invitation: Invitation) -> None:
    """Have the mail sent, and tell the link, in case no mail arrives."""
    doorbell.ring("notifications.deliver_due")
    link = urljoin(settings.SITE_URL, reverse("subscriptions:invitation", args=[invitation.token]))
    said = _("%(email)s is invited. The link that is mailed: %(link)s")
    messages.info(request, said % {"email": invitation.email, "link": link})


@admin.register(Activity)
class ActivityAdmin(Unwritable, admin.ModelAdmin):
    list_display = ("at", "organization", "actor_name", "action", "facts")
    list_filter = ("action",)
    list_select_related = ("organization",)
    search_fields = ("=action", "actor_name", "=organization__slug")
    search_help_text = _("An action, a person's address, or an organization's short name.")
    date_hierarchy = "at"
    show_full_result_count = False
