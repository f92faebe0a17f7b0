"""Who signs in, for which organization, in which role."""

import secrets
import zoneinfo
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes people who sign in by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """A person; without a password nobody can sign in as them until they set one."""
        user = self.model(email=email.strip().lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """A back-office person with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person; the e-mail address is the name they sign in with."""

    username = None  # type: ignore[assignment]  # AbstractUser's own; we sign in by e-mail
    first_name = None  # type: ignore[assignment]  # one name field: not every name has two parts
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # ours takes no username

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = (models.UniqueConstraint(Lower("email"), name="one_person_per_email"),)

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email


def is_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("%(value)s is not a time zone."), params={"value": value})


class Organization(models.Model):
    """Who prepays. Its zone says when a day ends, its currency what a lot is counted in."""

    name = models.CharField(_("name"), max_length=150)
    slug = models.SlugField(_("short name in addresses"), max_length=50, unique=True)
    country = models.CharField(_("country or region"), max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$")])
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[is_zone])
    currency = models.CharField(_("currency"), max_length=3, default="USD", validators=[RegexValidator(r"^[A-Z]{3}$")])
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    bill_to = models.TextField(_("bill-to address"), max_length=500, blank=True, db_default="", default="")
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True, db_default="", default="")
    purchase_order = models.CharField(
        _("purchase-order number"),
        max_length=50,
        blank=True,
        db_default="",
        default="",
        help_text=_("Printed on receipts unless an order names another."),
    )
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The zone in which this organization's days begin and end."""
        return zoneinfo.ZoneInfo(self.time_zone)


class Membership(models.Model):
    """A person's role in an organization."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        BILLING_ADMIN = "billing_admin", _("Billing administrator")
        LICENCE_ADMIN = "licence_admin", _("License administrator")
        READER = "reader", _("Reader")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    created_at = models.DateTimeField(_("created at"))
    #: Notices sent after it are new to this person.
    notices_seen_at = models.DateTimeField(_("notices seen at"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (
            models.UniqueConstraint(fields=["organization", "user"], name="one_role_per_person_and_organization"),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.pk}"


def _invitation_token() -> str:
    return secrets.token_urlsafe(32)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def due(self, *, at: datetime) -> "InvitationQuerySet":
        """Those whose mail is still to be sent."""
        return self.filter(sent_at=None, accepted_at=None, due_at__lte=at, expires_at__gt=at)

    def open(self, *, at: datetime) -> "InvitationQuerySet":
        """Those that can still be accepted."""
        return self.filter(accepted_at=None, expires_at__gt=at)


class Invitation(models.Model):
    """An address that may become a member by following a mailed link. The mail is sent by the floor above."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=20, choices=Membership.Role)
    token = models.CharField(max_length=64, unique=True, default=_invitation_token, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    due_at = models.DateTimeField(_("mail due at"))
    sent_at = models.DateTimeField(_("mail sent at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = (
            models.UniqueConstraint(
                "organization", Lower("email"), condition=Q(accepted_at=None), name="one_open_invitation_per_email"
            ),
        )

    def __str__(self) -> str:
        return self.email
