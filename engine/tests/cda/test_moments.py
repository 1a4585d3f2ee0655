"""HL7 timestamps: what is one, and which comes first."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sidoba_engine.formats.cda.moments import is_moment, moment_key

RIGHT = """
2024 202402 20240229 2024022923 202402292359 20240229235959 20240229235959.123456789 202402292359+0200
20240229235959.1-0330 0001 9999 20240229+0100 2024+0100 202402292359+1400 202402292359-1400 20000229
"""
WRONG = """
0000 202 20240 2024022 20230229 19000229 20240431 202413 202400 20240100 2024010124 202401012360 20240101235960
20240101+1401 20240101+0260 20240101+02 20240101+2 20240101Z 2024-01-01 20240101T10 20240101.5 202401011010.5 +0100
"""


@pytest.mark.parametrize("text", RIGHT.split())
def test_timestamps(text: str) -> None:
    assert is_moment(text)


@pytest.mark.parametrize("text", [*WRONG.split(), "", " 2024", "2024 ", "2024\n", "２０２４", "20240101٠٠"])
def test_no_timestamps(text: str) -> None:
    assert not is_moment(text)


def test_earlier_first() -> None:
    moments = [
        "0001+1400",
        "0001",
        "2023",
        "20231231235959",
        "20231231235959.5",
        "20231231235959.51",
        "20240101010000+0030",
        "202401010100",
        "202401010030-0100",
        "9999",
        "99991231235959-1400",
    ]
    keys = [moment_key(moment) for moment in moments]
    assert all(earlier < later for earlier, later in pairwise(keys) if earlier is not None and later is not None)
    assert None not in keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024", "20240101000000"),
        ("20240101100000+0200", "20240101080000"),
        ("20231231233000-0130", "202401010100+0000"),
        ("20240101000000.50", "20240101000000.5"),
        ("20240101000000.0", "20240101"),
    ],
)
def test_the_same_instant(one: str, other: str) -> None:
    assert moment_key(one) == moment_key(other) is not None
