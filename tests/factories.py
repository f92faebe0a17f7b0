"""What a test adds to the cast, and the cast itself: named organizations instead of anonymous ones."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import factory

from credits.models import Account, AutoRecharge, PaymentMethod
from subscriptions.models import Membership, Organization, Subscriber, User

#: The moment at which every test stands unless it moves the clock: after the sample usage, a working Monday.
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"  # of the test's own people


class OrganizationFactory(factory.django.DjangoModelFactory[Organization]):
    class Meta:
        model = Organization
        django_get_or_create = ("slug",)

    name = factory.Sequence(lambda n: f"Organization {n}")
    slug = factory.Sequence(lambda n: f"organization-{n}")
    country = "US"
    currency = "USD"
    created_at = NOW


class AccountFactory(factory.django.DjangoModelFactory[Account]):
    class Meta:
        model = Account
        skip_postgeneration_save = True
        django_get_or_create = ("organization",)

    organization = factory.SubFactory(OrganizationFactory)
    currency = factory.LazyAttribute(lambda account: account.organization.currency)
    created_at = NOW
    terms = factory.RelatedFactory("tests.factories.TermsFactory", factory_related_name="account")


class TermsFactory(factory.django.DjangoModelFactory[AutoRecharge]):
    class Meta:
        model = AutoRecharge
        django_get_or_create = ("account",)

    account = factory.SubFactory(AccountFactory, terms=None)
    enabled = False
    trigger_amount = Decimal(20)
    recharge_amount = Decimal(50)


class MethodFactory(factory.django.DjangoModelFactory[PaymentMethod]):
    class Meta:
        model = PaymentMethod

    account = factory.SubFactory(AccountFactory)
    provider_ref = factory.Sequence(lambda n: f"pm_test_{n}")
    brand = "visa"
    last4 = "4242"
    exp_month = 12
    exp_year = 2031
    added_at = NOW


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Membership.Role.BILLING_ADMIN
    created_at = NOW


class SubscriberFactory(factory.django.DjangoModelFactory[Subscriber]):
    class Meta:
        model = Subscriber

    organization = factory.SubFactory(OrganizationFactory)
    upn = factory.Sequence(lambda n: f"subscriber{n}@example.com")
    display_name = factory.Sequence(lambda n: f"Subscriber {n}")
    usage_location = "US"
    created_at = NOW


def _organization(slug: str, **terms: Any) -> Organization:
    organization = OrganizationFactory.create(slug=slug, name=slug.title(), **terms)
    AccountFactory.create(organization=organization)
    for role in Membership.Role:
        name = role.value.replace("_", "-")
        MembershipFactory.create(organization=organization, role=role, user__email=f"{name}@{slug}.example")
    return organization


def contoso() -> Organization:
    """Recharges itself: below $20 it adds $50 from a card that works."""
    organization = _organization("contoso", time_zone="America/New_York")
    MethodFactory.create(account=organization.account)
    AutoRecharge.objects.filter(account=organization.account).update(enabled=True)
    return organization


def fabrikam() -> Organization:
    """Has no card."""
    return _organization("fabrikam")


def tailspin() -> Organization:
    """British, does not recharge itself, runs dry."""
    return _organization("tailspin", country="GB", time_zone="Europe/London")


def northwind() -> Organization:
    """Another organization, always there to be leaked to."""
    return _organization("northwind", country="DE", time_zone="Europe/Berlin")
