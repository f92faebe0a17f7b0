"""The debits in one trip book nothing where an evaluation or a level of the admin's would be news, as they book nothing
where a recharge is due: the same conditions as credits.evaluations.NEWS and credits.levels.PASSED."""

from importlib import import_module

from django.db import migrations

_one = import_module("credits.migrations.0005_debit_in_one_trip")
_many = import_module("credits.migrations.0007_debits_in_one_trip")

FOLLOWS = """
CREATE FUNCTION something_follows(the_account bigint, available numeric) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM credits_autorecharge AS terms WHERE terms.account_id = the_account AND
          CASE WHEN available < terms.trigger_amount THEN terms.enabled OR 'off' IS DISTINCT FROM (
                    SELECT outcome FROM credits_evaluation WHERE account_id = the_account ORDER BY id DESC LIMIT 1)
               ELSE 'above_trigger' <> (
                    SELECT outcome FROM credits_evaluation WHERE account_id = the_account ORDER BY id DESC LIMIT 1) END
    ) OR EXISTS (
        SELECT FROM credits_balancelevel AS level WHERE level.account_id = the_account AND
          CASE level.state WHEN 'quiet' THEN available < level.amount * 1.25
                           WHEN 'approaching' THEN NOT (available >= level.amount AND available < level.amount * 1.25)
                           ELSE available >= level.amount * 1.10 END)
$$;
"""


def _with(forwards: str, before: str, after: str) -> str:
    if before not in forwards:
        raise ValueError("an applied migration does not change")
    return forwards.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(before, after)


def _again(forwards: str) -> str:
    return forwards.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


ONE = _with(
    _one.FORWARDS,
    "(terms.enabled AND free - cost < terms.trigger_amount)",
    "something_follows(the_account, free - cost)",
)
MANY = _with(_many.FORWARDS, "available - total < at_least", "something_follows(the_account, available - total)")


class Migration(migrations.Migration):
    dependencies = [("credits", "0010_tax_rates")]
    operations = [
        migrations.RunSQL(FOLLOWS, "DROP FUNCTION something_follows(bigint, numeric)"),
        migrations.RunSQL(ONE, _again(_one.FORWARDS)),
        migrations.RunSQL(MANY, _again(_many.FORWARDS)),
    ]
