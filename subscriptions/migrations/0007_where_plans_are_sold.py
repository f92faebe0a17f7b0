"""Where the plans of the sample catalogue are not sold; what an operator has written there stays."""

from django.db import migrations, models

from subscriptions import catalogue


def say_where(apps, schema_editor):
    catalogue.say_where(apps)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0006_orders_and_what_is_sold_where")]

    operations = [
        # A plan of one zone is not sold in more than a hundred countries.
        migrations.AlterField(
            model_name="plan",
            name="not_sold_in",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Codes of countries or regions, parted by spaces.",
                max_length=1000,
                verbose_name="not sold in",
            ),
        ),
        migrations.RunPython(say_where, migrations.RunPython.noop, elidable=False),
    ]
