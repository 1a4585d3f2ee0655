"""Runs of user data in FHIR (WS09)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("processing", "0003_anomaly_trail")]
    operations = [
        migrations.RemoveConstraint("processingrun", "run_kind_known"),
        migrations.AddConstraint(
            "processingrun",
            models.CheckConstraint(
                condition=models.Q(("kind__in", ["structure", "cda", "fhir"])), name="run_kind_known"
            ),
        ),
    ]
