"""What names a row of an account is of that account; timelines and receipts are only added to."""

from importlib import import_module

from django.db import migrations

_keys = import_module("credits.migrations.0004_rows_stay_within_their_account")

_PAYMENT = "credits_payment"
#: (table, column, what it names, the sentence that is refused when it is false)
KEYS = (
    ("credits_paymentstep", "payment_id", _PAYMENT, "a_step_and_its_payment_are_of_one_account"),
    ("credits_refund", "payment_id", _PAYMENT, "a_refund_and_its_payment_are_of_one_account"),
    ("credits_receipt", "payment_id", _PAYMENT, "a_receipt_and_its_payment_are_of_one_account"),
    ("credits_receipt", "refund_id", "credits_refund", "a_credit_note_and_its_refund_are_of_one_account"),
    ("credits_evaluation", "recharge_id", "credits_recharge", "an_evaluation_and_its_recharge_are_of_one_account"),
)
FORWARDS, BACKWARDS = [], []
for table, column, other, name in KEYS:
    FORWARDS += [_keys.DROP.format(table=table, column=column)]
    FORWARDS += [_keys.ADD.format(table=table, column=column, other=other, name=name)]
    BACKWARDS += [_keys.REMOVE.format(table=table, name=name)]
    BACKWARDS += [_keys.RESTORE.format(table=table, column=column, other=other)]

ONLY_ADDED = """
CREATE TRIGGER step_is_append_only BEFORE UPDATE OR DELETE ON credits_paymentstep
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER receipt_is_append_only BEFORE UPDATE OR DELETE ON credits_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
"""
AGAIN = """
DROP TRIGGER receipt_is_append_only ON credits_receipt;
DROP TRIGGER step_is_append_only ON credits_paymentstep;
"""


class Migration(migrations.Migration):

    dependencies = [("credits", "0008_money_in")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS), migrations.RunSQL(ONLY_ADDED, AGAIN)]
