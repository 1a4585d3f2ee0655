"""The narrative of a section, made of what its entries say: one table, one row per datum, each row citable."""

from __future__ import annotations

from sidoba_engine.formats.cda.writing.elements import Element, add

NOT_SAID = "non précisé"


class Narrative:
    """The table of one section, under its `text`. IDs are made of `prefix` and the rank of the row."""

    def __init__(
        self, text: Element, prefix: str, *, head: tuple[str, str, str] = ("Objet", "Donnée", "Valeur")
    ) -> None:
        self._prefix = prefix
        table = add(text, "table", border="0")
        titles = add(add(table, "thead"), "tr")
        for title in head:
            add(titles, "th", title)
        self._rows = add(table, "tbody")
        self._known: dict[tuple[str, str, str], str] = {}

    def cite(self, subject: str, datum: str, value: str | None) -> str:
        """A row; the reference (`#…`) to its value. The same row is written once and cited as often as wanted."""
        row = (subject, datum, value or NOT_SAID)
        if row not in self._known:
            self._known[row] = f"{self._prefix}-{len(self._known) + 1}"
            cells = add(self._rows, "tr")
            add(cells, "td", subject)
            add(cells, "td", datum)
            add(cells, "td", row[2], ID=self._known[row])
        return f"#{self._known[row]}"

    def show_media(self, subject: str, datum: str, media: str) -> None:
        """A row that shows a joined document, by the ID of its content."""
        cells = add(self._rows, "tr")
        add(cells, "td", subject)
        add(cells, "td", datum)
        add(add(cells, "td"), "renderMultiMedia", referencedObject=media)
