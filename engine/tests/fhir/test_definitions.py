"""The definitions of FHIR as the engine loads them: complete, merged as their publishers say, under a digest."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sidoba_catalogue
from sidoba_engine.catalogue import Catalogue, CatalogueError, load_catalogue
from sidoba_engine.formats.fhir.definitions import (
    UNBOUNDED,
    Definitions,
    Element,
    Membership,
    Profile,
    ProfileElement,
    fhir_definitions,
    load_definitions,
)
from sidoba_engine.formats.fhir.structure_reading import read_profile

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "fhir"
with_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the FHIR corpus is not at {CORPUS}")

GUIDE = "https://interop.esante.gouv.fr/ig/fhir/tddui/StructureDefinition/"


@pytest.fixture(scope="module")
def definitions(catalogue: Catalogue) -> Definitions:
    return fhir_definitions(catalogue)


def guide(definitions: Definitions) -> list[Profile]:
    return [profile for url, profile in definitions.profiles.items() if url.startswith(GUIDE)]


def test_everything_the_guide_publishes_is_held(definitions: Definitions) -> None:
    kinds = Counter(profile.type == "Extension" for profile in guide(definitions))
    assert kinds == {False: 33, True: 31}
    assert len(definitions.questionnaires) == 4
    assert len(definitions.types) == 89
    assert sum(definition.kind == "resource" for definition in definitions.types.values()) == 34
    assert len(definitions.resource_types) == 146
    assert {package.name for package in definitions.packages} >= {"hl7.fhir.r4.core", "ans.fhir.fr.tddui"}


def test_the_digest_of_the_catalogue_speaks_of_the_definitions(catalogue: Catalogue) -> None:
    other = sidoba_catalogue.read_fhir().replace(b'"min":1', b'"min":0', 1)
    assert other != sidoba_catalogue.read_fhir()
    with pytest.raises(CatalogueError, match="compiled with others"):
        load_definitions(other, catalogue)
    data = json.loads(sidoba_catalogue.read())
    data["fhir"] = "sha256:0"
    assert load_catalogue(json.dumps(data).encode()).digest != catalogue.digest


def test_definitions_cannot_be_changed(definitions: Definitions) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        definitions.types["Patient"].name = "Other"  # type: ignore[misc]


def test_a_profile_is_merged_with_what_it_derives_from(definitions: Definitions) -> None:
    patient = definitions.profiles[GUIDE + "tddui-patient-ins"]
    identifier = patient.root.children["identifier"]
    slices = {part.slice_name: part for part in identifier.slices}
    assert {"INS-NIR", "INS-NIA", "PI", "NSS"} <= slices.keys(), "FR Core's slices and the guide's"
    assert slices["INS-NIR"].children["system"].exact is not None
    assert slices["INS-NIR"].children["system"].exact.value == "urn:oid:1.2.250.1.213.1.4.8"
    assert patient.root.children["birthDate"].min == 1
    assert patient.elements["Patient.identifier:PI"] is slices["PI"]


def test_slices_of_the_bundle_lead_to_profiles_that_are_held(definitions: Definitions) -> None:
    entry = definitions.profiles[GUIDE + "tddui-bundle"].root.children["entry"]
    assert entry.slicing is not None
    assert [(each.kind, each.path) for each in entry.slicing.discriminators] == [("profile", "resource")]
    assert len(entry.slices) == 30
    for part in entry.slices:
        (allowed,) = part.children["resource"].types
        assert all(definitions.profiles[url].type == allowed.code for url in allowed.profiles), part.id
        assert part.children["request"].children["method"].exact is not None


def test_an_element_that_leads_to_others_says_nothing(definitions: Definitions) -> None:
    line = definitions.profiles[GUIDE + "tddui-patient"].elements["Patient.address.line"]
    assert (line.min, line.max, line.types, line.exact) == (0, UNBOUNDED, (), None)
    houses = {part.slice_name: part for part in line.children["extension"].slices}
    assert houses["houseNumber"].types[0].profiles == (
        "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-houseNumber",
    )


def test_what_leads_to_a_listed_element_is_added() -> None:
    said = {"Slot.identifier:local.system": {"min": 1, "max": "1", "types": ["uri"]}}
    entry = {"url": "urn:p", "id": "p", "type": "Slot", "kind": "resource", "base": "urn:b", "paquet": "x"}
    profile = read_profile({**entry, "elements": said})
    assert list(profile.elements) == [
        "Slot",
        "Slot.identifier",
        "Slot.identifier:local",
        "Slot.identifier:local.system",
    ]
    (part,) = profile.root.children["identifier"].slices
    assert part.slice_name == "local" and part.children["system"].min == 1 and part.min == 0


def test_every_slice_can_be_told_from_the_others(definitions: Definitions) -> None:
    unsliced = [
        element.id
        for profile in definitions.profiles.values()
        for element in profile.elements.values()
        if element.slices and not (element.slicing and element.slicing.discriminators)
    ]
    assert unsliced == []


def test_profiles_named_by_types_are_held(definitions: Definitions) -> None:
    missing = {
        url
        for profile in definitions.profiles.values()
        for element in profile.elements.values()
        for allowed in element.types
        for url in allowed.profiles
        if url not in definitions.profiles
    }
    assert missing == set()


def test_elements_repeat_where_a_content_reference_says(definitions: Definitions) -> None:
    item = definitions.element_at("Questionnaire.item")
    inner = definitions.element_at("Questionnaire.item.item")
    assert inner.content_reference == item.path
    assert definitions.model.child("Questionnaire.item", "item") == "Questionnaire.item"
    with pytest.raises(KeyError):
        definitions.element_at("Questionnaire.nothing")


def test_constraints_of_a_type_come_with_those_it_derives_from(definitions: Definitions) -> None:
    keys = {constraint.key for constraint in definitions.types["Patient"].constraints}
    assert {"dom-2", "dom-3", "dom-6"} <= keys
    assert {constraint.key for constraint in definitions.types["Duration"].constraints} >= {"drt-1", "qty-3"}


def test_primitives_have_their_form_and_limits(definitions: Definitions) -> None:
    integer = definitions.types["integer"]
    assert (integer.min_value, integer.max_value) == (-(2**31), 2**31 - 1)
    assert definitions.types["string"].max_length == 1_048_576
    without = [name for name, found in definitions.types.items() if found.kind == "primitive-type" and not found.regex]
    assert without == ["xhtml"], "the regular expression of every primitive"


def test_types_answer_what_fhirpath_asks(definitions: Definitions) -> None:
    model = definitions.model
    assert model.child("Encounter", "statusHistory") == "Encounter.statusHistory"
    assert model.child("Encounter.statusHistory", "period") == "Period"
    assert model.child("Observation", "valueString") == "string"
    assert model.child("Observation", "value") is None, "the name of a choice is not a member"
    assert model.child("Nothing", "id") is None
    assert ("valueQuantity", "Quantity") in model.choice("Observation", "value")
    assert model.choice("Patient", "name") == ()
    assert model.base_of("Encounter.statusHistory") == "BackboneElement"
    assert model.is_subtype("Patient", "Resource") and model.is_subtype("code", "string")
    assert model.is_subtype("Encounter.statusHistory", "Element") and not model.is_subtype("Patient", "Element")
    assert model.is_primitive("date") and not model.is_primitive("Period")


def test_older_hosts_lead_to_the_systems_that_replaced_them(definitions: Definitions) -> None:
    former = "https://identifiant-medicosocial-sejour.cnsa.fr"
    current = definitions.former_systems[former]
    assert current == "https://identifiant-medicosocial-sejour.esante.gouv.fr"
    assert definitions.identifier_systems[current].code == "SEJOUR"
    assert former not in definitions.identifier_systems
    assert definitions.identifier_systems["urn:oid:1.2.250.1.213.1.4.10"].usage == "test"


def test_identifier_systems_that_profiles_fix_are_described(definitions: Definitions) -> None:
    fixed = {
        element.exact.value
        for profile in guide(definitions)
        for element in profile.elements.values()
        if element.exact and element.path.endswith("dentifier.system")
    }
    described = definitions.identifier_systems.keys()
    assert fixed - described == {"urn:oid:1.2.250.1.176.1.2", "1.2.250.1.71.4.2.2+.n°FINESS"}, (
        "only the hospital's patient number, which has no form, and the guide's literal instruction"
    )


def test_what_the_guide_contradicts_is_tolerated_by_name(definitions: Definitions) -> None:
    found = definitions.tolerated("invariant", "FormationCardinality")
    assert found is not None and found.code == "formation-introuvable"
    assert definitions.tolerated("invariant", "constr-bind-4") is not None
    assert definitions.tolerated("invariant", "ele-1") is None
    assert definitions.tolerated("binding", "FormationCardinality") is None
    for each in definitions.contradictions:
        assert each.reason and each.source and each.example and each.targets, each.code


def test_contradictions_aim_at_what_exists(definitions: Definitions) -> None:
    profiles = guide(definitions)
    keys = {each.key for profile in profiles for element in profile.elements.values() for each in element.constraints}
    paths = {element.path for profile in profiles for element in profile.elements.values()}
    ids = {element.id for profile in profiles for element in profile.elements.values()}
    known = {
        "invariant": keys,
        "context": definitions.extensions.keys(),
        "value_set": definitions.value_sets.keys(),
        "fixed": paths,
        "cardinality": ids,
        "slice_by_resolution": ids,
        "flat_answers": definitions.questionnaires.keys(),
        "integer_answer": definitions.questionnaires.keys(),
    }
    for each in definitions.contradictions:
        for target in each.targets:
            if each.kind in known:
                family = target.removesuffix("*")
                assert any(name.startswith(family) for name in known[each.kind]), f"{each.code}: {target}"


@with_corpus
def test_profiles_are_those_of_the_corpus(definitions: Definitions) -> None:
    """The corpus gives each structure after its snapshot, made by other tools than ours."""
    structures = json.loads((CORPUS / "definitions" / "elements.json").read_text(encoding="utf-8"))["structures"]
    assert len(structures) == 90
    faults = [
        f"{url.rpartition('/')[2]} {expected['id']} {fault}"
        for url, structure in structures.items()
        for expected in structure["elements"]
        for fault in disagreements(definitions, definitions.profiles[url], expected)
    ]
    assert faults == []


def disagreements(definitions: Definitions, profile: Profile, expected: dict[str, Any]) -> Iterator[str]:
    """What the corpus says of an element and our definitions, all of them together, do not."""
    found = profile.elements.get(expected["id"])
    said = list(sayings(definitions, profile, expected["id"]))
    if max((each.min for each in said), default=0) < expected["min"]:
        yield f"min {expected['min']}"
    if expected["max"] != "*" and min(each.max for each in said) > int(expected["max"]):
        yield f"max {expected['max']}"
    if "sliceName" in expected and found is None and not in_a_profiled_type(profile, expected["id"]):
        yield "slice"
    if exact := expected.get("fixed") or expected.get("pattern"):
        values = [each.exact.value for each in said if isinstance(each, ProfileElement) and each.exact]
        if exact["value"] not in values:
            yield f"exact {exact['value']}"
    bindings = {each.binding.value_set for each in said if each.binding}
    if (bound := expected.get("binding")) and bound["strength"] == "required" and bound["valueSet"] not in bindings:
        yield f"binding {bound['valueSet']}"
    keys = {each.key for element in said for each in element.constraints}
    yield from (f"constraint {each['key']}" for each in expected.get("constraints", ()) if each["key"] not in keys)
    if found is not None and expected.get("types"):
        wanted = {(each["code"], *each.get("profile", ())) for each in expected["types"]}
        if found.types and {(each.code, *each.profiles) for each in found.types} != wanted:
            yield f"types {sorted(wanted)}"


def sayings(definitions: Definitions, profile: Profile, place: str) -> Iterator[Element | ProfileElement]:
    """All that is said of an element: by the profile, where it is not sliced, by profiles of types, by base R4."""
    plain = ".".join(step.partition(":")[0] for step in place.split("."))
    yield from (profile.elements[one] for one in {place, plain} if one in profile.elements)
    steps = place.split(".")
    for depth in range(len(steps) - 1, 0, -1):
        owner = profile.elements.get(".".join(steps[:depth]))
        for allowed in owner.types if owner else ():
            for url in allowed.profiles:
                inner = ".".join([definitions.profiles[url].type, *steps[depth:]])
                yield from sayings(definitions, definitions.profiles[url], inner)
    if found := in_base(definitions, profile, place):
        yield found


def in_base(definitions: Definitions, profile: Profile, place: str) -> Element | None:
    """The element of base R4, through the types that the profile leaves to what leads to it."""
    name, *steps = place.split(".")
    owner, element, upper = definitions.types[name].elements, None, name
    for step in steps:
        if (element := owner.get(step.partition(":")[0].removesuffix("[x]"))) is None:
            return None
        upper = f"{upper}.{step}"
        said = profile.elements.get(upper)
        types = said.types if said and said.types else element.types
        owner = element.children or (definitions.types[types[0].code].elements if types else {})
        if element.content_reference:
            owner = definitions.element_at(element.content_reference).children
    return element


def in_a_profiled_type(profile: Profile, place: str) -> bool:
    """Whether the element is inside a value whose type follows a profile of its own, which says it."""
    steps = place.split(".")
    above = (profile.elements.get(".".join(steps[:depth])) for depth in range(1, len(steps)))
    return any(allowed.profiles for owner in above if owner for allowed in owner.types)


@with_corpus
def test_base_types_are_those_of_the_corpus(definitions: Definitions) -> None:
    corpus = json.loads((CORPUS / "definitions" / "r4-elements.json").read_text(encoding="utf-8"))
    assert set(corpus["resourceTypes"]) == definitions.resource_types
    assert corpus["types"].keys() == definitions.types.keys()
    for name, expected in corpus["types"].items():
        for said in expected["elements"][1:]:
            element = definitions.element_at(said["path"])
            maximum = UNBOUNDED if said["max"] == "*" else int(said["max"])
            assert (element.min, element.max) == (said["min"], maximum), said["path"]
            assert [each.code for each in element.types] == [each["code"] for each in said.get("types", ())], name
    for url, systems in corpus["valueSets"].items():
        value_set = definitions.value_sets[url]
        codes = [(system, code) for system, listed in (systems or {}).items() for code in listed]
        assert all(value_set.holds(system, code) is Membership.IN for system, code in codes), url
        assert value_set.is_open == (systems is None), url


@with_corpus
def test_questionnaires_are_those_of_the_corpus(definitions: Definitions) -> None:
    for path in sorted((CORPUS / "questionnaires").glob("*.json")):
        published = json.loads(path.read_text(encoding="utf-8"))
        assert definitions.questionnaires[published["url"]]["item"] == published["item"], path.name
