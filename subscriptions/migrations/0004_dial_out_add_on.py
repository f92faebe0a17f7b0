"""The catalogue once more: it has a dial-out add-on now, which databases made before lack."""

from django.db import migrations

from subscriptions import catalogue


def seed(apps, schema_editor):
    catalogue.seed(apps)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0003_keys_departments_and_mobiles")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop, elidable=False)]
