"""What names a row of an account is of that account: foreign keys over both columns, in place of those over one.

They are checked when the statement ends, not at commit; journals and their entries are written by one statement.
Entries and debts need no key of their own to the account: their journal's will do.
"""

import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

_JOURNAL, _LOT, _PAYMENT = "credits_journal", "credits_lot", "credits_payment"

#: (table, column, what it names, the sentence that is refused when it is false)
KEYS = (
    ("credits_entry", "journal_id", _JOURNAL, "an_entry_and_its_journal_are_of_one_account"),
    ("credits_entry", "lot_id", _LOT, "an_entry_and_its_lot_are_of_one_account"),
    ("credits_debt", "journal_id", _JOURNAL, "a_debt_and_its_charge_are_of_one_account"),
    ("credits_journal", "origin_id", _JOURNAL, "a_journal_and_its_charge_are_of_one_account"),
    ("credits_journal", "payment_id", _PAYMENT, "a_journal_and_its_payment_are_of_one_account"),
    ("credits_lot", "payment_id", _PAYMENT, "a_lot_and_its_payment_are_of_one_account"),
    ("credits_hold", "journal_id", _JOURNAL, "a_hold_and_its_journal_are_of_one_account"),
    ("credits_payment", "method_id", "credits_paymentmethod", "a_payment_and_its_card_are_of_one_account"),
    ("credits_payment", "recharge_id", "credits_recharge", "a_payment_and_its_recharge_are_of_one_account"),
)
#: Implied by the journal's own.
IMPLIED = (("credits_entry", "account_id", "credits_account"), ("credits_debt", "account_id", "credits_account"))

# Django gives its keys names with a hash in them, so they are found by what they are.
DROP = """
DO $$
DECLARE
    name text;
BEGIN
    SELECT conname INTO STRICT name FROM pg_constraint
     WHERE contype = 'f' AND conrelid = '{table}'::regclass
       AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = '{column}')];
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', name);
END $$"""
ADD = (
    "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (account_id, {column}) REFERENCES {other} (account_id, id)"
)
REMOVE = "ALTER TABLE {table} DROP CONSTRAINT {name}"
RESTORE = (
    "ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column}) REFERENCES {other} (id)"
    " DEFERRABLE INITIALLY DEFERRED"
)

FORWARDS = [DROP.format(table=table, column=column) for table, column, _ in IMPLIED]
BACKWARDS = [RESTORE.format(table=table, column=column, other=other) for table, column, other in IMPLIED]
for table, column, other, name in KEYS:
    FORWARDS += [DROP.format(table=table, column=column)]
    FORWARDS += [ADD.format(table=table, column=column, other=other, name=name)]
    BACKWARDS += [REMOVE.format(table=table, name=name)]
    BACKWARDS += [RESTORE.format(table=table, column=column, other=other)]


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0003_holds_refunds_and_corrections'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='journal',
            name='journal_newest_first',
        ),
        migrations.RemoveIndex(
            model_name='payment',
            name='payment_newest_first',
        ),
        migrations.AddField(
            model_name='lot',
            name='disputed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='first disputed at'),
        ),
        migrations.RunSQL("UPDATE credits_lot SET disputed_at = frozen_at WHERE frozen_at IS NOT NULL", ""),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.UniqueConstraint(fields=('account', 'id'), name='a_journal_is_of_one_account'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('purchase', 'grant', 'correction')), ('movement__gt', 0)), models.Q(('kind__in', ('usage', 'expiry', 'refund', 'void', 'dispute')), ('movement__lt', 0)), models.Q(('kind', 'adjustment'), models.Q(('movement', 0), _negated=True)), ('kind', 'settlement'), _connector='OR'), name='a_movement_goes_the_way_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('purchase', 'refund')), _negated=True), ('payment__isnull', False), _connector='OR'), name='a_purchase_or_refund_names_its_payment'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('remaining'), '+', models.F('expired')), '+', models.F('voided')))), name='a_lot_loses_no_more_than_it_had'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('frozen_at', None), models.Q(('disputed_at__isnull', False), ('disputed_at__lte', models.F('frozen_at'))), _connector='OR'), name='a_frozen_lot_is_disputed'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.UniqueConstraint(fields=('account', 'id'), name='a_lot_is_of_one_account'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('account', 'id'), name='a_payment_is_of_one_account'),
        ),
        migrations.AddConstraint(
            model_name='paymentmethod',
            constraint=models.UniqueConstraint(fields=('account', 'id'), name='a_card_is_of_one_account'),
        ),
        migrations.AddConstraint(
            model_name='recharge',
            constraint=models.UniqueConstraint(fields=('account', 'id'), name='a_recharge_is_of_one_account'),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
