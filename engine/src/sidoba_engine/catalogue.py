"""The catalogue, loaded and type-checked into frozen objects.

The distribution `sidoba-catalogue` carries the data (French, versioned, sourced); this module is the seam where French
attribute names become English ones. Loading fails on anything unknown or missing: a rule without message, help or
source does not load.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

import msgspec
import sidoba_catalogue

from sidoba_engine.anomaly import Anomaly, Fix, Location, Severity, Stage
from sidoba_engine.business_model import BusinessModel, model_from_data, version_rank
from sidoba_engine.facts import Environment
from sidoba_engine.value_set import ValueSet, official_labels, value_set_from_data


class CatalogueError(ValueError):
    """The catalogue's data are not what the engine needs: names the rule or model, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A published statement about data: `regle` of the contract.

    `severities` holds the environments where the severity differs. `fatal` ends the judgement of the document.
    `check` and `parameters` are the declarative form, read by the checks of the rule's `domain`.
    `labels` gives, for a placeholder taken from a closed list, the French text of each code (`autre`: of any other).
    `area` is the part of the document it is about, for those who read many rules.
    """

    id: str
    version: str
    severity: Severity
    stage: Stage
    domain: str
    message: str
    hint: str
    source: str
    documentation: str
    severities: Mapping[str, Severity]
    examples: Mapping[str, object]
    fatal: bool
    check: str | None
    parameters: Mapping[str, Any]
    labels: Mapping[str, Mapping[str, str]]
    area: str = ""

    def severity_in(self, environment: Environment) -> Severity:
        """The severity that holds in that environment."""
        return self.severities.get(environment, self.severity) if self.severities else self.severity

    def anomaly(
        self,
        location: Location,
        environment: Environment,
        *,
        value: str | None = None,
        expected: Iterable[str] = (),
        fix: Fix | None = None,
        **facts: object,
    ) -> Anomaly:
        """Build the anomaly: message and hint filled with `facts` (codes of `labels`, or texts already masked)."""
        for name, labels in self.labels.items():
            if name in facts:
                facts[name] = _labelled(facts[name], labels)
        return Anomaly(
            rule=self.id,
            rule_version=self.version,
            severity=self.severity_in(environment),
            stage=self.stage,
            location=location,
            message=_filled(self.message, facts),
            hint=_filled(self.hint, facts),
            documentation=self.documentation,
            value=value,
            expected=tuple(expected),
            fix=fix,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A public refusal code: HTTP status, title, and the sentence that explains it (a template)."""

    code: str
    status: int
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template of the CDA guide: its name there, how people call it, and the paths where it applies."""

    name: str
    label: str
    contexts: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All rules, models, value sets, tables and refusals of one catalogue version.

    `value_sets` holds each set at its latest version, which knows the states it replaced (`ValueSet.former`).
    `fhir_digest` is that of the definitions of FHIR, which are loaded apart; empty when there are none.
    """

    version: str
    digest: str
    documentation: str
    rules: Mapping[str, Rule]
    models: Mapping[tuple[str, str], BusinessModel]
    value_sets: Mapping[str, ValueSet]
    refusals: Mapping[str, Refusal]
    roles: tuple[Mapping[str, Any], ...]
    tables: Mapping[str, Any] = field(default_factory=dict)
    structures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    fhir_digest: str = ""

    def model(self, code: str, version: str | None = None) -> BusinessModel | None:
        """The model of that code and version; without version (or `derniere`), the latest one."""
        if version and version != "derniere":
            return self.models.get((code, version))
        versions = [model for model in self.models.values() if model.code == code]
        return max(versions, key=lambda model: version_rank(model.version), default=None)

    def value_set_by_oid(self, oid: str) -> ValueSet | None:
        """The published value set of that OID, at its latest version."""
        return self._value_sets_by_oid.get(oid)

    @cached_property
    def official_labels(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The labels of each (code, code system) of the published value sets; see `value_set.official_labels`."""
        return official_labels(self.value_sets.values())

    @cached_property
    def _value_sets_by_oid(self) -> Mapping[str, ValueSet]:
        return {value_set.oid: value_set for value_set in self.value_sets.values() if value_set.oid}

    def control_rule(self, model: BusinessModel, control_id: str) -> Rule:
        """A control as this version of its model states it; `rules` holds what the latest version states."""
        data = next(control.data for control in model.controls if control.id == control_id)
        return _control_rule(data, model, self.version, self.documentation)

    def rules_of(self, domain: str) -> tuple[Rule, ...]:
        """The format rules of one domain (`cda`, `cle-valeur`, `enveloppe` …), in the catalogue's order."""
        return tuple(rule for rule in self.rules.values() if rule.domain == domain)


@cache
def installed_catalogue() -> Catalogue:
    """The catalogue of the installed `sidoba-catalogue` distribution, loaded once per process."""
    return load_catalogue(sidoba_catalogue.read())


def load_catalogue(compiled: bytes) -> Catalogue:
    """Load the compiled catalogue; its digest is that of the bytes given.

    Raises CatalogueError naming what is missing or unknown.
    """
    data = msgspec.json.decode(compiled)
    documentation, version = data["documentation"], data["version"]
    models = {}
    rules = {entry["id"]: _rule(entry, version, documentation) for entry in data["regles"]}
    value_sets = {name: value_set_from_data(name, versions) for name, versions in data["nomenclatures"].items()}
    for entry in data["modeles"]:
        model = model_from_data(entry)
        models[model.code, model.version] = model
        for control in model.controls:
            rules[control.id] = _control_rule(control.data, model, version, documentation)
    return Catalogue(
        version=version,
        digest="sha256:" + hashlib.sha256(compiled).hexdigest(),
        documentation=documentation,
        rules=rules,
        models=models,
        value_sets=value_sets,
        refusals={
            entry["code"]: Refusal(entry["code"], entry["statut"], entry["titre"], entry["detail"])
            for entry in data["refus"]
        },
        roles=tuple(data["roles"]),
        tables=data.get("tables", {}),
        structures=data.get("structures", {}),
        templates={oid: _template(entry) for oid, entry in data.get("modeles_cda", {}).items()},
        fhir_digest=data.get("fhir", ""),
    )


def _rule(entry: Mapping[str, Any], version: str, documentation: str) -> Rule:
    try:
        return Rule(
            id=entry["id"],
            version=version,
            severity=Severity(entry["gravite"]),
            stage=Stage(entry["niveau"]),
            domain=entry["domaine"],
            message=entry["message"],
            hint=entry["aide"],
            source=entry["source"],
            documentation=f"{documentation}/regles/{entry['id']}",
            severities={name: Severity(value) for name, value in entry.get("gravites", {}).items()},
            examples=entry.get("exemples", {}),
            fatal=entry.get("fatale", False),
            check=entry.get("controle"),
            parameters=entry.get("parametres", {}),
            labels=entry.get("libelles", {}),
            area=entry.get("rubrique", ""),
        )
    except (KeyError, ValueError) as error:
        raise CatalogueError(f"rule {entry.get('id', '?')}: {error}") from error


def _template(entry: Mapping[str, Any]) -> Template:
    contexts = entry["contexte"]
    return Template(entry["nom"], entry["libelle"], (contexts,) if isinstance(contexts, str) else tuple(contexts))


def _control_rule(entry: Mapping[str, Any], model: BusinessModel, version: str, documentation: str) -> Rule:
    """A control of a business model, as a rule: its anomalies are of stage `metier`."""
    return _rule(
        {**entry, "niveau": Stage.BUSINESS.value, "domaine": model.code, "controle": "expression"},
        version,
        documentation,
    )


def _labelled(code: object, labels: Mapping[str, str]) -> object:
    """The text of a code; that of `autre` for a code out of the list, where there is one; else the value as it is."""
    return labels.get(str(code), labels.get("autre", code))


@lru_cache(maxsize=4096)
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    """The template cut once into (text, name of what follows); no attribute, index or conversion is understood."""
    return tuple((text, name) for text, name, _, _ in string.Formatter().parse(template))


def _filled(template: str, facts: Mapping[str, object]) -> str:
    if "{" not in template:
        return template
    return "".join([text if name is None else f"{text}{facts[name]}" for text, name in _parts(template)])
