"""The pages of Reports, Rates, Limits, Users & roles and Settings."""

from typing import Any, Final

from subscriptions.models import Organization
from tests.pages.table import ASK, CHECK, EVERYBODY, FORBIDDEN, FORM, ITS_ROW, STOPPED, No, Page, See


def call(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.usage_records.earliest("pk").pk}


def person(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.subscribers.earliest("pk").pk}


def member(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.memberships.filter(role="reader").latest("pk").pk}


def invited(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.invitations.filter(accepted_at=None).latest("pk").pk}


def key(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.api_keys.latest("pk").pk}


def upload(organization: Organization) -> dict[str, Any]:
    return {"pk": organization.uploads.latest("pk").pk}


REPORTS: Final = [
    Page("rating:usage", "Usage", "Usage", See("Some rows of your usage could not be read."),
         See("No calls in this time"), STOPPED, EVERYBODY),
    Page("rating:call", "Call to +33142345678", "Usage", See("How the charge came about"), ITS_ROW,
         No("what is wrong with a call is its state"), EVERYBODY, call),
    Page("credits:balance", "Balance", "Balance", See("90 days"), See("90 days"), STOPPED, EVERYBODY),
    Page("rating:minute_pools", "Minute pools", "Minute pools", See("Domestic Calling Plan MCOPSTN1"),
         See("No minutes in this month"), STOPPED, EVERYBODY),
    Page("rating:dial_out", "Dial-out", "Dial-out", See("Person 1"), See("No conference dialed out in this month"),
         STOPPED, EVERYBODY),
    Page("rating:blocked_calls", "Blocked calls", "Blocked calls", See("No credit left 580406"),
         See("No call was refused in this time"), STOPPED, EVERYBODY),
]  # fmt: skip
RATES: Final = [
    Page("rating:rates", "Rates", "Rates", See("A call to +886912345678 costs"),
         See("In force since 15 October 2025", ask="?q="), See("no rate", of="full", ask="?q=%2B999123"), EVERYBODY,
         ask="?q=%2B886912345678"),
    Page("rating:limits", "Limits", "Limits", See("Too dear"), See("No spend limit"), STOPPED, See(ASK)),
    Page("rating:set_spend_limit", "Set a spend limit", "Limits", See("At most a month"), FORM,
         See(CHECK, send={"amount": "x"}), FORBIDDEN),
    Page("rating:set_policy", "Set a dial-out policy", "Limits", See("Zone A only"), FORM,
         See(CHECK, send={"upn": "nobody"}), FORBIDDEN),
    Page("rating:block_destination", "Block a destination", "Limits", See("Number begins with"), FORM,
         See(CHECK, send={"prefix": "x"}), FORBIDDEN),
]  # fmt: skip
PEOPLE: Final = [
    Page("subscriptions:users", "Users", "Users", See("Person 1"), See("No people yet"), See("Person 0"), See(ASK)),
    Page("subscriptions:user", "Person 0", "Users", See("Domestic Calling Plan"), ITS_ROW, STOPPED, See(ASK), person),
    Page("subscriptions:user_licences", "Licenses of Person 0", "Users", See("Domestic Calling Plan"), ITS_ROW,
         STOPPED, FORBIDDEN, person),
    Page("subscriptions:bulk_licences", "Assign Domestic Calling Plan", "Users", See("Domestic Calling Plan"), FORM,
         No("an address that names nobody goes back to Users"), FORBIDDEN, ask="?scope=all&do=assign&plan=MCOPSTN1"),
    Page("subscriptions:members", "Members", "Members", See("invited1@contoso.example"), See("Owner"), STOPPED,
         See(ASK)),
    Page("subscriptions:invite", "Invite", "Members", See("Role"), FORM, See(CHECK, send={"email": "nobody"}),
         FORBIDDEN),
    Page("subscriptions:change_role", "Role of Reader {last}", "Members", See("Reader"),
         No("everybody here has a role"), STOPPED, FORBIDDEN, member),
    Page("subscriptions:remove_member", "Remove Reader {last}?", "Members", See("Remove"),
         No("everybody here can be removed"), STOPPED, FORBIDDEN, member),
    Page("subscriptions:withdraw_invitation", "Withdraw the invitation of invited{last}@contoso.example?", "Members",
         See("Withdraw"), ITS_ROW, ITS_ROW, FORBIDDEN, invited),
    Page("subscriptions:licensing", "Licensing", "Licensing", See("75 licenses are free"), See("You lack it"), STOPPED,
         EVERYBODY),
]  # fmt: skip
SETTINGS: Final = [
    Page("organization_settings", "Settings", "Organization", See("Time zone"), FORM, See(CHECK, send={"name": ""}),
         See(ASK)),
    Page("subscriptions:keys", "API keys", "API keys", See("Program 23"), See("No key yet"), STOPPED, FORBIDDEN),
    Page("subscriptions:make_key", "Make a key", "API keys", See("The key is shown once."), FORM,
         See(CHECK, send={"name": ""}), FORBIDDEN),
    Page("subscriptions:revoke_key", "Revoke Program {last}?", "API keys", See("This cannot be undone."), ITS_ROW,
         ITS_ROW, FORBIDDEN, key),
    Page("rating:uploads", "Uploads", "Uploads", See("usage-23.csv"), See("No files yet"), See("Refused"), See(ASK)),
    Page("rating:upload_usage", "Upload usage", "Uploads", See("What the file has to be"), FORM,
         See(CHECK, send={}, status=422), FORBIDDEN),
    Page("rating:upload_licences", "Upload licenses", "Uploads", See("What the file has to be"), FORM,
         See(CHECK, send={}, status=422), FORBIDDEN),
    Page("rating:upload", "usage-{last}.csv", "Uploads", See("Already there"), ITS_ROW, See("Refused"), EVERYBODY,
         upload),
    Page("activity", "Activity", "Activity", See("Visa •••• 4242 was added."), See("Nothing has happened yet"),
         STOPPED, EVERYBODY),
    Page("search", "Search", "", See("Person 1", ask="?q=person"), See("Nothing found", ask="?q=xyzzy"),
         See("Type two characters or more.", ask="?q=x"), EVERYBODY, ask="?q=person"),
]  # fmt: skip
PAGES: Final = [*REPORTS, *RATES, *PEOPLE, *SETTINGS]

#: Addresses that are no page to look at, and why.
OTHERS: Final = {
    "credits:place_order": "takes the order of the review",
    "credits:confirm_payment": "goes on to the bank",
    "credits:cancel_payment": "asks only of a payment that waits",
    "credits:resume_recharge": "takes a button",
    "credits:retry_recharge": "takes a button",
    "credits:replace_method": "goes on to the provider",
    "credits:turn_off_recharge": "takes a button",
    "credits:balance_news": "a piece of a page, asked for again and again",
    "credits:remove_level": "takes a button",
    "credits:payments_csv": "a file",
    "credits:balance_csv": "a file",
    "credits:lots_csv": "a file",
    "credits:receipt": "a PDF",
    "credits:add_method": "goes on to the provider",
    "credits:method_added": "where the provider sends back to",
    "credits:make_default": "takes a button",
    "notifications:remove_address": "takes a button",
    "notifications:resend": "takes a button",
    "notifications:send_test": "takes a button",
    "rating:usage_csv": "a file",
    "rating:lot_csv": "a file",
    "rating:rates_csv": "a file",
    "rating:dial_out_csv": "a file",
    "rating:minute_pools_csv": "a file",
    "rating:blocked_calls_csv": "a file",
    "rating:remove_spend_limit": "takes a button",
    "rating:remove_policy": "takes a button",
    "rating:unblock_destination": "takes a button",
    "rating:import_upload": "takes a button",
    "rating:drop_upload": "takes a button",
    "rating:upload_errors": "a file",
    "subscriptions:place_order": "takes the order of the review",
    "subscriptions:keep_subscription": "takes a button",
    "subscriptions:users_csv": "a file",
    "activity_csv": "a file",
}
