"""Triggers: journals and entries are only added, and a journal's entries sum to its movement."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE ON credits_journal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON credits_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
"""

# Statement-level with a transition table: a COPY of many rows pays once, not once a row. The journals of a statement's
# entries are complete when it ends, because all entries of a journal are written by one statement.
SUMS = """
CREATE FUNCTION entries_sum_to_the_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT journal.id INTO wrong
      FROM (SELECT journal_id, account_id, sum(amount) AS total FROM added GROUP BY journal_id, account_id) AS sums
      JOIN credits_journal AS journal ON journal.id = sums.journal_id
     WHERE journal.movement <> sums.total OR journal.account_id <> sums.account_id
     LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the entries of journal % do not sum to its movement', wrong
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_sum_to_the_movement AFTER INSERT ON credits_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION entries_sum_to_the_movement();
"""

UNDO = """
DROP TRIGGER entries_sum_to_the_movement ON credits_entry;
DROP TRIGGER entry_is_append_only ON credits_entry;
DROP TRIGGER journal_is_append_only ON credits_journal;
DROP FUNCTION entries_sum_to_the_movement();
DROP FUNCTION ledger_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE + SUMS, UNDO)]
