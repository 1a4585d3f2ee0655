"""Wire schemas: the objects of the contract (§4) as OpenAPI shows them. A test holds real answers against them."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict


class Closed(Schema):
    """No member beyond those declared."""

    model_config = ConfigDict(extra="forbid")


class Lien(Closed):
    id: str
    href: str


class Periode(Closed):
    debut: str
    fin: str


class ModeleNomme(Closed):
    code: str
    version: str


class Campagne(Closed):
    code: str
    libelle: str
    type_rapport: Literal["ssiad", "rama", "camsp", "cmpp", "setmin"]
    annee: int
    environnement: Literal["bac_a_sable", "production"]
    periode: Periode
    ouverture: str
    cloture: str
    statut: Literal["annoncee", "ouverte", "close"]
    modeles: list[ModeleNomme]
    collecte: Lien | None = None


class ListeCampagnes(Closed):
    elements: list[Campagne]
    suivant: str | None


class Attente(Closed):
    min: int
    max: int


class File(Closed):
    position: int
    attente_estimee_s: Attente


class Accuse(Closed):
    id: str
    recu_le: str
    empreinte: str
    octets: int
    signature: str


class Recu(Closed):
    accuse: Accuse
    collecte: Lien
    traitement: Lien
    file: File


class Emplacement(Closed):
    chemin: str
    ligne: int | None = None
    colonne: int | None = None
    expression: str | None = None


class Correction(Closed):
    operations: list[dict[str, Any]]
    confiance: Literal["certaine", "a_confirmer"]


class Anomalie(Closed):
    regle: str
    version_regle: str
    gravite: Literal["bloquante", "avertissement", "information"]
    niveau: Literal["enveloppe", "structure", "terminologie", "metier", "referentiel"]
    emplacement: Emplacement
    message: str
    aide: str
    valeur: str | None = None
    attendu: list[str] | None = None
    documentation: str
    correction: Correction | None = None


class RegleNonExecutee(Closed):
    regle: str
    raison: Literal[
        "cle_absente",
        "cle_fautive",
        "division_par_zero",
        "fait_inconnu",
        "fonction_absente",
        "semaines_non_calculees",
    ]
    detail: str | None = None


class Jugement(Closed):
    type: Literal["cle-valeur", "cda-tddui", "fhir-tddui", "modele", "inconnu"]
    conforme: bool
    total_anomalies: int
    anomalies: list[Anomalie]
    regles_non_executees: list[RegleNonExecutee]


class DocumentDuVerdict(Jugement):
    index: int


class CatalogueNomme(Closed):
    version: str
    empreinte: str


class Verdict(Closed):
    conforme: bool
    environnement: Literal["bac_a_sable", "production"]
    total_anomalies: int
    documents: list[DocumentDuVerdict]
    catalogue: CatalogueNomme


class Document(Jugement):
    index: int
    usager: str | None = None
    identifiant_local: str | None = None
    statut: Literal["accepte", "accepte_avec_avertissement", "refuse", "inchange", "retire"]


class ListeDocuments(Closed):
    elements: list[Document]
    suivant: str | None


class Signalement(Closed):
    traitement: str
    document: int
    finess: str
    anomalie: Anomalie


class ListeSignalements(Closed):
    elements: list[Signalement]
    suivant: str | None
    total_anomalies: int


class Bilan(Closed):
    recus: int
    acceptes: int
    acceptes_avec_avertissement: int
    refuses: int
    inchanges: int


class Traitement(Closed):
    id: str
    collecte: Lien
    envoi: str
    statut: Literal["en_attente", "en_cours", "termine", "echoue", "annule"]
    recu_le: str
    debut: str | None = None
    fin: str | None = None
    file: File | None = None
    mode: Literal["partiel", "tout_ou_rien"]
    bilan: Bilan | None = None
    catalogue: CatalogueNomme | None = None
    anomalies_href: str
    documents_href: str
    verdict: Verdict | None = None


class Etablissement(Closed):
    finess: str
    nom: str


class CompletudeModele(Closed):
    code: str
    attendus: int
    recus: int
    acceptes: int
    obligatoires_manquants: list[str]


class CompletudeUsagers(Closed):
    annonces: int | None = None
    recus: int
    acceptes: int


class Completude(Closed):
    complete: bool
    modeles: list[CompletudeModele]
    usagers: CompletudeUsagers


class DernierEnvoi(Closed):
    id: str
    recu_le: str


class Collecte(Closed):
    id: str
    campagne: str
    etablissement: Etablissement
    statut: Literal["a_initier", "en_cours", "a_verifier", "signee", "acceptee", "rouverte", "close", "annulee"]
    transitions_possibles: list[str]
    completude: Completude
    dernier_envoi: DernierEnvoi | None = None
    modifiee_le: str


class Logiciel(Closed):
    nom: str
    version: str
    editeur: str


class Mandat(Closed):
    finess: str
    type_rapport: str
    periode: Periode
    jusqu_au: str


class Moi(Closed):
    logiciel: Logiciel
    environnement: Literal["bac_a_sable", "production"]
    portees: list[str]
    mandats: list[Mandat]
    expire_le: str


class Modele(Schema):
    """A business model, attribute by attribute (API.md §4)."""

    model_config = ConfigDict(extra="allow")

    code: str
    version: str
    libelle: str
    statut: Literal["brouillon", "publie", "retire"]
    niveau: Literal["structure", "usager"]
    indicateurs: list[dict[str, Any]]
    controles: list[dict[str, Any]]
    empreinte: str


class Ajout(Closed):
    cle: str
    obligatoire: bool


class Renommage(Closed):
    de: str
    vers: str
    raison: str


class Modification(Closed):
    cle: str
    attribut: str
    avant: Any
    apres: Any
    rupture: bool


class ModificationDeControle(Closed):
    id: str
    attribut: str
    avant: Any
    apres: Any
    rupture: bool


class EcartDesControles(Closed):
    ajouts: list[str]
    suppressions: list[str]
    modifications: list[ModificationDeControle]


class Ecart(Closed):
    source: ModeleNomme
    cible: ModeleNomme
    compatible: bool
    ajouts: list[Ajout]
    suppressions: list[str]
    renommages: list[Renommage]
    modifications: list[Modification]
    controles: EcartDesControles
    migration: list[dict[str, Any]]


class Exemples(Closed):
    conforme: str | None = None
    fautif: str | None = None


class Regle(Closed):
    id: str
    version: str
    gravite: Literal["bloquante", "avertissement", "information"]
    gravites: dict[str, str] | None = None
    niveau: Literal["enveloppe", "structure", "terminologie", "metier", "referentiel"]
    domaine: str
    message: str
    aide: str
    source: str
    exemples: Exemples | None = None


class ListeRegles(Closed):
    elements: list[Regle]
    suivant: str | None


class Probleme(Schema):
    """RFC 9457, with the public code and the correlation id."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    correlation_id: str
    anomalies: list[Anomalie] | None = None
    total_anomalies: int | None = None
    transitions_possibles: list[str] | None = None
    completude: Completude | None = None
