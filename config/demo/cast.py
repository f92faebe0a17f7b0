"""Who is in the demo, and how they sign in. Pure data; invented people of invented organizations."""

from dataclasses import dataclass, field
from typing import Final

PASSWORD: Final = "sample-credits-2026"  # noqa: S105  # of the demo only, and printed on every start
STAFF: Final = "staff@credits.example"


@dataclass(frozen=True)
class Company:
    """One sample organization: its traits, its people by role, and what it starts with."""

    name: str
    slug: str
    country: str
    time_zone: str
    people: dict[str, tuple[str, str]]
    tells: str
    card: str = ""
    starts_with: int = 0
    #: Promotional credit: (amount, days until it expires, key); a day in the past has expired already.
    gifts: tuple[tuple[int, int, str], ...] = ()
    recharges: bool = False
    language: str = "en"
    numbers: tuple[tuple[str, str, str, str], ...] = field(default=())
    files: bool = False


COMPANIES: Final = (
    Company(
        name="Contoso",
        slug="contoso",
        country="US",
        time_zone="America/New_York",
        people={
            "owner": ("owner@contoso.example", "Olivia Wilson"),
            "billing_admin": ("billing@contoso.example", "Bill Alvarez"),
            "licence_admin": ("licences@contoso.example", "Lin Chen"),
            "reader": ("reader@contoso.example", "Rita Sanders"),
        },
        tells="recharges itself",
        card="success",
        starts_with=50,
        recharges=True,
        numbers=(
            ("+18555550100", "US", "toll_free", "Conference bridge"),
            ("+448085550100", "GB", "toll_free", "Conference bridge, United Kingdom"),
            ("+498005550100", "DE", "toll_free", "Auto attendant, Germany"),
            ("+886800555010", "TW", "toll_free", "Call queue, Taiwan"),
            ("+33805550100", "FR", "toll_free", "Call queue, France"),
        ),
        files=True,
    ),
    Company(
        name="Fabrikam",
        slug="fabrikam",
        country="US",
        time_zone="America/Chicago",
        people={
            "owner": ("owner@fabrikam.example", "Frank Weber"),
            "billing_admin": ("billing@fabrikam.example", "Fiona Marsh"),
        },
        tells="has no card, and promotional credit that expires soon",
        gifts=((25, 20, "welcome"), (10, -1, "trial")),
    ),
    Company(
        name="Tailspin",
        slug="tailspin",
        country="GB",
        time_zone="Europe/London",
        people={
            "owner": ("owner@tailspin.example", "Tess Okafor"),
            "billing_admin": ("billing@tailspin.example", "Tom Hale"),
        },
        tells="does not recharge itself, has run dry and is blocked; its card is declined",
        card="declined_later",
        gifts=((50, 360, "welcome"),),
        numbers=(("+448085550199", "GB", "toll_free", "Conference bridge"),),
        files=True,
    ),
    Company(
        name="Northwind",
        slug="northwind",
        country="DE",
        time_zone="Europe/Berlin",
        people={
            "owner": ("owner@northwind.example", "Nora Brandt"),
            "billing_admin": ("billing@northwind.example", "王雅婷"),
        },
        tells="another organization, in Traditional Chinese",
        card="mastercard",
        starts_with=250,
        language="zh-hant",
    ),
)
