"""One function that books a debit in one round trip, where nothing follows from it.

It is the short form of ledger.debit for the usual case: no overdraft before or after, and no recharge to request.
Otherwise it books nothing and answers NULL, and the caller goes the long way. credits.spending stays its oracle: a test
gives both the same thousand debits.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION debit_without_consequences(
    the_account bigint, the_key text, micros bigint, the_why text, the_instant timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    cost constant numeric := micros * 0.000001;
    account record;
    terms record;
    lot record;
    free numeric := 0;
    due numeric := cost;
    taken numeric;
    lots bigint[] := '{}';
    amounts numeric[] := '{}';
    booked bigint;
BEGIN
    -- A statement of its own: one that also read the lots would go on, after waiting, with what they were before.
    SELECT overdraft, below_zero_at INTO STRICT account FROM credits_account WHERE id = the_account FOR UPDATE;
    IF account.overdraft > 0 OR account.below_zero_at IS NOT NULL THEN
        RETURN NULL;
    END IF;
    FOR lot IN
        SELECT id, remaining - held AS free FROM credits_lot
         WHERE account_id = the_account AND open AND frozen_at IS NULL
           AND effective_at <= the_instant AND expires_at > the_instant
         ORDER BY priority, expires_at, rank, id
    LOOP
        free := free + lot.free;
        taken := least(lot.free, due);
        IF taken > 0 THEN
            lots := lots || lot.id;
            amounts := amounts || taken;
            due := due - taken;
        END IF;
    END LOOP;
    SELECT enabled, trigger_amount INTO terms FROM credits_autorecharge WHERE account_id = the_account;
    IF due > 0 OR (terms.enabled AND free - cost < terms.trigger_amount) THEN
        RETURN NULL;
    END IF;
    INSERT INTO credits_journal (account_id, at, kind, key, movement, why)
    VALUES (the_account, the_instant, 'usage', the_key, -cost, the_why) RETURNING id INTO booked;
    INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
    SELECT the_account, booked, part.lot_id, -part.amount FROM unnest(lots, amounts) AS part(lot_id, amount);
    UPDATE credits_lot SET remaining = remaining - part.amount, open = remaining > part.amount
      FROM unnest(lots, amounts) AS part(lot_id, amount) WHERE credits_lot.id = part.lot_id;
    UPDATE credits_account SET balance = balance - cost WHERE id = the_account;
    RETURN booked;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0004_rows_stay_within_their_account")]
    operations = [
        migrations.RunSQL(
            FORWARDS, "DROP FUNCTION debit_without_consequences(bigint, text, bigint, text, timestamptz)"
        )
    ]
