"""The function of 0005 for many charges of one account: those that wait at its till are taken in one round trip.

Which lot pays for which part of which charge falls out of two running sums, of the charges and of what lots have free:
a part is where the two overlap. credits.spending stays its oracle in the tests.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION debits_without_consequences(
    the_account bigint, the_keys text[], the_micros bigint[], the_whys text[], the_instant timestamptz
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    total constant numeric := (SELECT sum(micros) FROM unnest(the_micros) AS micros) * 0.000001;
    account record;
    available numeric;
    at_least numeric;
    booked bigint[];
BEGIN
    -- A statement of its own: one that also read the lots would go on, after waiting, with what they were before.
    SELECT overdraft, below_zero_at INTO STRICT account FROM credits_account WHERE id = the_account FOR UPDATE;
    IF account.overdraft > 0 OR account.below_zero_at IS NOT NULL THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(remaining - held), 0) INTO available FROM credits_lot
     WHERE account_id = the_account AND open AND frozen_at IS NULL
       AND effective_at <= the_instant AND expires_at > the_instant;
    SELECT trigger_amount INTO at_least FROM credits_autorecharge WHERE account_id = the_account AND enabled;
    IF available < total OR available - total < at_least THEN
        RETURN NULL;
    END IF;
    WITH given AS (
        SELECT place, key, micros * 0.000001 AS cost, why, sum(micros) OVER (ORDER BY place) * 0.000001 AS upto
          FROM unnest(the_keys, the_micros, the_whys) WITH ORDINALITY AS given(key, micros, why, place)
    ), lots AS (
        SELECT id, remaining - held AS free,
               sum(remaining - held) OVER (ORDER BY priority, expires_at, rank, id) AS upto
          FROM credits_lot
         WHERE account_id = the_account AND open AND frozen_at IS NULL
           AND effective_at <= the_instant AND expires_at > the_instant
    ), journals AS (
        INSERT INTO credits_journal (account_id, at, kind, key, movement, why)
        SELECT the_account, the_instant, 'usage', key, -cost, why FROM given ORDER BY place RETURNING id, key
    ), placed AS (
        SELECT journals.id, given.place, given.cost, given.upto FROM journals JOIN given USING (key)
    ), parts AS (
        SELECT placed.id AS journal_id, lots.id AS lot_id, lots.upto AS turn,
               least(placed.upto, lots.upto) - greatest(placed.upto - placed.cost, lots.upto - lots.free) AS amount
          FROM placed JOIN lots ON placed.upto - placed.cost < lots.upto AND lots.upto - lots.free < placed.upto
         WHERE lots.free > 0
    ), entries AS (
        INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
        SELECT the_account, journal_id, lot_id, -amount FROM parts ORDER BY journal_id, turn
    ), spent AS (
        UPDATE credits_lot SET remaining = remaining - taken.amount, open = remaining > taken.amount
          FROM (SELECT lot_id, sum(amount) AS amount FROM parts GROUP BY lot_id) AS taken
         WHERE credits_lot.id = taken.lot_id
    )
    SELECT array_agg(id ORDER BY place) INTO booked FROM placed;
    UPDATE credits_account SET balance = balance - total WHERE id = the_account;
    RETURN booked;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0006_fewer_indexes_and_room_to_update")]
    operations = [
        migrations.RunSQL(
            FORWARDS, "DROP FUNCTION debits_without_consequences(bigint, text[], bigint[], text[], timestamptz)"
        )
    ]
