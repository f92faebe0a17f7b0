"""A file that is too large for one transaction is first accepted, then finished."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rating", "0002_published_decks_stand")]
    operations = [
        migrations.AddField(
            model_name="usagefile",
            name="accepted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="accepted at"),
        ),
        migrations.AddField(
            model_name="usagefile",
            name="finished_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
        ),
        migrations.RunSQL("UPDATE rating_usagefile SET accepted_at = imported_at, finished_at = imported_at", ""),
        migrations.AddConstraint(
            model_name="usagefile",
            constraint=models.CheckConstraint(
                condition=models.Q(("finished_at", None), ("accepted_at__isnull", False), _connector="OR"),
                name="a_finished_file_was_accepted",
            ),
        ),
    ]
