"""The tables of the docs say what the program does; the links lead somewhere; the variables are all there."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from django.core.management import get_commands

from config.demo.cast import COMPANIES, PASSWORD, STAFF
from credits import outcomes, rounds, spending
from credits.models import Lot, Payment, Recharge
from rating import calls, pricing
from subscriptions import money
from tests.credits.test_spending import TABLE
from tests.docs.pages import PAGES, ROOT, table
from tests.journeys.test_the_way_of_a_call import CONTOSO, TAILSPIN

# --- The spending order --------------------------------------------------------------------------------------------

ORDER: Final = "docs/spending-order.md"


def pairs(text: str, between: str) -> list[tuple[int | None, int]]:
    """`1: 50, 2: 20` or `overdraft: 5`; the overdraft is no lot."""
    if text == "none":
        return []
    parts = [part.split(": ") for part in text.split(between)]
    return [(None if lot == "overdraft" else int(lot), int(amount)) for lot, amount in parts]


def numbers(text: str) -> list[int]:
    return [] if text == "none" else [int(part) for part in text.split(", ")]


def test_charges_are_split_as_the_page_says() -> None:
    said = [
        (
            pairs(row["free in the lots"], ", "),
            numbers(row["charges"]),
            [pairs(paid, " + ") for paid in row["what pays for each"].split(" / ")],
        )
        for row in table(ORDER, "How charges are split")
    ]

    assert said == TABLE


@pytest.mark.parametrize("said", table(ORDER, "How an overdraft is settled"), ids=lambda row: row["owed, oldest first"])
def test_an_overdraft_is_settled_as_the_page_says(said: dict[str, str]) -> None:
    owed, money_in = numbers(said["owed, oldest first"]), int(said["money in"])

    split = spending.allocate([spending.Free(1, money_in)], owed)

    paid = [sum(part.micros for part in parts if part.lot == 1) for parts in split]
    assert [part for part in paid if part] == [part for part in numbers(said["paid of each"]) if part]
    assert (money_in - sum(paid), sum(owed) - sum(paid)) == (int(said["left in the lot"]), int(said["still owed"]))


def test_lots_take_their_turn_as_the_page_says() -> None:
    rows = table(ORDER, "In which order")

    def turn(row: dict[str, str]) -> tuple[int, date, int, int]:
        rank = Lot.RANKS[Lot.Kind(row["kind"])]
        return int(row["priority"]), date.fromisoformat(row["expires on"]), rank, int(row["lot"])

    assert Lot.objects.in_spending_order().query.order_by == ("priority", "expires_at", "rank", "pk")
    assert [row["turn"] for row in sorted(rows, key=turn)] == [str(place + 1) for place in range(len(rows))]


# --- Rounding ------------------------------------------------------------------------------------------------------

ROUNDING: Final = "docs/rounding.md"


def test_seconds_are_rounded_up_as_the_page_says() -> None:
    for row in table(ROUNDING, "Minutes: up"):
        assert calls.minutes(int(row["seconds"])) == int(row["minutes"])


@pytest.mark.parametrize("said", table(ROUNDING, "The price of a call: once, half up to four places"))
def test_prices_are_rounded_as_the_page_says(said: dict[str, str]) -> None:
    minutes, rate, fee = int(said["paid minutes"]), Decimal(said["rate"]), Decimal(said["fee"])

    assert minutes * rate + fee == Decimal(said["exact"])
    assert f"{pricing.price(pricing.per_minute(rate, fee), minutes * 60).cost:.4f}" == said["price"]


@pytest.mark.parametrize("said", table(ROUNDING, "Shown: never more than there is"), ids=lambda row: row["amount"])
def test_amounts_are_shown_as_the_page_says(said: dict[str, str]) -> None:
    assert str(money.shown(Decimal(said["amount"]), said["currency"])) == said["shown"]


@pytest.mark.parametrize("said", table(ROUNDING, "Whole steps: a recharge"), ids=lambda row: row["available"])
def test_recharges_are_whole_steps_as_the_page_says(said: dict[str, str]) -> None:
    available, trigger, step, room = (Decimal(said[name]) for name in ("available", "trigger", "step", "room"))

    steps = min(money.multiples_to_reach(step, trigger - available), money.multiples_within(step, room))

    assert (str(step * steps) if steps else "none") == said["charged"]


# --- The states of a payment and of a recharge ---------------------------------------------------------------------

STATES: Final = "docs/recharge-states.md"


@pytest.mark.parametrize(("heading", "states"), [("A payment", Payment.State), ("A recharge", Recharge.State)])
def test_every_state_is_there_with_its_name_on_pages(
    heading: str, states: type[Payment.State] | type[Recharge.State]
) -> None:
    said = {row["state"]: row["shown as"] for row in table(STATES, heading)}

    assert said == {state.value: str(state.label) for state in states}


def test_what_is_in_flight_is_what_the_constraint_counts() -> None:
    said = {row["state"] for row in table(STATES, "A payment") if row["in flight"] == "yes"}

    assert said == {state.value for state in Payment.IN_FLIGHT}


def test_the_arrows_of_a_payment_are_those_of_the_program() -> None:
    said = [(row["from"], row["to"]) for row in table(STATES, "A payment", nth=1) if row["from"] != "–"]

    assert sorted(said) == sorted((start.value, end.value) for end, all_ in Payment.ARROWS.items() for start in all_)


def test_arrows_of_a_recharge_join_states_and_none_leaves_its_success() -> None:
    arrows = [(row["from"], row["to"]) for row in table(STATES, "A recharge", nth=1)]

    assert {to for _, to in arrows} <= set(Recharge.State.values)
    assert {start for start, _ in arrows} == {"–", "open", "failed", "cancelled"}
    assert len(arrows) == len(set(arrows))


def test_the_waiting_for_a_bank_is_as_long_as_the_page_says() -> None:
    said = {row["payment"]: row["how long it waits"] for row in table(STATES, "When the bank wants the holder")}

    hours = {what: timedelta(hours=int(words.split()[0])) for what, words in said.items()}
    assert hours == {"ordered by hand": outcomes.PRESENT_WAIT, "automatic": outcomes.BANK_WAIT}


def test_the_rounds_are_as_far_apart_as_the_page_says() -> None:
    rows = table(STATES, "Rounds")
    days = [int(found.group()) for row in rows[:-1] if (found := re.search(r"\d+", row["what follows"]))]

    assert days == [pause.days for pause in rounds.ROUNDS]
    assert "pauses" in rows[-1]["what follows"]


# --- README and all pages ------------------------------------------------------------------------------------------

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
#: Read by the program and not meant to be set by people.
INNER: Final = {"DJANGO_SETTINGS_MODULE", "FAULTS_HOME", "SERVERS_ARE_HELD"}


def test_every_variable_is_in_the_readme_and_no_other() -> None:
    said = {
        row["variable"]
        for name in ("This machine", "Servers of your own", "Money and mail", "The site")
        for row in table("README.md", name)
    }
    sources = [ROOT / "config" / "settings.py", *ROOT.glob("config/embedded/*.py"), *ROOT.glob("script/*")]
    in_python = r"(?:\benv\.\w+|environ\.get|environ\.setdefault|\b_port)\([\"']([A-Z_]+)|environ\[[\"']([A-Z_]+)"
    reading = re.compile(in_python + r"|\$\{([A-Z_]+):-")
    read = {name for path in sources for names in reading.findall(path.read_text()) for name in names if name}

    assert said == read - INNER


def test_the_readme_names_the_sign_ins_of_the_demo() -> None:
    people = {row["sign in as"] for row in table("README.md", "A tour of fifteen minutes")}
    said = {address for row in people for address in re.split(r"`, `", row)}
    known = {address for company in COMPANIES for address, _ in company.people.values()} | {STAFF}

    assert said <= known
    assert {company.people["billing_admin"][0] for company in COMPANIES} | {STAFF} <= said
    assert f"`{PASSWORD}`" in README


def test_the_tour_names_the_balances_that_people_will_see() -> None:
    tailspin = next(company for company in COMPANIES if company.slug == "tailspin")
    begins = tailspin.starts_with + sum(amount for amount, days, _ in tailspin.gifts if days > 0)
    left = begins - Decimal(str(TAILSPIN["total"]))
    contoso = next(company for company in COMPANIES if company.slug == "contoso")

    assert f"−${-money.shown(left, 'USD')}" in README
    assert f"${money.shown(left + 500, 'USD')}" in README
    assert contoso.starts_with + 1050 == Decimal(str(CONTOSO["total"])) + Decimal("44.55")
    assert "$44.55" in README


def test_every_command_that_is_named_exists() -> None:
    named = {name for page in PAGES for name in re.findall(r"manage\.py ([a-z_]+)", page.read_text(encoding="utf-8"))}
    listed = {row[".venv/bin/python manage.py …"].split()[0] for row in table("README.md", "Commands")}

    assert named | listed <= set(get_commands())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    tops = "|".join(sorted(entry.name for entry in ROOT.iterdir() if entry.is_dir() and entry.name.isidentifier()))
    named = re.findall(rf"(?<![\w/.])((?:{tops})/[\w./-]*\w)", page.read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / f"{name}.py").exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").iterdir()), ids=lambda page: page.stem)
def test_a_decision_is_short_and_has_its_three_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 40
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == ["Context", "Decision", "Consequence"]
    assert text.startswith(f"# {page.stem[:4]} ")
