"""Tables of the directory: legal entities and establishments (ESMS), one set per environment."""

from __future__ import annotations

from django.db import models

from sidoba_server.core.ids import new_id
from sidoba_server.core.models import environment_check, environment_field


class LegalEntity(models.Model):
    """The managing body (*entité juridique*), known by its own FINESS number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    environment = environment_field()
    finess = models.CharField(max_length=9)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "finess"], name="legal_entity_once"),
            environment_check("legal_entity"),
        ]


class Establishment(models.Model):
    """One establishment or service, known by its geographic FINESS number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    environment = environment_field()
    finess = models.CharField(max_length=9)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=4)
    department = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=40, default="Europe/Paris")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="establishments")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "finess"], name="establishment_once"),
            environment_check("establishment"),
        ]
