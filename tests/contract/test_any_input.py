"""Whatever is sent: an answer the OpenAPI document declares, in the form it declares, and never a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from calling import Scene

load_all_checks()

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 10


@pytest.fixture
def api(judged_scene: Scene) -> Iterator[Any]:
    """The API in this process, as its own document describes it; requests leave the test's transaction open."""
    from config.wsgi import application
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@pytest.mark.parametrize("place", ["anywhere", "where something lies"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_any_call(api: Any, judged_scene: Scene, mode: GenerationMode, place: str) -> None:
    """Values of the declared form, then of every other; at addresses of no row, then at those of real ones."""
    called = sum(
        exchange(found.ok(), mode, judged_scene, real_values(judged_scene, found.ok().path) if "some" in place else {})
        for found in api.get_all_operations()
    )
    assert called > 50


def real_values(scene: Scene, path: str) -> dict[str, str]:
    """What stands for the parameters of a path, so that something lies there."""
    import situations
    from sidoba_server.filings.models import UserResource

    run = situations.ProcessingRun.objects.filter(status="termine")[0]
    lies_there = scene.filing if "/collectes/" in path else run
    if "/fhir/" in path:
        lies_there = UserResource.objects.get(type="Patient")
    return {
        "campagne": scene.campaign.code,
        "finess": scene.establishment.finess,
        "code": "ssiad-structure",
        "version": "derniere",
        "type": "Patient",
        "id": str(lies_there.pk),
    }


def exchange(operation: Any, mode: GenerationMode, scene: Scene, real: dict[str, str]) -> int:
    """Call one operation with values of that mode; how many times it was called."""
    headers, called = {"Authorization": f"Bearer {scene.caller.token}"}, 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        nonlocal called
        called += 1
        if real:
            case.path_parameters = {name: real[name] for name in case.path_parameters or {}}
        case.call_and_validate(headers=headers, checks=CHECKS)

    with suppress(Unsatisfiable):  # an operation without parameters has no value of a wrong form
        call()
    return called
