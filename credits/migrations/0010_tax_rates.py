"""The rates of the countries whose tax is added to the price, each with its day."""

from django.db import migrations

from credits import tax


def seed(apps, schema_editor):
    tax.seed(apps)


class Migration(migrations.Migration):
    dependencies = [("credits", "0009_guard_money_in")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop, elidable=False)]
