"""Tables of publishing: which model version is open in which environment, frozen as published."""

from __future__ import annotations

from django.db import models

from sidoba_server.core.ids import new_id
from sidoba_server.core.models import environment_check, environment_field


class PublishedModel(models.Model):
    """One model version, as it was published: `content` is what WS02 serves, `digest` freezes it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    environment = environment_field()
    code = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    digest = models.CharField(max_length=71)
    content = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "code", "version"], name="model_published_once"),
            environment_check("published_model"),
        ]
