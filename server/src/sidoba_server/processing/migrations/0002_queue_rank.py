"""The queue's rank: a sequence, so that two receipts never share a place."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("processing", "0001_initial")]
    operations = [migrations.RunSQL("CREATE SEQUENCE processing_rank", "DROP SEQUENCE processing_rank")]
