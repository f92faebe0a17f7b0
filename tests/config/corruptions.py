"""For each check one thing that breaks it, and the checks that must find it: the one it is meant for comes first.

Most are found by their own check alone. Where others see the same wrong from their side, they are named.
"""

# ruff: noqa: S608  # our own text

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Corruption:
    """In words, as SQL over the ids of tests.config.history, and who finds it."""

    words: str
    sql: str
    found_by: tuple[str, ...]
    #: Whose it is; empty where no account can be named.
    whose: str = "account"


def _c(found_by: str, words: str, sql: str, whose: str = "account") -> Corruption:
    return Corruption(words, sql, tuple(found_by.split()), whose)


_JOURNAL: Final = (
    "INSERT INTO credits_journal (account_id, at, kind, key, movement, why, actor_id, origin_id, payment_id)"
)
_ENTRY: Final = "INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)"
_LOT: Final = """
    INSERT INTO credits_lot (account_id, kind, priority, rank, amount, remaining, held, expired, voided, open,
                             purchased_at, effective_at, expires_at)"""
#: A gift of two dollars to northwind, which owes three, with nothing settled.
_UNSETTLED: Final = f"""
    WITH lot AS ({_LOT} SELECT account_id, 'promotion', 0, 0, 2, 2, 0, 0, 0, true, purchased_at, BEGINS, expires_at
                   FROM credits_lot WHERE id = %(other_lot_small)s RETURNING id, account_id, purchased_at),
         journal AS ({_JOURNAL} SELECT account_id, purchased_at, 'grant', 'unsettled', 2, '', NULL, NULL, NULL
                       FROM lot RETURNING id),
         entry AS ({_ENTRY} SELECT account_id, journal.id, lot.id, 2 FROM lot, journal)
    UPDATE credits_account SET balance = balance + 2 WHERE id = %(other_account)s"""
_ACTIVITY: Final = "INSERT INTO subscriptions_activity (organization_id, at, actor_name, action, facts)"
_RECHARGE: Final = """
    INSERT INTO credits_recharge (account_id, state, requested_at, available, trigger_amount, recharge_amount, due_at,
                                  why)
    SELECT account_id, 'open', %(now)s, 0, 20, 50, due_at, '' FROM credits_recharge WHERE id = %(recharge)s"""
_UNANSWERED: Final = """
    WITH moved AS (UPDATE credits_payment SET state = 'unknown', closed_at = NULL,
                                              submitted_at = %(now)s - interval '{since}'
                    WHERE id = %(payment_declined)s RETURNING account_id, id)
    INSERT INTO credits_paymentstep (account_id, payment_id, at, was, state, source, detail)
    SELECT account_id, id, %(now)s, 'failed', 'unknown', 'worker', '' FROM moved"""

CORRUPTIONS: Final[tuple[Corruption, ...]] = (
    _c("L01 S01", "a journal says it moved a dollar less than its entries",
       "UPDATE credits_journal SET movement = movement + 1 WHERE id = %(call_tiny)s"),
    _c("L02", "a journal without an entry",
       f"{_JOURNAL} SELECT account_id, at, 'settlement', 'empty', 0, '', NULL, %(call_deep)s, NULL"
       " FROM credits_journal WHERE id = %(call_tiny)s"),
    _c("L02", "a journal with an entry of nothing",
       f"{_ENTRY} SELECT account_id, journal_id, %(lot_far)s, 0 FROM credits_entry WHERE journal_id = %(call_tiny)s"),
    _c("L03 L04", "an entry of another account than its journal and its lot",
       "UPDATE credits_entry SET account_id = %(other_account)s WHERE journal_id = %(call_tiny)s", "other_account"),
    _c("L04 L05 S01 X01", "a balance a dollar too high",
       "UPDATE credits_account SET balance = balance + 1 WHERE id = %(account)s"),
    _c("L05 X01", "an overdraft that no debt explains",
       "UPDATE credits_account SET overdraft = overdraft + 1 WHERE id = %(account)s"),
    _c("L06", "a lot with credit left that says it is used up",
       "UPDATE credits_lot SET open = false WHERE id = %(lot_idle)s"),
    _c("L07 L05 X01", "a lot with a dollar less than its entries",
       "UPDATE credits_lot SET remaining = remaining - 1 WHERE id = %(lot_idle)s"),
    _c("L08 X01", "a lot that says another dollar of it was taken back",
       "UPDATE credits_lot SET voided = voided + 1 WHERE id = %(lot_near)s"),
    _c("L09", "a payment by the card of another account",
       "UPDATE credits_payment SET account_id = %(other_account)s WHERE id = %(payment_declined)s", "other_account"),
    _c("L09", "a hold that names the journal of another account",
       """UPDATE credits_hold SET journal_id = (SELECT max(id) FROM credits_journal
                                                 WHERE account_id = %(other_account)s) WHERE key = 'released'"""),
    _c("L09 H01 U07", "a live hold on the lots of another account",
       "UPDATE credits_hold SET account_id = %(other_account)s WHERE key = 'live'", "other_account"),
    _c("L09 G04 P06", "a payment in another currency than the account's",
       "UPDATE credits_payment SET currency = 'EUR' WHERE id = %(payment_half)s"),
    _c("L10", "two journals under one key",
       "UPDATE credits_journal SET key = 'adjust:up' WHERE id = %(adjustment_late)s"),
    _c("L11", "a correction that gives back more than its charge took",
       "UPDATE credits_journal SET origin_id = %(call_tiny)s WHERE id = %(correction_late)s"),
    _c("L11 U04 X01", "a settlement that came before the charge it pays",
       "UPDATE credits_journal SET origin_id = %(call_tiny)s WHERE kind = 'settlement' AND origin_id = %(call_deep)s"),
    _c("L11 L07 X01", "a correction to a lot that had paid nothing of the charge",
       """UPDATE credits_entry SET lot_id = %(lot_far)s WHERE journal_id = %(correction_late)s"""),
    _c("S02", "a quarter of an hour whose calls cost a dollar less in its sum",
       """UPDATE credits_journalsum SET movement = movement + 1
           WHERE account_id = %(account)s AND kind = 'usage' AND begins_at = (
                 SELECT min(begins_at) FROM credits_journalsum WHERE account_id = %(account)s AND kind = 'usage')"""),
    _c("S02", "a quarter of an hour that was added up twice",
       """UPDATE credits_journalsum SET movement = 2 * movement, count = 2 * count
           WHERE account_id = %(account)s AND kind = 'expiry'"""),
    _c("S02", "a place behind journals that no sum has",
       "UPDATE credits_summedto SET journal_id = %(call_late)s WHERE account_id = %(account)s"),
    _c("U01", "a usage id that is two records",
       "UPDATE rating_usagerecord SET usage_id = 'same' WHERE id IN (%(record_1)s, %(record_4)s)"),
    _c("U02", "a call that says it cost a dollar more than was debited",
       "UPDATE rating_usagerecord SET charge = charge + 1 WHERE id = %(record_3)s"),
    _c("U02", "a call that lost its journal, and the journal that has no call",
       "UPDATE rating_usagerecord SET journal_id = NULL WHERE id = %(record_3)s"),
    _c("U03", "a free call that was debited",
       "UPDATE rating_usagerecord SET state = 'free' WHERE id = %(record_3)s"),
    _c("U02 U03", "a call that waits, though it was debited under its key",
       "UPDATE rating_usagerecord SET state = 'waiting', charge = 0, journal_id = NULL WHERE id = %(record_3)s"),
    _c("U02 U08", "a re-rated call that says it costs what it did before",
       """UPDATE rating_usagerecord AS record SET charge = line.charge_before FROM rating_rerateline AS line
           WHERE record.id = %(rerated_cheaper)s AND line.record_id = record.id"""),
    _c("U02 U08", "a re-rated call whose money back is booked under another key",
       "UPDATE credits_journal SET key = 'goodwill' WHERE key LIKE 'rerate:%%:' || %(rerated_cheaper)s::text"),
    _c("U03 U08", "a call that a re-rating made free, whose money back is booked under another key",
       "UPDATE credits_journal SET key = 'goodwill' WHERE key LIKE 'rerate:%%:' || %(rerated_free)s::text"),
    _c("U08", "a line of a re-rating that says another price than the line before left",
       """UPDATE rating_rerateline SET charge_before = charge_before + 1, charge_after = charge_after + 1
           WHERE id = (SELECT min(id) FROM rating_rerateline WHERE record_id = %(rerated_both)s)"""),
    _c("U08", "a line of a re-rating that says a dollar more than was given back",
       """UPDATE rating_rerateline SET charge_before = charge_before + 1 WHERE record_id = %(rerated_cheaper)s"""),
    _c("U08", "a re-rating that gave money back and has no line for it",
       "DELETE FROM rating_rerateline WHERE record_id = %(rerated_cheaper)s"),
    _c("U08", "a line of a re-rating that names the journal of another call",
       """UPDATE rating_rerateline SET journal_id = (SELECT journal_id FROM rating_rerateline
                                                      WHERE record_id = %(rerated_free)s)
           WHERE record_id = %(rerated_cheaper)s"""),
    _c("U04", "a debt larger than what the charge took below zero",
       "UPDATE credits_debt SET amount = amount + 1 WHERE journal_id = %(debt)s"),
    _c("U04 L05 X01", "a debt that nobody remembers",
       "DELETE FROM credits_debt WHERE account_id = %(other_account)s", "other_account"),
    _c("U05", "a charge from a lot that had expired before it",
       "UPDATE credits_lot SET expires_at = effective_at + interval '1 minute' WHERE id = %(lot_spent)s"),
    _c("U06", "money in that left a debt standing",
       _UNSETTLED.replace("BEGINS", "purchased_at"), "other_account"),
    _c("U07", "a charge that passed over a lot with credit, which goes before the one it took",
       "UPDATE credits_lot SET priority = -1 WHERE id = %(lot_far)s"),
    _c("E01", "an expiry that left six of ten dollars",
       f"""WITH lot AS ({_LOT} SELECT account_id, 'promotion', 9, 0, 10, 6, 0, 4, 0, true, %(now)s - interval '2 days',
                                      %(now)s - interval '2 days', %(now)s - interval '1 hour'
                          FROM credits_lot WHERE id = %(lot_idle)s RETURNING id, account_id),
                given AS ({_JOURNAL} SELECT account_id, %(now)s - interval '2 days', 'grant', 'half', 10, '',
                                            NULL::bigint, NULL::bigint, NULL::bigint FROM lot RETURNING id),
                gone AS ({_JOURNAL} SELECT lot.account_id, %(now)s, 'expiry', 'half gone', -4, '', NULL::bigint,
                                           NULL::bigint, NULL::bigint FROM lot, given RETURNING id),
                entry AS ({_ENTRY} SELECT account_id, given.id, lot.id, 10 FROM lot, given
                          UNION ALL SELECT account_id, gone.id, lot.id, -4 FROM lot, gone)
           UPDATE credits_account SET balance = balance + 6 WHERE id = %(account)s"""),
    _c("E02", "an expiry booked a month too early",
       "UPDATE credits_lot SET expires_at = expires_at + interval '30 days' WHERE id = %(lot_lapsed)s"),
    _c("E03", "a lot that expired three hours ago and was left alone",
       "UPDATE credits_lot SET expires_at = %(now)s - interval '3 hours' WHERE id = %(lot_idle)s"),
    _c("E04", "a purchase that lapses at the end of the day in UTC instead of New York",
       "UPDATE credits_lot SET expires_at = expires_at - interval '4 hours' WHERE id = %(lot_automatic)s"),
    _c("P01 G04 P02 P06 P09", "a lot for a payment that failed",
       "UPDATE credits_payment SET state = 'failed' WHERE id = %(payment_half)s"),
    _c("P02", "a purchased lot that passes as a gift",
       "UPDATE credits_lot SET kind = 'promotion' WHERE id = %(lot_half)s"),
    _c("P03 P06", "two payments with one reference of the provider",
       """UPDATE credits_payment SET provider_ref = (SELECT provider_ref FROM credits_payment
                                                      WHERE id = %(payment_first)s) WHERE id = %(payment_half)s"""),
    _c("P04", "a refund that took nothing from the lot",
       "UPDATE credits_payment SET refunded = 5 WHERE id = %(payment_half)s"),
    _c("P04 L07 L08 U07 X01 X02", "a refund taken from the lot of another purchase",
       """UPDATE credits_entry SET lot_id = %(lot_half)s
           WHERE journal_id = (SELECT journal.id FROM credits_journal AS journal JOIN credits_refund AS refund
                                   ON journal.key = 'refund:' || refund.key WHERE refund.id = %(refund_first)s)"""),
    _c("G01", "a refund that succeeded and was never booked",
       """INSERT INTO credits_refund (account_id, payment_id, origin, state, key, amount, tax, why, created_at, due_at,
                                      closed_at, error_code)
          SELECT account_id, id, 'provider', 'succeeded', gen_random_uuid(), 5, 0, '', closed_at, closed_at, closed_at,
                 '' FROM credits_payment WHERE id = %(payment_half)s"""),
    _c("G01 G04", "a refund that failed after it was booked",
       "UPDATE credits_refund SET state = 'failed', provider_ref = 're_there' WHERE id = %(refund_there)s"),
    _c("G02 G04 P06", "more tax that went back than was paid",
       "UPDATE credits_refund SET tax = 1 WHERE id = %(refund_first)s"),
    _c("G03", "a refund without an answer for an hour",
       """UPDATE credits_refund SET state = 'unknown', submitted_at = %(now)s - interval '1 hour'
           WHERE id = %(refund_waiting)s"""),
    _c("G04", "a receipt number that was left out",
       "UPDATE credits_account SET receipts = receipts + 1 WHERE id = %(account)s"),
    _c("H03", "a refund that has failed and still keeps credit",
       "UPDATE credits_refund SET state = 'failed', closed_at = due_at WHERE id = %(refund_waiting)s"),
    _c("H03", "a refund on its way that keeps the credit of another one's hold",
       "UPDATE credits_refund SET hold_id = (SELECT hold_id FROM credits_refund WHERE id = %(refund_first)s)"
       " WHERE id = %(refund_waiting)s"),
    _c("P06", "a refund that we booked and the provider never made",
       "UPDATE credits_refund SET provider_ref = 're_nobody' WHERE id = %(refund_first)s"),
    _c("P05", "a payment without an answer for an hour",
       _UNANSWERED.format(since="1 hour")),
    _c("P06 G04 P08", "a payment of ours with twice the amount that the provider took",
       """UPDATE credits_payment SET tax = amount WHERE id = %(payment_half)s"""),
    _c("P07", "a payment that succeeded though nobody had asked the provider",
       "UPDATE credits_payment SET submitted_at = NULL WHERE id = %(payment_half)s"),
    _c("P08", "tax on top of a price that has it already",
       "UPDATE credits_payment SET tax_included = true, tax_percent = 5, tax = 1 WHERE id = %(payment_declined)s"),
    _c("P08", "another tax than the rate that is named",
       "UPDATE credits_payment SET tax = tax + 1 WHERE id = %(payment_declined)s"),
    _c("P09", "a step that begins where the one before it did not end",
       """INSERT INTO credits_paymentstep (account_id, payment_id, at, was, state, source, detail)
          SELECT account_id, id, %(now)s, 'unknown', state, 'person', '' FROM credits_payment
           WHERE id = %(payment_half)s"""),
    _c("P09", "a payment that moved without a line on its timeline",
       "UPDATE credits_payment SET state = 'cancelled' WHERE id = %(payment_declined)s"),
    _c("R01", "two rounds open at once", f"{_RECHARGE}; {_RECHARGE}"),
    _c("R02", "a round that charged one card twice",
       """INSERT INTO credits_payment (account_id, recharge_id, kind, state, key, method_id, currency, amount, tax,
                                       refunded, created_at, due_at, closed_at, error_code)
          SELECT account_id, recharge_id, kind, 'failed', gen_random_uuid(), method_id, currency, amount, tax, 0,
                 created_at, due_at, closed_at, 'declined' FROM credits_payment WHERE id = %(payment_automatic)s"""),
    _c("R02", "a round that was requested while another was open",
       """INSERT INTO credits_recharge (account_id, state, requested_at, available, trigger_amount, recharge_amount,
                                        due_at, closed_at, why)
          SELECT account_id, 'cancelled', requested_at + interval '1 second', 0, 20, 50, due_at, closed_at, ''
            FROM credits_recharge WHERE id = %(recharge)s"""),
    _c("R03", "an automatic charge over the monthly cap",
       "UPDATE credits_autorecharge SET monthly_cap = 100 WHERE account_id = %(account)s"),
    _c("R03", "an automatic charge over the cap of a month in which an older order took money",
       """UPDATE credits_payment SET created_at = created_at - interval '60 days'
           WHERE account_id = %(account)s AND id <> %(payment_automatic)s;
          UPDATE credits_autorecharge SET monthly_cap = 101 WHERE account_id = %(account)s"""),
    _c("R04", "a round that failed though its payment succeeded",
       "UPDATE credits_recharge SET state = 'failed' WHERE id = %(recharge)s"),
    _c("W01", "an event of the provider that nobody handles",
       "UPDATE credits_providerevent SET handled_at = NULL, outcome = '' WHERE id = %(event)s", ""),
    _c("O01", "a mail that could not be sent",
       "UPDATE notifications_delivery SET state = 'failed', sent_at = NULL, due_at = %(now)s WHERE id = %(delivery)s"),
    _c("O01", "a notice without copies",
       """UPDATE notifications_notice SET addressed_at = NULL, due_at = %(now)s - interval '1 hour'
           WHERE organization_id = %(organization)s AND kind = 'recharge_paid'"""),
    _c("N01", "one occasion told twice",
       """INSERT INTO notifications_notice (organization_id, kind, key, facts, created_at, due_at, addressed_at)
          SELECT organization_id, kind, key, facts, created_at, due_at, %(now)s FROM notifications_notice
           WHERE organization_id = %(organization)s AND kind = 'recharge_paid'"""),
    _c("N02", "a mail left by the worker that was sending it",
       """UPDATE notifications_delivery SET state = 'sending', sent_at = NULL, due_at = %(now)s - interval '1 hour'
           WHERE id = %(delivery)s"""),
    _c("I01", "a file that counts a row more than it brought",
       "UPDATE rating_usagefile SET rows = rows + 1, new = new + 1 WHERE id = %(file)s"),
    _c("I01", "a row that is counted as quarantined and is not there",
       "DELETE FROM rating_quarantinedrow WHERE file_id = %(file)s"),
    _c("I02", "a large file that was left while its calls were charged",
       """UPDATE rating_usagefile SET accepted_at = %(now)s - interval '2 hours', finished_at = NULL
           WHERE id = %(file)s"""),
    _c("I02", "a large file that was left while it was read",
       """UPDATE rating_usagefile SET imported_at = %(now)s - interval '2 hours', accepted_at = NULL, finished_at = NULL
           WHERE id = %(file)s"""),
    _c("U09", "days of usage that are said to be built and have no call",
       """INSERT INTO rating_rollup (organization_id, time_zone, built_at)
          VALUES (%(organization)s, 'America/New_York', %(now)s)"""),
    _c("U09", "a day of usage with a call that nobody made",
       """WITH other AS (SELECT organization_id AS id FROM credits_account WHERE id = %(other_account)s),
               built AS (INSERT INTO rating_rollup (organization_id, time_zone, built_at)
                         SELECT id, 'UTC', %(now)s FROM other)
          INSERT INTO rating_usageday (organization_id, "on", call_type, country, state, calls, seconds, minutes,
                                       covered_minutes, charge)
          SELECT id, '2026-10-01', 'user_out', 'US', 'free', 1, 60, 1, 0, 0 FROM other""", "other_account"),
    _c("A01", "an adjustment without a reason",
       "UPDATE credits_journal SET why = '' WHERE id = %(adjustment_late)s"),
    _c("S01", "a gift that passes as a correction",
       "UPDATE credits_lot SET kind = 'correction' WHERE id = %(lot_idle)s"),
    _c("X01 L08", "a charge booked before the lot it took from was filled",
       """UPDATE credits_journal SET id = 1000000 WHERE account_id = %(account)s AND key = 'gift:near';
          UPDATE credits_entry SET journal_id = 1000000 WHERE lot_id = %(lot_near)s AND amount = 10"""),
    _c("X02", "an old journal with other words than yesterday",
       "UPDATE credits_journal SET why = 'as agreed' WHERE id = %(call_small)s"),
    _c("X02 L02 S02", "a journal slipped in among the old ones",
       f"{_JOURNAL.replace('(account_id', '(id, account_id')} SELECT 0, account_id, at, 'void', 'slipped', 0, '', NULL,"
       " NULL, NULL FROM credits_journal WHERE id = %(call_small)s"),
    _c("H01", "a hold that keeps more of a lot than the lot knows",
       "UPDATE credits_holdpart SET amount = amount + 1 WHERE lot_id = %(lot_near)s"),
    _c("M01", "a pool that gave a minute to no call",
       "UPDATE rating_pooluse SET used = used + 1 WHERE organization_id = %(organization)s"),
    _c("M01", "a call that names another pool than the one whose minutes were counted",
       "UPDATE rating_usagerecord SET covered_by = 'GB MCOPSTN2 domestic=119' WHERE id = %(record_1)s"),
    _c("M01", "a call that names a minute more than it was covered by, and one that names a minute less",
       """UPDATE rating_usagerecord
             SET covered_by = 'GB MCOPSTN5 domestic=' || covered_minutes + CASE id WHEN %(record_1)s THEN 1 ELSE -1 END
           WHERE id IN (%(record_1)s, %(record_2)s)"""),
    _c("M02", "a pool that keeps a minute for no call",
       "UPDATE rating_pooluse SET held = held + 1 WHERE organization_id = %(organization)s"),
    _c("H02", "a call that goes on though its hold was released",
       """INSERT INTO rating_callsession (organization_id, key, state, call_type, number_type, caller, destination,
                                          country, minutes, hold_id, granted_seconds, started_at, expires_at)
          SELECT %(organization)s, 'corrupt', 'live', 'user_out', '', '', '', '', '{}', id, 600, %(now)s,
                 %(now)s + interval '10 minutes' FROM credits_hold WHERE key = 'released'"""),
    _c("H02", "a call that is over and still keeps credit",
       """INSERT INTO rating_callsession (organization_id, key, state, call_type, number_type, caller, destination,
                                          country, minutes, hold_id, granted_seconds, started_at, expires_at, closed_at)
          SELECT %(organization)s, 'corrupt', 'released', 'user_out', '', '', '', '', '{}', id, 600, %(now)s, %(now)s,
                 %(now)s FROM credits_hold WHERE key = 'live'"""),
)  # fmt: skip

#: What looks like one and is none: no check may find anything.
HARMLESS: Final[tuple[Corruption, ...]] = (
    _c("", "the organization has moved to another zone since",
       f"""UPDATE subscriptions_organization SET time_zone = 'Asia/Taipei' WHERE id = %(organization)s;
           {_ACTIVITY} VALUES (%(organization)s, %(now)s, '', 'organization.zone_changed',
                               '{{"before": "America/New_York", "after": "Asia/Taipei"}}')"""),
    _c("", "the cap was lowered after it had been used",
       f"""UPDATE credits_autorecharge SET monthly_cap = 50 WHERE account_id = %(account)s;
           {_ACTIVITY} VALUES (%(organization)s, %(now)s, '', 'auto_recharge.changed', '{{}}')"""),
    _c("", "a lot has begun since anything happened on an account that owes",
       _UNSETTLED.replace("BEGINS", "%(now)s - interval '1 minute'")),
    _c("", "a lot that was disputed and won has not been swept since it expired",
       """UPDATE credits_lot SET disputed_at = %(now)s - interval '9 days', expires_at = %(now)s - interval '3 hours'
           WHERE id = %(lot_idle)s"""),
    _c("", "a hold has let go of an expired lot just now",
       """UPDATE credits_lot SET expires_at = %(now)s - interval '3 hours' WHERE id = %(lot_idle)s;
          UPDATE credits_hold SET closed_at = %(now)s WHERE key = 'released'"""),
    _c("", "the provider has not answered for ten minutes",
       _UNANSWERED.format(since="10 minutes")),
    _c("", "a large file has been charged for half an hour",
       """UPDATE rating_usagefile SET imported_at = %(now)s - interval '2 hours', finished_at = NULL,
                                      accepted_at = %(now)s - interval '30 minutes' WHERE id = %(file)s"""),
)  # fmt: skip
