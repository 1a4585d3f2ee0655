"""A browser without a screen: pages, links and forms over HTTP, cookies and CSRF tokens included."""

from __future__ import annotations

import base64
import hmac
import struct
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2

TOTP_STEP_S = 30
_BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "h4", "tr", "dt", "dd", "section", "div", "caption", "form", "br"})
_SILENT = frozenset({"script", "style", "svg", "template", "title", "head", "button", "select"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and the fields it holds with their present values."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """A page as a person would meet it. `lines` are the texts of its main part, in order."""

    address: str
    method: str
    status: int
    forms: list[Form]
    links: list[str]
    lines: list[str]

    def form_with(self, name: str) -> Form | None:
        """The form that holds a field of that name."""
        return next((form for form in self.forms if name in form.fields), None)


class Browser:
    """One visitor: keeps cookies from page to page."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def open(self, address: str) -> Page:
        """Go to an address, redirections followed."""
        return _page(self._http.get(address, follow_redirects=True))

    def submit(self, page: Page, form: Form, **values: str) -> Page:
        """Fill a form in and send it."""
        address = urljoin(page.address, form.action) if form.action else page.address
        headers = {"Referer": page.address}
        return _page(
            self._http.request(
                form.method, address, data={**form.fields, **values}, headers=headers, follow_redirects=True
            )
        )


def totp_code(secret: str, *, at: float) -> str:
    """The six digits an authenticator shows at that instant (RFC 6238: SHA-1, 30 s)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(at) // TOTP_STEP_S), "sha1")
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def wait_for_next_code() -> None:
    """A code serves once: wait until the authenticator shows another one."""
    time.sleep(TOTP_STEP_S - time.time() % TOTP_STEP_S + 0.2)


def _page(answer: httpx2.Response) -> Page:
    reader = _Reader()
    reader.feed(answer.text)
    reader.close()
    return Page(str(answer.url), answer.request.method, answer.status_code, reader.forms, reader.links, reader.lines)


class _Reader(HTMLParser):
    """Collects forms, links and the text of `main`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.lines: list[str] = []
        self._open: list[str] = []
        self._line: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        if tag in _BLOCKS:
            self._end_line()
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").upper()))
        elif tag == "input" and "form" in self._open and given.get("name"):
            self._keep_field(given)

    def _keep_field(self, given: dict[str, str]) -> None:
        if given.get("type") not in ("checkbox", "radio", "submit") or "checked" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_line()
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "main" in self._open and not _SILENT.intersection(self._open) and data.strip():
            self._line.append(" ".join(data.split()))

    def _end_line(self) -> None:
        if self._line:
            self.lines.append(" ".join(self._line))
            self._line = []
