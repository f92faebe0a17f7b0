"""The sample catalogue. Its table is living code, but plain data: this writes it into the models of this migration."""

from django.db import migrations

from subscriptions import catalogue


def seed(apps, schema_editor):
    catalogue.seed(apps)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]

    # Taking it back leaves the rows: licences may hold them by now.
    operations = [migrations.RunPython(seed, migrations.RunPython.noop, elidable=False)]
