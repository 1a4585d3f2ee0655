"""The tables of the CDA templates → whole rules: check, message, help, examples, all derived from one line each.

The form of a line is told in `catalogue/formats/cda/modeles/LISEZMOI.md`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalogue_problems import Data, Problems
from cda_fragments import Piece, chain, piece

LINES = (
    {"compte", "bornes"},
    {"attribut", "vaut"},
    {"attribut", "rempli"},
    {"attribut", "jeu"},
    {"jeu"},
)
"""What tells the shape of a line; what is of OPTIONS may go with any."""
OPTIONS = {"sans_nul", "admis", "schema", "inatteignable", "fautif"}
HEAD = ("depuis", "domaine", "modele", "nom", "libelle", "contexte", "tableau")
GUIDE = "guide TDDUI CDA 1.0.1"
_TEMPLATE = re.compile(r"\[(?:\*|[a-z]\w*)?\[?modele=([\d.|]+)\]?(?:\[[^\]]*\])?\]|\[@root=([\d.]+)\]")
_CODE = re.compile(r"\[(?:\w+\[)?@\w+=([\w.-]+)\]?\]")
_ENTRY = re.compile(r"//(\w+)\[modele=")
_FILLED = "x"


@dataclass(frozen=True)
class Table:
    """One template: where it applies, how people call it, and its lines by path below."""

    data: Data
    names: Mapping[str, str]
    """The names of all templates, by OID."""
    elements: Mapping[str, str]
    """The element that declares each template, by OID."""
    value_sets: Mapping[str, Any]

    @property
    def contexts(self) -> list[str]:
        """The paths from the root where the template applies."""
        given = self.data["contexte"]
        return [given] if isinstance(given, str) else list(given)

    def rules(self) -> Iterator[Data]:
        """The rules of the table, in its order."""
        for below, lines in self.data["tableau"].items():
            for number, line in lines.items():
                yield self._rule(number, below, line)

    def _rule(self, number: str, below: str, line: Data) -> Data:
        made = _SHAPES[_shape(line)](self, below, line)
        contexts = [_joined(context, below) for context in self.contexts]
        schema = " ; schéma CDA" if line.get("schema") else ""
        return {
            "id": number,
            "depuis": self.data["depuis"],
            "domaine": self.data["domaine"],
            "rubrique": f"{self.data['libelle']} ({self.data['nom']})",
            "gravite": "bloquante",
            "niveau": made.stage,
            "message": made.message,
            "aide": made.hint,
            "source": f"{GUIDE} : modèle {self.data['nom']} ({self.data['modele']}){schema}",
            "valeurs": made.placeholders,
            "controle": made.kind,
            "parametres": {"contexte": contexts[0] if len(contexts) == 1 else contexts, **made.parameters},
            "exemples": self._examples(contexts[0], made, line),
        }

    def _examples(self, context: str, made: Made, line: Data) -> Data:
        written = {}
        for name, change in (("conforme", made.passing), ("fautif", made.failing)):
            outer, inner = chain(context, self.elements)
            change(inner)
            whole = outer if outer.name == "ClinicalDocument" else Piece("ClinicalDocument", {}, [outer])
            written[name] = whole.written()
        if "fautif" in line:
            written["fautif"] = line["fautif"]
        if "inatteignable" in line:
            del written["fautif"]
            written["inatteignable"] = line["inatteignable"]
        return written

    def where(self, below: str) -> str:
        """How a message begins: the template, and the element below it."""
        return self.data["libelle"] + ("" if below == "." or below.startswith("[") else f", {self.called(below)}")

    def called(self, path: str) -> str:
        """A path as a reader takes it: `component (FR-Sejour-Admission)` for `component[*[modele=…]]`."""
        called = path
        while found := _TEMPLATE.search(called):
            oid = (found[1] or found[2]).split("|")[0]
            called = called[: found.start()] + f" ({self.names.get(oid, oid)})" + called[found.end() :]
        return _CODE.sub(r" (\1)", called)

    def sample(self, below: str, target: str) -> str:
        """What to write for the elements of a path: their fixed attributes are those the table asks for."""
        made = piece(target.rpartition("/")[2], self.elements)
        path = target if below in (".", "") or below.startswith("[") else f"{below}/{target}"
        for line in self.data["tableau"].get(path, {}).values():
            if "vaut" in line:
                made.attributes.setdefault(line["attribut"], line["vaut"])
        return made.written()


@dataclass(frozen=True)
class Made:
    """What one line becomes. `passing` and `failing` change the context element of the two examples."""

    stage: str
    kind: str
    parameters: Data
    message: str
    hint: str
    placeholders: list[str]
    passing: Callable[[Piece], None]
    failing: Callable[[Piece], None]


def expand(files: Mapping[str, Data], value_sets: Mapping[str, Any], problems: Problems) -> Iterator[Data]:
    """The rules of all tables (`files`: place → content); a misshapen line is a problem, and is left out."""
    names = {content["modele"]: content["nom"] for content in files.values()}
    elements = {
        content["modele"]: found[1] for content in files.values() if (found := _ENTRY.match(str(content["contexte"])))
    }
    for place, content in files.items():
        if set(content) != set(HEAD):
            problems.add(place, f"a table has the members {', '.join(HEAD)}")
            continue
        faults = list(_faults(content, value_sets))
        for fault in faults:
            problems.add(place, fault)
        if not faults:
            yield from Table(content, names, elements, value_sets).rules()


def _faults(content: Data, value_sets: Mapping[str, Any]) -> Iterator[str]:
    for lines in content["tableau"].values():
        for number, line in lines.items():
            if line.keys() - OPTIONS not in LINES:
                yield f"{number}: no line has this shape: {sorted(line)}"
            elif "jeu" in line and line["jeu"] not in value_sets:
                yield f"{number}: unknown value set {line['jeu']}"
            elif "bornes" in line and _BOUNDS.fullmatch(line["bornes"]) is None:
                yield f"{number}: bounds are written 0..1, not {line['bornes']}"


_BOUNDS = re.compile(r"(\d+)\.\.(\d+|\*)")


def _joined(context: str, below: str) -> str:
    if below == ".":
        return context
    return context + (below if below.startswith("[") else f"/{below}")


def _shape(line: Data) -> frozenset[str]:
    return frozenset(line.keys() - OPTIONS)


def _count(table: Table, below: str, line: Data) -> Made:
    target, null_refused = line["compte"], bool(line.get("sans_nul"))
    minimum, _, upper = line["bornes"].partition("..")
    low, high = int(minimum), None if upper == "*" else int(upper)
    called = table.called(target)
    counted = f"{{nombre}} élément(s) {called}" + (" sans nullFlavor" if null_refused else "")
    parameters: Data = {"chemin": target + ("[!@nullFlavor]" if null_refused else "")}
    parameters |= ({"min": low} if low else {}) | ({} if high is None else {"max": high})
    return Made(
        stage="structure",
        kind="cardinalite",
        parameters=parameters,
        message=f"{table.where(below)} : {counted}, il en faut {_wanted(low, high)}.",
        hint=_count_hint(table.sample(below, target), (low, high), null_refused=null_refused),
        placeholders=["nombre"],
        passing=lambda element: _bring(table, target, element, max(low, 1)),
        failing=lambda element: _bring(
            table, target, element, 0 if low and not _there(table, target, element) else (high or 0) + 1
        ),
    )


def _bring(table: Table, target: str, element: Piece, number: int) -> None:
    """Add what is missing to have `number` elements of a path: the context may ask for one already."""
    missing = number - _there(table, target, element)
    element.children.extend(chain(target, table.elements)[0] for _ in range(missing))


def _there(table: Table, target: str, element: Piece) -> int:
    wanted = chain(target, table.elements)[0]
    return sum(wanted.is_like(child) for child in element.children)


def _wanted(low: int, high: int | None) -> str:
    if low == high:
        return "exactement un" if low == 1 else f"exactement {low}"
    if high is None:
        return "au moins un" if low == 1 else f"au moins {low}"
    if low == 0:
        return "au plus un" if high == 1 else f"au plus {high}"
    return f"de {low} à {high}"


def _count_hint(sample: str, bounds: tuple[int, int | None], *, null_refused: bool) -> str:
    low, high = bounds
    if low == 0:
        return f"Gardez au plus {high} fois {sample} à cet endroit, et retirez les autres."
    times = "une seule fois" if high == 1 else "au moins une fois" if high is None else f"de {low} à {high} fois"
    ending = (
        ""
        if "templateId" in sample.split()[0]
        else " Un nullFlavor n'est pas admis : la donnée est obligatoire."
        if null_refused
        else " Si la donnée manque, écrivez l'élément avec un nullFlavor."
    )
    completed = ", complété de vos données" if ending else ""
    return f"Écrivez {sample} {times} à cet endroit{completed}.{ending}"


def _fixed(table: Table, below: str, line: Data) -> Made:
    name, value = line["attribut"], line["vaut"]
    return Made(
        stage="terminologie",
        kind="attribut_dans",
        parameters={"attribut": name, "valeurs": [value], **_excuses(line), **_hidden(below, name)},
        message=f"{table.where(below)} : attribut {name} attendu « {value} », reçu {{recu}}.",
        hint=f'Écrivez {name}="{value}"{_otherwise(line)}.',
        placeholders=["recu"],
        passing=lambda element: element.attributes.update({name: value}),
        failing=lambda element: element.attributes.update({name: f"{value}-{_FILLED}"}),
    )


def _filled(table: Table, below: str, line: Data) -> Made:
    name = line["attribut"]
    return Made(
        stage="structure",
        kind="attribut_rempli",
        parameters={"attribut": name, **_excuses(line)},
        message=f"{table.where(below)} : l'attribut {name} est absent ou vide.",
        hint=f"Renseignez l'attribut {name}{_otherwise(line)}.",
        placeholders=[],
        passing=lambda element: element.attributes.update({name: _FILLED}),
        failing=lambda element: element.attributes.update({name: " "}),
    )


def _attribute_listed(table: Table, below: str, line: Data) -> Made:
    name, chosen = line["attribut"], _latest(table, line)
    return Made(
        stage="terminologie",
        kind="attribut_dans_jeu",
        parameters={"attribut": name, "jeu": line["jeu"], **_excuses(line)},
        message=f"{table.where(below)} : attribut {name} attendu dans la nomenclature {line['jeu']}, reçu {{recu}}.",
        hint=f"Écrivez dans {name} un code de « {chosen['libelle']} » : {_codes(chosen)}{_otherwise(line)}.",
        placeholders=["recu"],
        passing=lambda element: element.attributes.update({name: chosen["codes"][0]["code"]}),
        failing=lambda element: element.attributes.update({name: _FILLED}),
    )


def _coded(table: Table, below: str, line: Data) -> Made:
    chosen = _latest(table, line)
    first = chosen["codes"][0]
    right = {"code": first["code"], "codeSystem": first["systeme"]}
    return Made(
        stage="terminologie",
        kind="jeu_de_valeurs",
        parameters={"jeu": line["jeu"]} | ({"facultatif": True} if line.get("admis") == "nul" else {}),
        message=f"{table.where(below)} : le code {{recu}} n'est pas dans la nomenclature {line['jeu']}.",
        hint=f"Écrivez code et codeSystem d'une ligne de « {chosen['libelle']} » : {_codes(chosen)}{_otherwise(line)}.",
        placeholders=["recu"],
        passing=lambda element: element.attributes.update(right),
        failing=lambda element: element.attributes.update(right | {"code": _FILLED}),
    )


def _latest(table: Table, line: Data) -> Data:
    versions = table.value_sets[line["jeu"]]
    chosen: Data = versions[max(versions)]
    return chosen


def _codes(chosen: Data, shown: int = 8) -> str:
    codes = [row["code"] for row in chosen["codes"]]
    return ", ".join(codes[:shown]) + (" …" if len(codes) > shown else "")


def _excuses(line: Data) -> Data:
    return {None: {}, "nul": {"nul_admis": True}, "absent": {"facultatif": True}}[line.get("admis")]


def _hidden(below: str, attribute: str) -> Data:
    """What the value of an attribute must not show: identifiers, dates and contacts may be those of a person."""
    is_public = below.rpartition("/")[2].partition("[")[0] in ("typeId", "templateId")
    return {"personnel": True} if attribute in ("extension", "value", "ID") and not is_public else {}


def _otherwise(line: Data) -> str:
    return {
        None: "",
        "nul": ", ou un nullFlavor sur l'élément si l'information manque",
        "absent": ", ou retirez cet attribut, qui peut manquer",
    }[line.get("admis")]


_SHAPES: dict[frozenset[str], Callable[[Table, str, Data], Made]] = {
    frozenset({"compte", "bornes"}): _count,
    frozenset({"attribut", "vaut"}): _fixed,
    frozenset({"attribut", "rempli"}): _filled,
    frozenset({"attribut", "jeu"}): _attribute_listed,
    frozenset({"jeu"}): _coded,
}
