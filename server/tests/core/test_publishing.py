"""A published model version is frozen; a draft may be replaced by a newer draft."""

from __future__ import annotations

from dataclasses import replace

import pytest
import situations
from sidoba_server.core.models import AuditEvent
from sidoba_server.publishing.actions import AlreadyPublishedOtherwise, publish_model
from sidoba_server.publishing.models import PublishedModel

pytestmark = pytest.mark.django_db


def version(status: str, *, content: str = "1") -> situations.BusinessModel:
    """The model under that status; `content` tells one content of the version from another."""
    model = situations.the_model()
    return replace(model, data={**model.data, "statut": status, "empreinte": "sha256:" + content * 64})


def test_published_twice_changes_nothing() -> None:
    first = publish_model(situations.PLATFORM, model=situations.the_model())
    again = publish_model(situations.PLATFORM, model=situations.the_model())
    assert (again.pk, again.published_at) == (first.pk, first.published_at)
    assert AuditEvent.objects.filter(tag="modele.publie").count() == 1


def test_a_newer_draft_replaces_a_draft() -> None:
    first = publish_model(situations.PLATFORM, model=version("brouillon"))
    again = publish_model(situations.PLATFORM, model=version("brouillon", content="2"))
    assert again.pk == first.pk and PublishedModel.objects.get().digest.endswith("2")


def test_anything_else_is_frozen() -> None:
    publish_model(situations.PLATFORM, model=version("publie"))
    with pytest.raises(AlreadyPublishedOtherwise):
        publish_model(situations.PLATFORM, model=version("publie", content="2"))
    assert PublishedModel.objects.get().digest.endswith("1")


def test_a_published_version_does_not_become_a_draft_again() -> None:
    """Frozen by what was published, whatever the newcomer calls itself."""
    publish_model(situations.PLATFORM, model=version("publie"))
    with pytest.raises(AlreadyPublishedOtherwise):
        publish_model(situations.PLATFORM, model=version("brouillon", content="2"))
