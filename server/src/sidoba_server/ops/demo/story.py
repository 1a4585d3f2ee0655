"""The story: a software sends, is told what is wrong, repairs, sends again; a member of staff reads it all on a page.

Everything goes through the front door, over HTTP. Raises StoryBroken when the platform does not answer as it should.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx2
import msgspec
from sidoba_engine.formats.cda.wrap import bundle_of, document_reference

from sidoba_server.ops.demo import cast, figures
from sidoba_server.ops.demo.browser import Browser, Page, totp_code, wait_for_next_code
from sidoba_server.ops.demo.documents import RESIDENTS, document
from sidoba_server.ops.demo.keys import Keys
from sidoba_server.ops.demo.progress import Progress
from sidoba_server.ops.demo.software import Software, StoryBroken

JSON, FHIR_JSON = "application/json", "application/fhir+json"
UNFINISHED = RESIDENTS[6]
"""The person whose birth date the software forgot, the first time."""
LINES_SHOWN = 40


@dataclass(slots=True)
class Story:
    """Plays against the platform at `url`, with the secrets of `keys`."""

    url: str
    keys: Keys
    progress: Progress

    def play(self) -> None:
        """All of it, in order."""
        with httpx2.Client(base_url=self.url, timeout=60, headers={"Accept-Language": "fr"}) as http:
            software = Software(http, self.progress)
            self._arrive(software)
            structure, documents = self._send(software)
            refused = self._read_verdicts(software, structure, documents)
            self._repair(software, refused)
            self._report_residence(software)
        with httpx2.Client(base_url=self.url, timeout=60, headers={"Accept-Language": "fr"}) as http:
            self._read_page(Browser(http), documents["collecte"]["id"])

    def _arrive(self, software: Software) -> None:
        tell = self.progress
        tell.chapter(f"Le logiciel « {cast.SOFTWARE} » de {cast.VENDOR}")
        tell.step("Il demande un jeton, puis ce qu'il a le droit de faire")
        token = software.authenticate(client_id=self.keys.client_id, client_secret=self.keys.client_secret)
        me = software.read("/moi")
        tell.good(
            f"jeton de {token['expires_in']} s, environnement {me['environnement']}, {len(me['mandats'])} mandats"
        )
        tell.step(f"Il liste les campagnes ouvertes pour {cast.SSIAD.name} (WS01)")
        for campaign in software.read("/campagnes", statut="ouverte", finess=cast.SSIAD.finess)["elements"]:
            period = campaign["periode"]
            tell.good(f"{campaign['code']} : {campaign['libelle']}")
            tell.detail(f"période du {period['debut']} au {period['fin']}, clôture {campaign['cloture']}")
        tell.step(f"Il essaie pour {cast.WITHOUT_MANDATE.name}, qui ne lui a donné aucun mandat")
        problem = software.read("/campagnes", finess=cast.WITHOUT_MANDATE.finess, expected=404)
        tell.bad(f"{problem['code']} : {problem['detail']}")
        tell.step("Il lit le modèle métier à remplir (WS02)")
        model = software.read(f"/modeles/ssiad-structure/versions/{cast.MODEL_VERSION}")
        required = sum(1 for indicator in model["indicateurs"] if indicator.get("obligatoire"))
        tell.good(f"{model['libelle']}, version {model['version']}")
        tell.detail(
            f"{len(model['indicateurs'])} indicateurs dont {required} obligatoires, {len(model['controles'])} contrôles"
        )
        before = software.read(f"/campagnes/{cast.SSIAD_2026.code}/etablissements/{cast.SSIAD.finess}/collecte")
        if "dernier_envoi" in before:
            tell.good(f"données déjà reçues, la dernière fois le {before['dernier_envoi']['recu_le']}")
            tell.detail("ce qui est accepté cette fois les remplace ; rien ne compte deux fois")

    def _send(self, software: Software) -> tuple[dict[str, Any], dict[str, Any]]:
        tell = self.progress
        tell.step(f"Il envoie les chiffres de la structure (WS05) : {len(RESIDENTS)} usagers annoncés")
        structure = self._send_figures(software, cast.SSIAD_2026, cast.SSIAD, figures.ssiad_structure())
        tell.step(f"Il envoie les dossiers de {len(RESIDENTS)} usagers en CDA (WS07), sans attendre")
        contents = [document(person, place=cast.SSIAD, birth_known=person is not UNFINISHED) for person in RESIDENTS]
        documents = self._send_documents(software, bundle_of(contents))
        return structure, documents

    def _send_figures(
        self, software: Software, collection: cast.Collection, place: cast.Place, values: dict[str, Any]
    ) -> dict[str, Any]:
        code = f"{collection.report_type}-structure"
        model = {"code": code, "version": cast.MODEL_VERSION}
        body = msgspec.json.encode({"modele": model, "donnees": values})
        path = f"/campagnes/{collection.code}/etablissements/{place.finess}/structure"
        return self._acknowledged(software, software.send(path, body, media_type=JSON))

    def _send_documents(self, software: Software, content: dict[str, Any]) -> dict[str, Any]:
        path = f"/campagnes/{cast.SSIAD_2026.code}/etablissements/{cast.SSIAD.finess}/cda"
        return self._acknowledged(software, software.send(path, msgspec.json.encode(content), media_type=FHIR_JSON))

    def _acknowledged(self, software: Software, receipt: dict[str, Any]) -> dict[str, Any]:
        said, queue = receipt["accuse"], receipt["file"]
        software.verify(receipt)
        self.progress.good(f"reçu {said['id']}, {said['octets']} octets, signature vérifiée")
        wait = queue["attente_estimee_s"]
        self.progress.detail(f"position {queue['position']} dans la file, attente de {wait['min']} à {wait['max']} s")
        return receipt

    def _read_verdicts(
        self, software: Software, structure: dict[str, Any], documents: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The documents refused, as WS06 lists them."""
        tell = self.progress
        tell.step("Il suit les deux traitements jusqu'à leur verdict (WS06)")
        self._tally(software.follow(structure))
        run = software.follow(documents)
        self._tally(run)
        tell.step("Un dossier est refusé : il lit pourquoi")
        listed = software.read(f"/traitements/{run['id']}/documents")["elements"]
        refused = [element for element in listed if element["statut"] == "refuse"]
        if [element["index"] for element in refused] != [RESIDENTS.index(UNFINISHED)]:
            raise StoryBroken("Un seul dossier, celui sans date de naissance, devait être refusé.")
        for anomaly in refused[0]["anomalies"]:
            if anomaly["gravite"] == "bloquante":
                tell.bad(f"dossier {refused[0]['identifiant_local']}, règle {anomaly['regle']} : {anomaly['message']}")
                tell.detail(
                    f"où : {anomaly['emplacement']['chemin']}, ligne {anomaly['emplacement'].get('ligne', '–')}"
                )
                tell.detail(f"réparer : {anomaly['aide']}")
        return refused

    def _repair(self, software: Software, refused: list[dict[str, Any]]) -> None:
        tell = self.progress
        tell.step("Il complète la date de naissance et renvoie ce seul dossier")
        people = [RESIDENTS[element["index"]] for element in refused]
        receipt = self._send_documents(software, document_reference(document(people[0], place=cast.SSIAD)))
        run = software.follow(receipt)
        self._tally(run)
        if run["bilan"]["refuses"]:
            raise StoryBroken("Le dossier complété devait être accepté.")
        tell.step("Il regarde où en est la collecte")
        filing = software.read(f"/campagnes/{cast.SSIAD_2026.code}/etablissements/{cast.SSIAD.finess}/collecte")
        self._state(filing)
        if not filing["completude"]["complete"]:
            raise StoryBroken("La collecte devait être complète.")

    def _report_residence(self, software: Software) -> None:
        self.progress.step(f"Il envoie le RAMA de {cast.EHPAD.name} (WS05), et suit son verdict")
        receipt = self._send_figures(software, cast.RAMA_2026, cast.EHPAD, figures.rama_structure())
        run = software.follow(receipt)
        self._tally(run)
        if run["bilan"]["refuses"]:
            raise StoryBroken("Le RAMA devait être accepté.")
        self._state(software.read(f"/collectes/{receipt['collecte']['id']}"))

    def _tally(self, run: dict[str, Any]) -> None:
        tally = run["bilan"]
        parts = f"{tally['acceptes']} accepté(s), {tally['acceptes_avec_avertissement']} avec avertissement, "
        parts += f"{tally['refuses']} refusé(s), {tally['inchanges']} inchangé(s)"
        self.progress.good(f"verdict : {tally['recus']} reçu(s), {parts}")

    def _state(self, filing: dict[str, Any]) -> None:
        state, users = filing["completude"], filing["completude"]["usagers"]
        complete = "complète" if state["complete"] else "incomplète"
        self.progress.good(f"collecte « {filing['statut']} », {complete}")
        for model in state["modeles"]:
            self.progress.detail(
                f"{model['code']} : {model['acceptes']} valeurs acceptées sur {model['attendus']} attendues"
            )
        announced = f" sur {users['annonces']} annoncés" if "annonces" in users else ""
        self.progress.detail(f"usagers : {users['acceptes']} acceptés{announced}")

    def _read_page(self, browser: Browser, filing_id: str) -> None:
        tell, person = self.progress, cast.PEOPLE[0]
        tell.chapter(f"{person.name}, de {person.place.name}")
        tell.step("Se connecte : mot de passe, puis code de son second facteur")
        page = self._log_in(browser, person)
        link = next((link for link in page.links if filing_id in link), None)
        if link is None:
            raise StoryBroken(f"La page « {page.address} » ne mène pas à la collecte de l'établissement.")
        tell.step("Ouvre la collecte et lit ce que la page en dit")
        page = browser.open(link)
        self._visited(page)
        if page.status != 200:
            raise StoryBroken("La page de la collecte ne s'est pas ouverte.")
        for line in page.lines[:LINES_SHOWN]:
            tell.detail(line)
        if len(page.lines) > LINES_SHOWN:
            tell.detail(f"… et {len(page.lines) - LINES_SHOWN} autres lignes : {page.address}")

    def _log_in(self, browser: Browser, person: cast.Person) -> Page:
        secrets = self.keys.people[person.email]
        page = browser.open("/")
        form = page.form_with("password")
        if form is None:
            raise StoryBroken(f"La page « {page.address} » ne propose pas de se connecter.")
        page = browser.submit(page, form, login=person.email, password=secrets["mot_de_passe"])
        self._visited(page)
        for _ in range(2):
            form = page.form_with("code")
            if form is None:
                break
            page = browser.submit(page, form, code=totp_code(secrets["totp"], at=time.time()))
            self._visited(page)
            if page.form_with("code") is not None:
                self.progress.detail("ce code a déjà servi : au suivant (30 s au plus)")
                wait_for_next_code()
        if page.status != 200 or page.form_with("code") or page.form_with("password"):
            raise StoryBroken("La connexion a été refusée.")
        self.progress.good(f"connexion faite, page « {page.lines[0] if page.lines else page.address} »")
        return page

    def _visited(self, page: Page) -> None:
        self.progress.call(page.method, httpx2.URL(page.address).path, page.status)
