"""Entries of a lot are found in their order: a page of them is read from the index, wherever it begins."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credits", "0013_sums_and_refund_requests")]
    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("lot__isnull", False)), fields=["lot", "id"], name="entry_by_lot"
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="lot",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="credits.lot",
            ),
        ),
    ]
