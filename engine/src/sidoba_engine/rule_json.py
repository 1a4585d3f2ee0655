"""A rule as it is shown: `regle` of the API contract (§4), the same from the API and from `sidoba explain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sidoba_engine.business_model import BusinessModel, Control, entity_of
from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.verdict_json import encode

_KINDS = ("conforme", "fautif")


def rule_object(rule: Rule, catalogue: Catalogue) -> dict[str, Any]:
    """`regle`; absent optional members are left out."""
    examples = examples_of(rule, catalogue)
    return {
        "id": rule.id,
        "version": rule.version,
        "gravite": rule.severity.value,
        **({"gravites": {name: value.value for name, value in rule.severities.items()}} if rule.severities else {}),
        "niveau": rule.stage.value,
        "domaine": rule.domain,
        "message": rule.message,
        "aide": rule.hint,
        "source": source_of(rule, catalogue),
        **({"exemples": examples} if examples else {}),
    }


def examples_of(rule: Rule, catalogue: Catalogue) -> dict[str, str]:
    """A passing and a failing example. Those of a control are the keys that it reads, in its model's own example."""
    owner = owner_of(rule, catalogue)
    held = rule.examples if owner is None else _control_examples(*owner)
    return {
        kind: example if isinstance(example, str) else encode(example).decode()
        for kind in _KINDS
        if (example := held.get(kind)) is not None
    }


def source_of(rule: Rule, catalogue: Catalogue) -> str:
    """Where the rule comes from; a control may name a source of its model, which is given in full."""
    owner = owner_of(rule, catalogue)
    named = owner[0].data.get("sources", {}).get(rule.source) if owner else None
    return rule.source if named is None else f"{rule.source} : {' '.join(named.split())}"


def owner_of(rule: Rule, catalogue: Catalogue) -> tuple[BusinessModel, Control] | None:
    """The control that this rule is, with its model, at the version the rule was taken from; None for the others."""
    owners = [
        (model, control)
        for model in catalogue.models.values()
        if model.code == rule.domain
        for control in model.controls
        if control.id == rule.id
    ]
    return owners[-1] if owners else None


def _control_examples(model: BusinessModel, control: Control) -> Mapping[str, object]:
    change = control.data.get("exemples", {}).get("fautif")
    if not isinstance(change, Mapping):
        return {}
    instance, changed = change.get("instance"), change.get("valeurs", change)
    right = {
        key: value
        for key in dict.fromkeys((*control.keys, *changed))
        if (value := _value(model.example, key, instance)) is not None
    }
    return {"conforme": right, "fautif": {key: value for key, value in (right | changed).items() if value is not None}}


def _value(example: Mapping[str, Any], key: str, instance: int | None) -> Any:
    """The value of a key in the example: at the root, or in one element of its entity."""
    entity, name = entity_of(key), key.rpartition(".")[2]
    if entity == "structure":
        return example.get(name)
    elements = example.get(entity) or []
    return elements[instance or 0].get(name) if len(elements) > (instance or 0) else None
