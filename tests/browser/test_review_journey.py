"""A director reviews: login with a code, the list, a filing with anomalies, a filing to hand over. axe on every page.

With SCREENSHOTS=<folder>, every page is also kept there as a picture, wide and narrow.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from live_platform import LivePlatform
from playwright.sync_api import Browser, Page, expect
from situations import totp_code

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}


class Visitor:
    """A person at a browser, who looks at each page: accessible, nothing outside of the screen, nothing refused."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.page: Page = browser.new_context(viewport=WIDE, locale="fr-FR").new_page()
        self.refused: list[str] = []
        self.page.on("console", lambda said: self.refused.append(said.text) if said.type == "error" else None)
        self.page.on("requestfailed", lambda request: self.refused.append(request.url))

    def look(self, name: str) -> None:
        """The page as a whole: no violation, one title, landmarks, and it fits a telephone and a zoom of 400 %."""
        page = self.page
        results = Axe().run(page)
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        for size, viewport in (("large", WIDE), ("etroit", NARROW)):
            page.set_viewport_size(viewport)
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond <= 0, f"{name}: {beyond} pixels are beyond a screen of {viewport['width']}"
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=Path(folder) / f"{name}-{size}.png", full_page=True)
        page.set_viewport_size(WIDE)
        assert self.refused == [], f"{name}: {self.refused}"

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)


@pytest.fixture
def visitor(browser: Browser, platform: LivePlatform) -> Iterator[Visitor]:
    visitor = Visitor(browser, f"http://127.0.0.1:{platform.port}")
    yield visitor
    visitor.page.context.close()


def log_in(visitor: Visitor, seeded: dict[str, str]) -> None:
    """Password, then code, with the keyboard alone."""
    page = visitor.page
    visitor.go("/")
    expect(page).to_have_title("Connexion – sidoba")
    visitor.look("connexion")
    page.get_by_label("Adresse électronique").fill(seeded["email"])
    page.get_by_label("Mot de passe", exact=True).fill("ce n'est pas celui-ci")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("La connexion n'a pas abouti")
    visitor.look("connexion-erreur")
    page.get_by_label("Mot de passe", exact=True).fill(seeded["password"])
    page.keyboard.press("Enter")
    expect(page).to_have_title("Code de connexion – sidoba")
    visitor.look("code")
    page.keyboard.type(totp_code(seeded["totp"]))  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes collectes")


def test_a_director_reviews_and_hands_over(visitor: Visitor, platform: LivePlatform) -> None:
    page, seeded = visitor.page, platform.seeded
    log_in(visitor, seeded)
    visitor.look("liste")

    page.get_by_role("link", name=re.compile("SSIAD de la Plaine")).click()
    visitor.look("collecte-anomalies")
    to_correct = page.get_by_role("region", name="À corriger")
    expect(to_correct).to_contain_text("La somme des semaines des neuf groupes")
    expect(page.get_by_role("button", name=re.compile("signature"))).to_have_count(0)
    to_correct.get_by_role("link", name="Semaines en forfait intervention 1 (GIR 5-6)").click()
    expect(page.locator("tr:target")).to_contain_text("Semaines en forfait intervention 1")
    to_correct.get_by_role("link", name=re.compile("Voir tous les endroits")).first.click()
    visitor.look("anomalies")
    page.get_by_role("link", name=re.compile("ligne 61, colonne 8")).first.click()
    visitor.look("envoi-document")
    expect(page.get_by_role("main")).to_contain_text("La langue du document n'est pas")
    page.get_by_role("link", name="Voir tous les documents de l'envoi").click()
    visitor.look("envoi")
    expect(page.get_by_role("main")).to_contain_text("36 documents reçus")

    page.get_by_role("link", name="Mes collectes").click()
    page.get_by_role("link", name=re.compile("SSIAD des Trois Rivières")).click()
    visitor.look("collecte-sans-anomalie")
    expect(page.get_by_role("region", name="À corriger")).to_contain_text("Rien à corriger.")
    page.get_by_role("region", name="Où en est la collecte").get_by_role("link", name="40 acceptés").click()
    visitor.look("documents")
    page.go_back()
    page.get_by_role("button", name="Rien à corriger : remettre à la signature").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("La collecte est remise à la signature")
    expect(page.get_by_role("main")).to_contain_text("par Claude Martin")
    visitor.look("collecte-remise")

    visitor.go(f"/collectes/{seeded['ready'][:-4]}0000")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page introuvable")
    visitor.refused.clear()  # the browser tells of the 404 that was asked for
    visitor.look("page-introuvable")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page).to_have_title("Connexion – sidoba")
    visitor.go("/")
    expect(page).to_have_title("Connexion – sidoba")


def test_the_keyboard_reaches_the_content_first(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/connexion")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Aller au contenu")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("name", "login")
