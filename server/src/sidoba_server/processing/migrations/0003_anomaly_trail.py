"""The place of an anomaly in words, beside its object of the contract, which has no member for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("processing", "0002_queue_rank")]
    operations = [migrations.AddField("runanomaly", "trail", models.TextField(blank=True, default=""))]
