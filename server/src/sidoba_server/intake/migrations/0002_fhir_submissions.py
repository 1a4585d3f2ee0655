"""Submissions of user data in FHIR (WS09)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("submission", "submission_kind_known"),
        migrations.AddConstraint(
            "submission",
            models.CheckConstraint(
                condition=models.Q(("kind__in", ["structure", "cda", "fhir"])), name="submission_kind_known"
            ),
        ),
    ]
