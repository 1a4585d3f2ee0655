"""Synthetic TDDUI documents, for the demo, the bench and the tests: fictitious people, same arguments, same bytes.

A document is conformant, save what is inherent to test data (R-CDA-047: the INS authority is the test one). `faults`
names rules to break, one by one; `synthetic_cda_faults` says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import NAMESPACE_OID, uuid5
from xml.sax.saxutils import escape

from synthetic_cda_faults import faulty

ISSUER = "1.2.250.1.999.1.58"
"""Fictitious issuer of identifiers (no such registration exists)."""
SURNAMES = (
    "BERTHIER",
    "CHAUVET",
    "DELORME",
    "ESCOFFIER",
    "FAURE-LEBEL",
    "GUÉRIN",
    "HAMELIN",
    "JOUVE",
    "LACAZE",
    "MOREL",
)
GIVEN_NAMES = (
    (("Suzanne", "Odette"), ("Jeanne", "Marie"), ("Hélène", "Rose"), ("Yvette", "Alice"), ("Denise", "Lucie")),
    (("Lucien", "Paul"), ("Robert", "Jean"), ("Émile", "Louis"), ("Gaston", "René"), ("Maurice", "André")),
)
CITIES = (("63300", "THIERS"), ("63000", "CLERMONT-FERRAND"), ("63200", "RIOM"), ("63500", "ISSOIRE"))


def document(*, finess: str, number: int, day: date, faults: Sequence[str] = ()) -> bytes:
    """One document about the fictitious service user of that number, written on that day by that establishment.

    Its activity goes from the admission, 30 to 229 days before, to `day`. Raises KeyError for an unknown fault.
    """
    text = TEMPLATE.format_map(_values(finess, number, day))
    for rule in faults:
        text = faulty(text, rule)
    return text.encode()


def ins_number(number: int) -> str:
    """A well-formed INS of the test authority, different for each number below 324 000."""
    sex = 2 if number % 2 else 1
    thirteen = (
        f"{sex}{30 + number // 10_800 % 30:02d}{number // 900 % 12 + 1:02d}63{113 + number % 3}{number % 900 + 1:03d}"
    )
    return f"{thirteen}{97 - int(thirteen) % 97:02d}"


def _values(finess: str, number: int, day: date) -> dict[str, str]:
    woman = number % 2
    ins = ins_number(number)
    first, second = GIVEN_NAMES[0 if woman else 1][number // 2 % 5]
    postcode, city = CITIES[number % len(CITIES)]
    admission = day - timedelta(days=30 + number % 200)
    digits = finess.replace("A", "0").replace("B", "0").lstrip("0")
    plain = {
        "finess": finess,
        "issuer": ISSUER,
        "set_id": f"{ISSUER}.{digits}.{number}",
        "document_id": f"{ISSUER}.{digits}.{number}.{day.toordinal()}",
        "local": f"{number:06d}",
        "ins": ins,
        "surname": SURNAMES[number // 3 % len(SURNAMES)],
        "given": first,
        "given_list": f"{first} {second}",
        "sex": "F" if woman else "M",
        "sex_label": "Féminin" if woman else "Masculin",
        "birth": f"19{ins[1:5]}{number % 28 + 1:02d}",
        "birthplace": ins[5:10],
        "house": str(number % 90 + 1),
        "postcode": postcode,
        "city": city,
        "written_at": f"{day:%Y%m%d}091500+0200",
        "signed_at": f"{day:%Y%m%d}091400+0200",
        "admission": f"{admission:%Y%m%d}",
        "admission_text": f"{admission:%d/%m/%Y}",
        "last_day": f"{day:%Y%m%d}",
    }
    plain |= {f"uuid{rank}": str(uuid5(NAMESPACE_OID, f"{finess}:{number}:{rank}")).upper() for rank in range(1, 5)}
    return {name: escape(value) for name, value in plain.items()}


TEMPLATE = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- Document de synthèse : personne, établissement et faits inventés. -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="FR"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.2.8.2.1"/>
  <templateId root="1.2.250.1.213.1.1.1.1"/>
  <templateId root="1.2.250.1.213.1.1.1.58" extension="1.0.1"/>
  <id root="{document_id}"/>
  <code code="EXPORT_DUI" displayName="Export du Dossier Usager Informatisé" codeSystem="1.2.250.1.213.1.1.4.12"/>
  <title>Export du dossier usager informatisé</title>
  <effectiveTime value="{written_at}"/>
  <confidentialityCode code="N" displayName="normal" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="fr-FR"/>
  <setId root="{set_id}"/>
  <versionNumber value="1"/>
  <recordTarget>
    <patientRole>
      <id root="1.2.250.1.213.1.4.10" extension="{ins}"/>
      <id root="{issuer}" extension="3{finess}/{local}"/>
      <addr use="H">
        <houseNumber>{house}</houseNumber>
        <streetName>rue de la Fontaine</streetName>
        <postalCode>{postcode}</postalCode>
        <city>{city}</city>
      </addr>
      <telecom nullFlavor="UNK"/>
      <patient>
        <name>
          <family qualifier="BR">{surname}</family>
          <given>{given_list}</given>
          <given qualifier="BR">{given}</given>
          <family qualifier="CL">{surname}</family>
          <given qualifier="CL">{given}</given>
        </name>
        <administrativeGenderCode code="{sex}" displayName="{sex_label}" codeSystem="2.16.840.1.113883.5.1"/>
        <birthTime value="{birth}"/>
        <birthplace>
          <place>
            <addr>
              <county>{birthplace}</county>
            </addr>
          </place>
        </birthplace>
      </patient>
    </patientRole>
  </recordTarget>
  <author>
    <time value="{written_at}"/>
    <assignedAuthor>
      <id root="1.2.250.1.71.4.2.1" extension="3{finess}/DUI-1"/>
      <code code="LOGICIEL_DUI" displayName="Logiciel de Dossier Usager Informatisé" codeSystem="1.2.250.1.213.1.1.4.6"/>
      <assignedAuthoringDevice>
        <manufacturerModelName>Éditeur fictif</manufacturerModelName>
        <softwareName>DUI d'essai</softwareName>
      </assignedAuthoringDevice>
      <representedOrganization>
        <id root="1.2.250.1.71.4.2.2" extension="1{finess}"/>
      </representedOrganization>
    </assignedAuthor>
  </author>
  <custodian>
    <assignedCustodian>
      <representedCustodianOrganization>
        <id root="1.2.250.1.71.4.2.2" extension="1{finess}"/>
        <name>SSIAD de synthèse</name>
      </representedCustodianOrganization>
    </assignedCustodian>
  </custodian>
  <legalAuthenticator>
    <time value="{signed_at}"/>
    <signatureCode code="S"/>
    <assignedEntity>
      <id root="1.2.250.1.71.4.2.1" extension="3{finess}/DUI-1"/>
      <code code="LOGICIEL_DUI" displayName="Logiciel de Dossier Usager Informatisé" codeSystem="1.2.250.1.213.1.1.4.6"/>
      <representedOrganization>
        <id root="1.2.250.1.71.4.2.2" extension="1{finess}"/>
      </representedOrganization>
    </assignedEntity>
  </legalAuthenticator>
  <documentationOf>
    <serviceEvent>
      <effectiveTime>
        <low value="{admission}"/>
        <high value="{last_day}"/>
      </effectiveTime>
      <performer typeCode="PRF">
        <assignedEntity>
          <id root="1.2.250.1.71.4.2.1" extension="3{finess}/DUI-1"/>
          <code code="LOGICIEL_DUI" displayName="Logiciel de Dossier Usager Informatisé" codeSystem="1.2.250.1.213.1.1.4.6"/>
          <representedOrganization>
            <id root="1.2.250.1.71.4.2.2" extension="1{finess}"/>
            <name>SSIAD de synthèse</name>
            <standardIndustryClassCode code="ESSMS" displayName="Etablissement ou Service Social ou Médico-Social" codeSystem="1.2.250.1.213.1.1.4.9"/>
          </representedOrganization>
        </assignedEntity>
      </performer>
    </serviceEvent>
  </documentationOf>
  <componentOf>
    <encompassingEncounter>
      <effectiveTime>
        <low value="{admission}"/>
      </effectiveTime>
      <location>
        <healthCareFacility>
          <code code="SA41" displayName="Autre établissement du domaine social ou médico-social" codeSystem="1.2.250.1.71.4.2.4">
            <translation code="354" displayName="Service de Soins Infirmiers A Domicile (S.S.I.A.D)" codeSystem="1.2.250.1.213.1.6.1.8"/>
          </code>
        </healthCareFacility>
      </location>
    </encompassingEncounter>
  </componentOf>
  <component>
    <structuredBody>
      <component>
        <section>
          <templateId root="1.2.250.1.213.1.1.2.249"/>
          <id root="{uuid1}"/>
          <code code="GEN-362" displayName="Historique des séjours" codeSystem="1.2.250.1.213.1.1.4.322" codeSystemName="TerminologieCISIS"/>
          <title>Séjours</title>
          <text>
            <table border="0">
              <thead>
                <tr><th>Admission</th><th>Établissement</th><th>Entrée</th></tr>
              </thead>
              <tbody>
                <tr><td>{admission_text}</td><td>SSIAD de synthèse</td><td ID="entree-1">Début du suivi à domicile</td></tr>
              </tbody>
            </table>
          </text>
          <entry>
            <organizer classCode="CLUSTER" moodCode="EVN">
              <templateId root="1.2.250.1.213.1.1.3.219"/>
              <id root="{uuid2}"/>
              <code code="ORG-211" codeSystem="1.2.250.1.213.1.1.4.322" codeSystemName="TerminologieCISIS"/>
              <statusCode code="completed"/>
              <effectiveTime nullFlavor="NA"/>
              <component typeCode="COMP">
                <encounter classCode="ENC" moodCode="EVN">
                  <templateId root="2.16.840.1.113883.10.20.1.21"/>
                  <templateId root="1.2.250.1.213.1.1.3.218"/>
                  <id root="{issuer}" extension="3{finess}/{local}-SEJOUR-1"/>
                  <code code="GEN-351" displayName="Établissement ou service social ou médico-social (ESSMS)" codeSystem="1.2.250.1.213.1.1.4.322" codeSystemName="TerminologieCISIS"/>
                  <effectiveTime value="{admission}"/>
                  <participant typeCode="RESP">
                    <participantRole>
                      <scopingEntity classCode="ENT" determinerCode="INSTANCE">
                        <id root="1.2.250.1.71.4.2.2" extension="1{finess}"/>
                        <desc>SSIAD de synthèse</desc>
                      </scopingEntity>
                    </participantRole>
                  </participant>
                </encounter>
              </component>
              <component typeCode="COMP">
                <observation classCode="OBS" moodCode="EVN">
                  <templateId root="1.2.250.1.213.1.1.3.48.6"/>
                  <id root="{uuid3}"/>
                  <code code="ORG-070" displayName="Modalité d'entrée" codeSystem="1.2.250.1.213.1.1.4.322" codeSystemName="TerminologieCISIS"/>
                  <text><reference value="#entree-1"/></text>
                  <statusCode code="completed"/>
                  <effectiveTime value="{admission}"/>
                  <value xsi:type="CE" nullFlavor="NA"/>
                </observation>
              </component>
            </organizer>
          </entry>
        </section>
      </component>
    </structuredBody>
  </component>
</ClinicalDocument>
"""  # noqa: E501 (one element a line, as exports write it)
