"""Value sets of FHIR: in, out, or unknown here; a list that CDA has too is the same list."""

from __future__ import annotations

from typing import Any

import pytest
from sidoba_engine.catalogue import Catalogue, CatalogueError
from sidoba_engine.formats.fhir.definitions import Definitions, Membership, fhir_definitions
from sidoba_engine.formats.fhir.terminology import Terminology

IN, OUT, UNKNOWN = Membership.IN, Membership.OUT, Membership.UNKNOWN

CISIS = "https://smt.esante.gouv.fr/fhir/CodeSystem/terminologie-cisis"
SMT = "https://smt.esante.gouv.fr/fhir/ValueSet/"
GUIDE = "https://interop.esante.gouv.fr/ig/fhir/tddui/ValueSet/"
SERAFIN = "https://smt.esante.gouv.fr/terminologie-SERAFINPH"


@pytest.fixture(scope="module")
def definitions(catalogue: Catalogue) -> Definitions:
    return fhir_definitions(catalogue)


def made(catalogue: Catalogue, value_sets: dict[str, Any], **others: Any) -> Terminology:
    """Terminology made of these value sets, whose `url` is their key."""
    entries = {url: {"url": url, **entry} for url, entry in value_sets.items()}
    return Terminology({"jeux_de_valeurs": entries, "systemes_de_codes": {}, **others}, catalogue)


def test_the_lists_of_ssiad_are_those_of_cda(definitions: Definitions, catalogue: Catalogue) -> None:
    shared = {
        "jdv-type-evenement-ssiad-cisis": "type-evenement-ssiad",
        "jdv-mode-de-transport-cisis": "mode-de-transport",
        "jdv-type-motorisation-cisis": "type-motorisation",
        "jdv-motif-non-realisation-evenement-cisis": "motif-non-realisation",
        "jdv-ressource-utilisee-cisis": "ressource-utilisee",
        "jdv-detail-materiel-specialise-cisis": "detail-materiel-specialise",
        "jdv-detail-ressource-immobiliere-utilisee-cisis": "detail-ressource-immobiliere",
    }
    for fhir_name, name in shared.items():
        value_set, listed = definitions.value_sets[SMT + fhir_name], catalogue.value_sets[name]
        assert value_set.version == listed.version
        assert all(value_set.holds(None, code) is IN for code in listed.labels), fhir_name
        assert dict(value_set.sample(100)) == listed.labels
    events = definitions.value_sets[SMT + "jdv-type-evenement-ssiad-cisis"]
    assert len(events.sample(100)) == 8
    assert events.holds(CISIS, "MED-1296") is IN
    assert events.holds(CISIS, "MED-1") is OUT
    assert events.holds("http://snomed.info/sct", "MED-1296") is OUT, "the same code of another system"


def test_a_code_is_told_out_only_when_everything_is_known(definitions: Definitions) -> None:
    events = definitions.value_sets[GUIDE + "tddui-encounter-type"]
    assert events.unheld == (
        "https://hl7.fr/ig/fhir/core/ValueSet/fr-core-vs-encounter-type",
        "http://terminology.hl7.org/CodeSystem/data-absent-reason",
    )
    assert events.holds(CISIS, "MED-1296") is IN
    assert events.holds("urn:other", "X") is UNKNOWN and not events.is_open


def test_the_intersection_of_the_guide_is_read_as_the_union_it_means(definitions: Definitions) -> None:
    serafin = definitions.value_sets[GUIDE + "tddui-serafin"]
    assert serafin.holds(SERAFIN, "3.2.4") is IN, "an indirect service"
    assert serafin.holds(SERAFIN, "2.1.1.1") is IN, "a direct one"
    assert serafin.holds(SERAFIN, "1.1.1") is OUT, "a need"


def test_systems_that_nobody_lists_are_open(definitions: Definitions) -> None:
    types = definitions.value_sets["http://hl7.org/fhir/ValueSet/mimetypes"]
    assert types.is_open and types.holds(None, "application/pdf") is IN and types.holds(None, "a/b") is UNKNOWN
    gender = definitions.value_sets["http://hl7.org/fhir/ValueSet/administrative-gender"]
    assert not gender.is_open and gender.holds(None, "female") is IN and gender.holds(None, "F") is OUT


def test_excluded_codes_are_out(definitions: Definitions) -> None:
    relation = definitions.value_sets[GUIDE + "tddui-contact-relation"]
    protection = "https://mos.esante.gouv.fr/NOS/TRE_R217-ProtectionJuridique/FHIR/TRE-R217-ProtectionJuridique"
    assert relation.holds(protection, "TUTEUR") is OUT
    assert relation.holds(protection, "OTHER") is UNKNOWN, "the second list that it includes is not held"


def test_parts_of_a_value_set_combine(catalogue: Catalogue) -> None:
    listed = {"include": [{"system": "s", "concepts": {"a": "A", "b": "B"}}]}
    narrowed = {"include": [{"system": "s", "concepts": {"b": "B", "c": "C"}, "valueSet": ["listed"]}]}
    value_sets = made(
        catalogue,
        {
            "listed": listed,
            "narrowed": narrowed,
            "less": {**listed, "exclude": [{"valueSet": ["narrowed"]}]},
            "filtered": {"include": [{"system": "s", "filter": [["parent", "=", "a"]]}]},
            "missing": {"include": [{"valueSet": ["nowhere"]}, {"system": "s", "concepts": {"a": "A"}}]},
            "empty": {},
        },
    ).value_sets()
    expected = {
        "narrowed": (OUT, IN, OUT),
        "less": (IN, OUT, OUT),
        "filtered": (UNKNOWN, UNKNOWN, UNKNOWN),
        "missing": (IN, UNKNOWN, UNKNOWN),
        "empty": (UNKNOWN, UNKNOWN, UNKNOWN),
    }
    for name, answers in expected.items():
        assert tuple(value_sets[name].holds("s", code) for code in "abc") == answers, name
    assert value_sets["filtered"].holds("t", "a") is OUT
    assert value_sets["missing"].unheld == ("nowhere",)


def test_value_sets_that_refer_to_each_other_end(catalogue: Catalogue) -> None:
    value_sets = made(
        catalogue,
        {"one": {"include": [{"valueSet": ["two"]}]}, "two": {"include": [{"valueSet": ["one"]}]}},
    ).value_sets()
    assert value_sets["one"].holds("s", "a") is UNKNOWN


def test_a_list_that_the_catalogue_has_not_is_a_fault_of_the_data(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="the catalogue has not the list"):
        made(catalogue, {"u": {"nomenclature": "1.2.3"}}).value_sets()
