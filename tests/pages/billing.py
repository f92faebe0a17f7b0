"""The pages of Home and Billing."""

from typing import Any, Final

from subscriptions.models import Organization
from tests.pages.table import ASK, CHECK, EVERYBODY, FORBIDDEN, FORM, ITS_ROW, STOPPED, No, Page, See

PLAN: Final = {"code": "MCOPSTN2"}


def payment(organization: Organization) -> dict[str, Any]:
    return {"key": organization.account.payments.earliest("pk").key}


def fresh(organization: Organization) -> dict[str, Any]:
    return {"key": organization.account.payments.order_by("-pk")[1].key}


def lot(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.account.lots.filter(open=True).earliest("pk").pk}


def method(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.account.payment_methods.latest("pk").pk}


def order(organization: Organization) -> dict[str, Any]:
    return {"key": organization.orders.earliest("pk").key}


def subscription(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.subscriptions.get(plan__code="MCOPSTN1").pk}


def plan(_: Organization) -> dict[str, Any]:
    return PLAN


HOME: Final = [
    Page("organization_home", "{name}", "Home", See("Usage this month"), See("Three steps to the first call"),
         See("Auto-recharge is paused."), See("Only an owner or a billing administrator can set this up")),
]  # fmt: skip
CREDITS: Final = [
    Page("credits:subscriptions", "Subscriptions", "Subscriptions", See("25 licenses"), See("No funds yet"),
         See("Calls stopped −$42.50"), EVERYBODY),
    Page("credits:overview", "Communications Credits", "Subscriptions", See("Edit auto-recharge settings"),
         See("No funds yet"), See("Paused – needs attention"), See(ASK)),
    Page("credits:add_funds", "Add funds", "Subscriptions", See("These funds expire on 2 November 2027"),
         See("Add a card first."), See("Enter an amount of $50.00 to $10,000.00", of="full", send={"amount": "1e9"}),
         FORBIDDEN),
    Page("credits:review_funds", "Review your order", "Subscriptions",
         See("Total, charged to the card", ask="?amount=75&method={card}"), FORM,
         No("what cannot be ordered is shown on Add funds again"), FORBIDDEN, ask="?amount=75&method={card}"),
    Page("credits:payment", "Payment", "Bills & payments", See("Timeline"), ITS_ROW,
         See("The card has insufficient funds."), See("$50.00 was added"), payment),
    Page("credits:ask_refund", "Ask for a refund", "Bills & payments", See("Reason"), ITS_ROW,
         See(CHECK, of="full", send={}), FORBIDDEN, fresh),
    Page("credits:auto_recharge", "Edit auto-recharge settings", "Subscriptions", See("in steps of $50.00"),
         See("There is no card that can be charged."),
         See(CHECK, of="full", send={"enabled": "on", "recharge_amount": "x"}), FORBIDDEN),
    Page("credits:evaluations", "Why did it (not) recharge?", "Subscriptions",
         See("The balance was over the trigger amount again"),
         See("The balance has not been below the trigger amount."), See("The card was declined"), EVERYBODY),
    Page("credits:levels", "Balance levels", "Subscriptions", See("$14.00 Above"), See("No level yet"), STOPPED,
         See(ASK)),
    Page("credits:add_level", "Add a level", "Subscriptions", See("Warn me at"), FORM,
         See(CHECK, send={"amount": "x"}), FORBIDDEN),
    Page("credits:rehearsal", "Rehearsal", "Subscriptions", See("What if these had been the terms?"),
         See("Nothing to rehearse yet"), See(CHECK, of="full", ask="?days=90&recharge_amount=x&trigger_amount=20"),
         See(ASK)),
    Page("credits:lots", "Credit lots", "Subscriptions", See("Expired"), See("Each purchase becomes a lot here"),
         STOPPED, EVERYBODY),
    Page("rating:lot", "Lot of 13 September 2026", "Subscriptions", See("+33142345678"), ITS_ROW,
         No("what is wrong with a lot is its state"), EVERYBODY, lot),
    Page("credits:bills", "Bills & payments", "Bills & payments", See("Receipt 24 (PDF)"), See("No payments yet"),
         See("Failed"), See(ASK)),
    Page("credits:payment_methods", "Payment methods", "Payment methods", See("Used by auto-recharge"),
         See("Add a card"), See("11/2026"), See("can change payment methods. Ask one of them:")),
    Page("credits:remove_method", "Remove Visa •••• 0004?", "Payment methods",
         See("Payments made with it stay listed."), ITS_ROW, No("a card in use is replaced"), FORBIDDEN, method),
    Page("subscriptions:billing_details", "Billing details", "Bills & payments", See("Bill-to address"), FORM,
         See(CHECK, send={"bill_to": "x" * 600}), FORBIDDEN),
]  # fmt: skip
PLANS: Final = [
    Page("subscriptions:plans", "Add subscriptions", "Add subscriptions", See("Sample prices."), See("Sample prices."),
         STOPPED, See(ASK)),
    Page("subscriptions:plan", "Domestic and International Calling Plan", "Add subscriptions",
         See("Your subscription"), See("What a license brings each month"), STOPPED, See(ASK), plan),
    Page("subscriptions:order", "Buy Domestic and International Calling Plan", "Add subscriptions", See("25 free"),
         FORM, See("Order at least 1 license.", send={"quantity": "0"}), FORBIDDEN, plan),
    Page("subscriptions:review_order", "Review your order", "Add subscriptions", See("Charged here now"), FORM,
         No("what cannot be ordered is shown on Buy again"), FORBIDDEN, plan, ask="?quantity=5"),
    Page("subscriptions:orders", "Orders", "Add subscriptions", See("Ordered by"), See("No orders yet"), STOPPED,
         EVERYBODY),
    Page("subscriptions:ordered", "Order", "Add subscriptions", See("What comes next: assign the licenses to people."),
         ITS_ROW, STOPPED, EVERYBODY, order),
    Page("subscriptions:subscription", "Domestic Calling Plan", "Subscriptions", See("Cancel subscription"), ITS_ROW,
         See("Cancelled"), See(ASK), subscription),
    Page("subscriptions:cancel_subscription", "Cancel Domestic Calling Plan?", "Subscriptions",
         See("Then 1 person loses the license"), ITS_ROW,
         No("what has ended cannot be cancelled again: it is told on the subscription's page"), FORBIDDEN,
         subscription),
]  # fmt: skip
NOTICES: Final = [
    Page("notifications:choose", "Notifications", "Notifications", See("books1@contoso.example"),
         See("Who is told what"), STOPPED, See(ASK)),
    Page("notifications:add_address", "Add an address", "Notifications", See("A shared mailbox"), FORM,
         See(CHECK, send={"address": "nobody"}), FORBIDDEN),
    Page("notifications:news", "What is new", "", See("below your level of $25.00"), See("Nothing new"), STOPPED,
         EVERYBODY),
]  # fmt: skip
PAGES: Final = [*HOME, *CREDITS, *PLANS, *NOTICES]
