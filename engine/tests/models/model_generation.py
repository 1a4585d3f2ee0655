"""Models made out of the published ones by drawn changes, and payloads for them, right or nearly so."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import sidoba_catalogue
from hypothesis import strategies as st
from sidoba_engine.business_model import BusinessModel, Indicator, model_from_data
from sidoba_engine.catalogue import Catalogue, installed_catalogue, load_catalogue
from sidoba_engine.checks.cardinalities import bounds
from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.facts import Facts
from sidoba_engine.formats.json_text import read_json
from sidoba_engine.model_check import inline_model
from sidoba_engine.validation import judge
from sidoba_engine.value_choices import admitted_codes
from sidoba_engine.verdict import DocumentVerdict
from sidoba_engine.verdict_json import encode

EXAMPLES = int(os.environ.get("EXAMPLES", "12"))
"""Drawn examples of each law for each model; a night run gives more."""

Data = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

COMPILED = json.loads(sidoba_catalogue.read())
COMPILED["regles"] = [rule for rule in COMPILED["regles"] if rule["id"].startswith(("R-KV-", "R-ENV-"))]
NAMES = sorted(f"{code}@{version}" for code, version in installed_catalogue().models)
_ROOTS = ("structure", "usager")


def published(name: str) -> BusinessModel:
    """The model of `code@version`."""
    code, _, version = name.partition("@")
    return installed_catalogue().models[code, version]


def as_given(model: BusinessModel) -> Data:
    """The wire form, to be changed at will."""
    return copied(dict(model.data))


def copied(value: Any) -> Any:
    """A copy to be changed at will; `copy.deepcopy`, made for more than JSON, takes several times as long."""
    if isinstance(value, dict):
        return {key: copied(held) for key, held in value.items()}
    return [copied(held) for held in value] if isinstance(value, list) else value


def catalogue_with(*models: Data) -> Catalogue:
    """The installed catalogue, holding these models alone."""
    entries = [
        {"transport": "cle_valeur", "exemple": {}, **model, "controles": [_as_rule(one) for one in model["controles"]]}
        for model in models
    ]
    return load_catalogue(json.dumps({**COMPILED, "modeles": entries}).encode())


def _as_rule(control: Data) -> Data:
    return {"aide": "Vérifiez.", "source": "Essai", "cles": [], **control}


def is_well_formed(model: Data) -> bool:
    """Whether the platform would take it as a model."""
    json_text = read_json(encode(model))
    return inline_model(Judgement(json_text, installed_catalogue(), Facts()), json_text.value, "") is not None


# Changes


def _indicator(draw: Draw, model: Data, having: Callable[[Data], object] = lambda _: True) -> Data:
    """One of those that have what is asked, else any."""
    return draw(st.sampled_from([one for one in model["indicateurs"] if having(one)] or model["indicateurs"]))


def _drop(draw: Draw, model: Data) -> None:
    key = _indicator(draw, model)["cle"]
    model["indicateurs"] = [one for one in model["indicateurs"] if one["cle"] != key]
    model["controles"] = [one for one in model["controles"] if key not in one["cles"]]


def _add(draw: Draw, model: Data) -> None:
    like = copied(_indicator(draw, model))
    entity, _, _ = like["cle"].rpartition(".")
    name = draw(st.from_regex(r"nouveau_[a-z]{3}", fullmatch=True))
    like |= {"cle": f"{entity}.{name}" if entity else name, "libelle": f"Ajout {name}"}
    like["obligatoire"] = draw(st.booleans())
    if like["cle"] not in {one["cle"] for one in model["indicateurs"]}:
        model["indicateurs"].insert(draw(st.integers(0, len(model["indicateurs"]))), like)
        if like["type"] == "entier" and draw(st.booleans()):
            condition = draw(st.sampled_from([f"{like['cle']} >= 2", f"present({like['cle']}) or 1 > 2"]))
            _insert_control(model, f"AJOUT-{name}", condition, like)


def _insert_control(model: Data, name: str, expression: str, indicator: Data) -> None:
    model["controles"].append(
        {
            "id": name,
            "gravite": "bloquante",
            "expression": expression,
            "message": "Essai.",
            "entite": indicator["entite"],
            "cles": [indicator["cle"]],
        }
    )


def _rename(draw: Draw, model: Data) -> None:
    indicator = _indicator(draw, model)
    before = indicator["cle"]
    after = before + draw(st.sampled_from(["_bis", "_total"]))
    if after in {one["cle"] for one in model["indicateurs"]}:
        return
    indicator["cle"] = after
    pattern = re.compile(rf"(?<![\w.]){re.escape(before)}(?![\w.])")
    for control in model["controles"]:
        for attribute in ("expression", "quand"):
            if attribute in control:
                control[attribute] = pattern.sub(after, control[attribute])
        control["cles"] = [after if key == before else key for key in control["cles"]]


def _bounds(draw: Draw, model: Data) -> None:
    indicator = _indicator(draw, model, lambda one: "min" in one and "max" in one)
    if "min" in indicator and "max" in indicator:
        change = draw(st.integers(-3, 3))
        name = draw(st.sampled_from(["min", "max"]))
        indicator[name] += change
        if draw(st.booleans()):
            del indicator[name]
        elif indicator["min"] > indicator["max"]:
            indicator["max"] = indicator["min"]


def _required(draw: Draw, model: Data) -> None:
    wanted = draw(st.booleans())
    indicator = _indicator(draw, model, lambda one: bool(one.get("obligatoire")) is not wanted)
    indicator["obligatoire"] = not indicator.get("obligatoire", False)


_OTHER_TYPES = {"entier": "decimal", "decimal": "entier", "date": "texte", "code": "texte"}


def _type(draw: Draw, model: Data) -> None:
    wanted = draw(st.sampled_from(sorted(_OTHER_TYPES)))
    indicator = _indicator(draw, model, lambda one: one["type"] == wanted)
    other = _OTHER_TYPES.get(indicator["type"])
    if other is not None:
        indicator["type"] = other
        for attribute in ("valeurs", "valeurs_de"):
            indicator.pop(attribute, None)


def _codes(draw: Draw, model: Data) -> None:
    indicator = _indicator(draw, model, lambda one: len(one.get("valeurs", ())) > 1)
    if len(indicator.get("valeurs", ())) > 1:
        if draw(st.booleans()):
            indicator["valeurs"].pop(draw(st.integers(0, len(indicator["valeurs"]) - 1)))
        else:
            indicator["valeurs"].append({"code": "un_de_plus", "libelle": "Un de plus"})


def _attribute(draw: Draw, model: Data) -> None:
    indicator = _indicator(draw, model)
    indicator[draw(st.sampled_from(["libelle", "aide", "unite", "calcule_de"]))] = draw(
        st.sampled_from(["minute", "Autre texte", "euro"])
    )


def _control(draw: Draw, model: Data) -> None:
    if not model["controles"]:
        return
    control = draw(st.sampled_from(model["controles"]))
    match draw(st.integers(0, 4)):
        case 0:
            model["controles"].remove(control)
        case 1:
            control["gravite"] = draw(st.sampled_from(["bloquante", "avertissement"]))
        case 2:
            control["expression"] = f"not (not ({control['expression']}))"
        case 3:
            control.pop("quand", None)
        case _:
            control["expression"] = f"({control['expression']}) or 1 > 2"


def _order(draw: Draw, model: Data) -> None:
    name = draw(st.sampled_from(["indicateurs", "controles", "sections"]))
    if len(model[name]) > 1:
        element = model[name].pop(draw(st.integers(0, len(model[name]) - 1)))
        model[name].insert(draw(st.integers(0, len(model[name]))), element)


def _entity(draw: Draw, model: Data) -> None:
    repeated = [one for one in model.get("entites", ()) if one["code"] not in _ROOTS]
    if repeated:
        entity = draw(st.sampled_from(repeated))
        entity["cardinalite"] = draw(st.sampled_from(["0..*", "0..3", "1..*", "0..54"]))


CHANGES = (_drop, _add, _rename, _bounds, _required, _type, _codes, _attribute, _control, _order, _entity)


@st.composite
def changed_models(draw: Draw, source: Data, *, most: int = 6) -> Data:
    """The model after a few changes, well formed, under another version."""
    model = copied(source)
    model.pop("empreinte", None)
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=most)):
        before = copied(model)
        change(draw, model)
        if not is_well_formed(model):
            model = before
    if draw(st.booleans()):
        model["version"] = "essai-2"
    return model


# Payloads


def right_values(indicator: Indicator, catalogue: Catalogue) -> st.SearchStrategy[Any]:
    """Values that the indicator admits: bounds, other ways to write the same, absence where it may be."""
    low, high = indicator.minimum, indicator.maximum
    match indicator.type:
        case "entier":
            ends = int(low or 0), int(high if high is not None else 50)
            whole = st.sampled_from(ends) | st.integers(*ends)
            right: st.SearchStrategy[Any] = whole | whole.map(lambda value: Decimal(f"{value}.0"))
        case "decimal":
            ends = Decimal(str(low or 0)), Decimal(str(100 if high is None else high))
            right = st.sampled_from(ends) | st.decimals(*ends, places=2)
        case "booleen":
            right = st.booleans()
        case "date":
            times = ["2025-01-14T14:00:00+01:00", "2025-01-14T14:00", "2025-01-14T13:00:00.5Z"]
            right = st.dates().map(str) | (
                st.sampled_from(times) if indicator.entity == "evenement" else st.just("2024-02-29")
            )
        case "code":
            codes = admitted_codes(indicator, catalogue)
            right = st.sampled_from(sorted(codes)) if codes else st.text(max_size=5)
        case _:
            right = st.sampled_from(_FORMATTED.get(indicator.format or "", _TEXTS))
    if indicator.required:
        return right
    return right | st.none() | (st.sampled_from(_BLANKS) if indicator.type == "texte" else st.nothing())


def any_values() -> st.SearchStrategy[Any]:
    """Whatever may be found under a key."""
    numbers = st.integers(-5, 3000) | st.decimals(-5, 3000, places=1)
    return numbers | st.booleans() | st.none() | st.sampled_from(_BLANKS + _TEXTS) | st.just([]) | st.text(max_size=4)


_BLANKS = ("", "  ", "\u00a0", "\u2003\n", "\x1c")
_TEXTS = ("\ufeff", "\u200b", "été", "a\nb", " 019999994", "36", "2025-01-14")
_FORMATTED = {
    "finess": ("019999994", "019999985", "2A0000170"),  # the second one's key is wrong: a warning in the sandbox
    "ins": ("253072A07300443", "295109912611193"),
    "code_commune": ("01004", "2A004"),
    "cim10": ("F84.0", "F84", "f84.1"),
}


@st.composite
def payloads(
    draw: Draw,
    model: BusinessModel,
    start: Mapping[str, Any],
    catalogue: Catalogue,
    focus: Mapping[str, list[Any]] | None = None,
) -> Data:
    """`start`, right for the model or for one like it, with a few values drawn again or left out.

    Those of the keys in `focus` are drawn more often than others, and among the values given there when there are any.
    """
    focus = focus or {}
    data = copied(dict(start))
    roots = [one for one in model.indicators.values() if one.entity in _ROOTS]
    chosen = [one for one in roots if one.key in focus and draw(st.booleans())]
    for indicator in (*chosen, *draw(st.lists(st.sampled_from(roots), max_size=4))):
        _draw_value(draw, data, indicator, catalogue, focus)
    for entity in model.data.get("entites", ()):
        fields = [one for one in model.indicators.values() if one.entity == entity["code"]]
        elements = data.get(entity["code"])
        if entity["code"] in _ROOTS or not fields or not elements or not draw(st.booleans()):
            continue
        low, _ = bounds(entity["cardinalite"])
        data[entity["code"]] = elements[: draw(st.integers(low, len(elements)))] or draw(st.sampled_from([[], None]))
        for element in data[entity["code"]] or ():
            chosen = [one for one in fields if one.key in focus and draw(st.booleans())]
            for indicator in (*chosen, *draw(st.lists(st.sampled_from(fields), max_size=2))):
                _draw_value(draw, element, indicator, catalogue, focus)
    return data


def _draw_value(
    draw: Draw, data: Data, indicator: Indicator, catalogue: Catalogue, focus: Mapping[str, list[Any]]
) -> None:
    name = indicator.key.rpartition(".")[2]
    if focus.get(indicator.key) and draw(st.booleans()):
        data[name] = draw(st.sampled_from(focus[indicator.key]))
    elif draw(st.booleans()) and not indicator.required:
        data.pop(name, None)
    else:
        is_wild = draw(st.integers(0, 15)) == 15
        data[name] = draw(any_values() if is_wild else right_values(indicator, catalogue))


def body_of(model: BusinessModel, data: Mapping[str, Any]) -> bytes:
    """What is sent: the body of WS05 for an establishment, the bare payload for a service user."""
    if model.data_level == "usager":
        return encode(data)
    return encode({"modele": {"code": model.code, "version": model.version}, "donnees": data})


def verdict_on(content: bytes, model: BusinessModel, catalogue: Catalogue) -> DocumentVerdict:
    """The engine's, offline."""
    (verdict,) = judge(content, catalogue=catalogue, facts=Facts(), model=model)
    return verdict


def plain(value: Any) -> Any:
    """The value as an ordinary JSON parser gives it: floats for decimals."""
    return json.loads(encode(value))


def model_of(data: Data) -> BusinessModel:
    """The model, as the engine holds it."""
    return model_from_data(msgspec.json.decode(encode(data)))
