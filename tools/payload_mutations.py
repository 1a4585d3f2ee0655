"""Ways of spoiling a valid payload: what software, spreadsheets and people do to values, keys and files.

Each way is named, and applies to the targets of a payload that it concerns; nothing is drawn at random, so that the
same catalogue gives the same study every time. Used by the engine's tests and by `bench/models/mutations.py`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.value_choices import admitted_codes

MOST_TARGETS = 24
"""Targets of one payload to which one way is applied, evenly spread over those that it concerns."""

_HERE = "@@ici@@"
_ROOTS = ("structure", "usager")


@dataclass(frozen=True, slots=True)
class Target:
    """One value of a payload: the steps that lead to it from `donnees`, its indicator, its codes with their labels."""

    path: tuple[str | int, ...]
    indicator: Indicator
    value: Any
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A spoiled payload: in which way, at which target (empty: the whole file), and its bytes."""

    way: str
    target: str
    content: bytes


ChangeValue = Callable[[Target], str | None]
"""The JSON to write in place of the value; None when the way does not concern it."""

ChangeKey = Callable[[str], str | None]
ChangeBody = Callable[[bytes], bytes | None]


def mutants_of(model: BusinessModel, catalogue: Catalogue) -> Iterator[Mutant]:
    """Every way applied to the model's own example."""
    targets = list(_targets(model, catalogue))
    for way, change in VALUES.items():
        spoiled = [(target, written) for target in targets if (written := change(target)) is not None]
        for target, written in _spread(spoiled):
            yield Mutant(way, _named(target), _with_value(model, target, written))
    for way, change_key in KEYS.items():
        renamed = [(target, name) for target in targets if (name := change_key(str(target.path[-1]))) is not None]
        for target, name in _spread(renamed):
            yield Mutant(way, _named(target), _with_key(model, target, name))
    body = body_of(model)
    for way, change_body in BODIES.items():
        if (content := change_body(body)) is not None:
            yield Mutant(way, "", content)
    for control in model.controls:
        yield from _broken(model, control.id, control.entity, control.data.get("exemples", {}).get("fautif"))


def body_of(model: BusinessModel, data: Mapping[str, Any] | None = None) -> bytes:
    """The body of WS05 that holds the model's own example, or these data."""
    named = {"code": model.code, "version": model.version}
    return json.dumps(
        {"modele": named, "donnees": dict(model.example) if data is None else data}, ensure_ascii=False, indent=1
    ).encode()


def _targets(model: BusinessModel, catalogue: Catalogue) -> Iterator[Target]:
    for key, indicator in model.indicators.items():
        codes = admitted_codes(indicator, catalogue) or {}
        name = key.rpartition(".")[2]
        if indicator.entity in _ROOTS:
            places: list[tuple[str | int, ...]] = [(name,)]
        else:
            places = [(indicator.entity, rank, name) for rank in range(len(model.example.get(indicator.entity) or ()))]
        for path in places[:2]:
            if (value := _at(model.example, path)) is not None:
                yield Target(path, indicator, value, codes)


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = data[step] if isinstance(step, int) else data.get(step)
    return data


def _spread(targets: list[Any]) -> list[Any]:
    step = max(1, -(-len(targets) // MOST_TARGETS))
    return targets[::step]


def _named(target: Target) -> str:
    return "/".join(map(str, target.path))


def _with_value(model: BusinessModel, target: Target, written: str) -> bytes:
    data = copy.deepcopy(dict(model.example))
    _at(data, target.path[:-1])[target.path[-1]] = _HERE
    return body_of(model, data).replace(f'"{_HERE}"'.encode(), written.encode())


def _with_key(model: BusinessModel, target: Target, name: str) -> bytes:
    data = copy.deepcopy(dict(model.example))
    owner = _at(data, target.path[:-1])
    renamed = {name if key == target.path[-1] else key: value for key, value in owner.items()}
    owner.clear()
    owner.update(renamed)
    return body_of(model, data)


def _broken(model: BusinessModel, control: str, entity: str, faulty: Mapping[str, Any] | None) -> Iterator[Mutant]:
    """The model's own faulty example of a control: every single value is valid, and they do not agree."""
    if not faulty:
        return
    change, data = faulty.get("valeurs", faulty), copy.deepcopy(dict(model.example))
    for key, value in change.items():
        owner, _, name = key.rpartition(".")
        place = data[entity][faulty.get("instance", 0)] if owner else data
        if value is None:
            del place[name]
        else:
            place[name] = value
    yield Mutant("valeurs qui ne s'accordent pas (exemple fautif d'un contrôle)", control, body_of(model, data))


# Values. Each function says what is written, as JSON, in place of a value that it concerns.


def _of_type(*types: str) -> Callable[[Callable[[Any], str | None]], ChangeValue]:
    """Restrict a change to the indicators of these types."""

    def restricted(change: Callable[[Any], str | None]) -> ChangeValue:
        return lambda target: change(target.value) if target.indicator.type in types else None

    return restricted


def _of_code(change: Callable[[Target], str | None]) -> ChangeValue:
    return lambda target: change(target) if target.indicator.type == "code" and target.codes else None


def _of_format(*formats: str) -> Callable[[Callable[[Any], str | None]], ChangeValue]:
    return lambda change: lambda target: change(target.value) if target.indicator.format in formats else None


def _text(written: object) -> str:
    return json.dumps(written, ensure_ascii=False)


def _french(value: float) -> str | None:
    return _text(str(value).replace(".", ",")) if isinstance(value, float) else None


def _spaced(value: float) -> str | None:
    return _text(f"{value:,}".replace(",", "\u202f").replace(".", ",")) if abs(value) >= 1000 else None


def _day(form: str) -> Callable[[str], str | None]:
    """Write a day in another form; times are left alone."""

    def change(value: str) -> str | None:
        if len(value) != len("AAAA-MM-JJ"):
            return None
        year, month, day = value.split("-")
        return _text(form.format(a=year, m=month, j=day))

    return change


def _recoded(change: Callable[[str], str]) -> ChangeValue:
    """Another spelling of a code; left alone when it is the same, or another code."""

    def changed(target: Target) -> str | None:
        written = change(target.value)
        return _text(written) if written != target.value and written not in target.codes else None

    return _of_code(changed)


def _label(target: Target) -> str | None:
    label = target.codes.get(target.value, "")
    return _text(label) if label and label not in target.codes else None


def _number_of_code(target: Target) -> str | None:
    return str(int(target.value)) if target.value.isdecimal() else None


def _other_key(value: str) -> str:
    return _text(value[:-1] + str((int(value[-1]) + 1) % 10))


def _spaced_out(value: str) -> str:
    return _text(f"{value[:2]} {value[2:5]} {value[5:]}")


_number, _whole, _decimal = _of_type("entier", "decimal"), _of_type("entier"), _of_type("decimal")
_boolean, _date, _free = _of_type("booleen"), _of_type("date"), _of_type("texte")

VALUES: dict[str, ChangeValue] = {
    "nombre entre guillemets": _number(lambda value: _text(str(value))),
    "nombre entre guillemets et espaces": _number(lambda value: _text(f" {value} ")),
    "virgule décimale": _decimal(_french),
    "milliers séparés par des espaces": _number(_spaced),
    "entier suivi de ,0": _whole(lambda value: _text(f"{value},0")),
    "entier écrit 3.0": _whole(lambda value: f"{value}.0"),
    "entier avec une fraction": _whole(lambda value: f"{value}.5"),
    "cent fois trop grand": _decimal(lambda value: repr(value * 100)),
    "pourcentage écrit en fraction": lambda target: repr(target.value / 100) if target.indicator.unit == "%" else None,
    "reste de virgule flottante": _decimal(lambda value: f"{value}000000000000{1 if '.' in str(value) else '.0'}"),
    "nombre négatif": _number(lambda value: f"-{value or 1}"),
    "un de plus": _whole(lambda value: str(value + 1)),
    "nombre démesuré": _number(lambda _value: "1e400"),
    "NaN": _number(lambda _value: "NaN"),
    "unité après le nombre": lambda target: (
        _text(f"{target.value} {target.indicator.unit}")
        if target.indicator.type in ("entier", "decimal") and target.indicator.unit
        else None
    ),
    "mot à la place du nombre": _number(lambda _value: _text("inconnu")),
    "booléen entre guillemets": _boolean(lambda value: _text(str(value).lower())),
    "booléen à majuscule": _boolean(lambda value: _text(str(value))),
    "oui ou non": _boolean(lambda value: _text("oui" if value else "non")),
    "1 ou 0 pour un booléen": _boolean(lambda value: str(int(value))),
    "code entouré d'espaces": _of_code(lambda target: _text(f" {target.value} ")),
    "code en majuscules": _recoded(str.upper),
    "code en minuscules": _recoded(str.lower),
    "code sans guillemets": _of_code(_number_of_code),
    "libellé à la place du code": _of_code(_label),
    "zéro de tête perdu": _recoded(lambda value: value.lstrip("0") or value),
    "code inconnu": _of_code(lambda _target: _text("zzz")),
    "date jour/mois/année": _date(_day("{j}/{m}/{a}")),
    "date jour.mois.année": _date(_day("{j}.{m}.{a}")),
    "date année/mois/jour": _date(_day("{a}/{m}/{j}")),
    "date sans tirets": _date(_day("{a}{m}{j}")),
    "date suivie de minuit": _date(_day("{a}-{m}-{j}T00:00:00")),
    "date entourée d'espaces": _date(lambda value: _text(f" {value}")),
    "date qui n'existe pas": _date(_day("{a}-02-30")),
    "identifiant avec des espaces": _of_format("finess", "ins")(_spaced_out),
    "identifiant devenu nombre": _of_format("finess")(lambda value: str(int(value)) if value.isdecimal() else None),
    "clé d'identifiant fausse": _of_format("finess", "ins")(_other_key),
    "code CIM sans point": _of_format("cim10")(lambda value: _text(value.replace(".", "")) if "." in value else None),
    "commune devenue nombre": _of_format("code_commune")(lambda value: str(int(value)) if value.isdecimal() else None),
    "texte complété par des caractères nuls": _free(lambda value: _text(f"{value}\x00\x00")),
    "valeur dans une liste": lambda target: f"[{_text(target.value)}]",
    "valeur dans un objet": lambda target: f'{{"valeur": {_text(target.value)}}}',
    "null": lambda target: "null" if target.indicator.required else None,
}  # fmt: skip


def _left_out(name: str) -> str | None:
    place = len(name) // 2
    return name[:place] + name[place + 1 :] if name[place].isalpha() and len(name) > 4 else None


def _exchanged(name: str) -> str | None:
    place = len(name) // 2
    first, second = name[place : place + 1], name[place + 1 : place + 2]
    is_seen = first.isalpha() and second.isalpha() and first != second
    return name[:place] + second + first + name[place + 2 :] if is_seen else None


KEYS: dict[str, ChangeKey] = {
    "clé en majuscules": str.upper,
    "clé avec des tirets": lambda name: name.replace("_", "-") if "_" in name else None,
    "clé en deux mots collés": lambda name: name.replace("_", "") if "_" in name else None,
    "clé amputée d'une lettre": _left_out,
    "clé à deux lettres échangées": _exchanged,
    "clé à lettre doublée": lambda name: name[:2] + name[1:],
    "clé d'un autre nom": lambda name: f"zz_{name[::-1]}",
}

SAME_MEANING = frozenset(
    {
        "nombre entre guillemets",
        "nombre entre guillemets et espaces",
        "virgule décimale",
        "milliers séparés par des espaces",
        "entier suivi de ,0",
        "booléen entre guillemets",
        "booléen à majuscule",
        "oui ou non",
        "1 ou 0 pour un booléen",
        "code entouré d'espaces",
        "code en majuscules",
        "code en minuscules",
        "code sans guillemets",
        "libellé à la place du code",
        "date jour/mois/année",
        "date jour.mois.année",
        "date année/mois/jour",
        "date sans tirets",
        "date suivie de minuit",
        "date entourée d'espaces",
        "identifiant avec des espaces",
        "code CIM sans point",
        "texte complété par des caractères nuls",
        *(name for name in KEYS if name != "clé d'un autre nom"),
        "marque d'ordre des octets",
        "code du modèle en majuscules",
    }
)
"""The ways that only write the same thing otherwise: a person who reads the file has no doubt, or hardly any."""

_DATA = b'"donnees": {'

BODIES: dict[str, ChangeBody] = {
    "marque d'ordre des octets": lambda body: b"\xef\xbb\xbf" + body,
    "Windows-1252": lambda body: content if (content := body.decode().encode("cp1252", "replace")) != body else None,
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "virgule de trop": lambda body: body.rstrip()[:-1] + b",}",
    "fichier coupé": lambda body: body[: len(body) * 2 // 3],
    "clé en double, même valeur": lambda body: body.replace(_DATA, _DATA + _first_member(body) + b",", 1),
    "clé en double, autre valeur": lambda body: body.replace(_DATA, _DATA + _first_member(body, b"null") + b",", 1),
    "clé inconnue": lambda body: body.replace(_DATA, _DATA + b'"donnee_maison": 1,', 1),
    "membre inconnu de l'enveloppe": lambda body: b'{"genere_par": "mon logiciel",' + body[1:],
    "code du modèle en majuscules": lambda body: body.replace(_code(body), _code(body).upper(), 1),
    "version du modèle inconnue": lambda body: body.replace(b'"version": "', b'"version": "v', 1),
    "données dans une liste": lambda body: body.replace(_DATA, b'"donnees": [{', 1).rstrip()[:-1] + b"]}",
}


def _first_member(body: bytes, value: bytes | None = None) -> bytes:
    name, written = next(iter(json.loads(body)["donnees"].items()))
    return _text(name).encode() + b": " + (_text(written).encode() if value is None else value)


def _code(body: bytes) -> bytes:
    return str(json.loads(body)["modele"]["code"]).encode()
