from django.db import migrations, models


class Migration(migrations.Migration):
    """Which version of a user document was accepted: an older one, sent later, must not replace it."""

    dependencies = [("filings", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="userdocument",
            name="set_pseudonym",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="userdocument",
            name="version",
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="userdocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("set_pseudonym", "", ),
                    ("version__isnull", True),
                )
                | (~models.Q(("set_pseudonym", "")) & models.Q(("version__isnull", False))),
                name="user_document_version_whole",
            ),
        ),
    ]
