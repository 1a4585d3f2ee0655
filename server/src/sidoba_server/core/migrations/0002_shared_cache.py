"""The cache all processes share: guards against a code used twice, counts of failed logins."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE TABLE core_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL,"
            " expires timestamptz NOT NULL); CREATE INDEX core_cache_expires ON core_cache (expires);",
            "DROP TABLE core_cache",
        )
    ]
