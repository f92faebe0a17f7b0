from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_notices_can_be_withdrawn"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("recharge_paid", "Recharge succeeded"),
                    ("recharge_failed", "Recharge failed"),
                    ("below_zero", "Balance below zero"),
                    ("minutes_low", "Minutes nearly used up"),
                    ("minutes_used", "Minutes used up"),
                ],
                max_length=40,
                verbose_name="kind",
            ),
        ),
    ]
