"""What every charge pays for, made less: indexes that repeat others or hold nothing but nulls, checks put off to commit.

Accounts and lots are updated by every charge: with half of each page left free the new version stays beside the old
one, and no index has to hear of it. Pages that are there already fill up as before, until they are rewritten.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A deferred check is queued a row and run at commit; at once it costs a tenth less.
AT_ONCE = """
DO $$
DECLARE
    the_table regclass;
    name text;
BEGIN
    FOR the_table, name IN
        SELECT conrelid::regclass, conname FROM pg_constraint
         WHERE contype = 'f' AND condeferrable AND conrelid IN ('credits_journal'::regclass, 'credits_lot'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I {}', the_table, name);
    END LOOP;
END $$;
"""
ROOM = """
ALTER TABLE credits_account SET (fillfactor = 50);
ALTER TABLE credits_lot SET (fillfactor = 50);
"""
NO_ROOM = """
ALTER TABLE credits_account RESET (fillfactor);
ALTER TABLE credits_lot RESET (fillfactor);
"""
# A plan made while the tables were small reads them whole, and a session keeps it until they are analyzed again: an
# import into a young database would slow down with every row.
BY_INDEX = """
ALTER FUNCTION entries_sum_to_the_movement() SET enable_seqscan = off;
"""
ANY_WAY = """
ALTER FUNCTION entries_sum_to_the_movement() RESET enable_seqscan;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0005_debit_in_one_trip'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='debt',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='debts', to='credits.account'),
        ),
        migrations.AlterField(
            model_name='journal',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='journals', to='credits.account'),
        ),
        migrations.AlterField(
            model_name='journal',
            name='actor',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='journal',
            name='origin',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The charge that this settles or corrects.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followers', to='credits.journal'),
        ),
        migrations.AlterField(
            model_name='journal',
            name='payment',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='journals', to='credits.payment'),
        ),
        migrations.AlterField(
            model_name='lot',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='credits.account'),
        ),
        migrations.AddIndex(
            model_name='journal',
            index=models.Index(condition=models.Q(('origin__isnull', False)), fields=['origin'], name='journal_by_origin'),
        ),
        migrations.AddIndex(
            model_name='journal',
            index=models.Index(condition=models.Q(('payment__isnull', False)), fields=['payment'], name='journal_by_payment'),
        ),
        migrations.AddIndex(
            model_name='journal',
            index=models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor'], name='journal_by_actor'),
        ),
        # Backwards Django makes the keys anew, deferred, when it gives them their indexes back.
        migrations.RunSQL(AT_ONCE.replace("{}", "NOT DEFERRABLE"), migrations.RunSQL.noop),
        migrations.RunSQL(ROOM, NO_ROOM),
        migrations.RunSQL(BY_INDEX, ANY_WAY),
    ]
