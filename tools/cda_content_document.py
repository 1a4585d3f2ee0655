"""A document that uses much of the content model: narrative, data types by xsi:type, extensions. Clinical nonsense."""

DOCUMENT = """<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:v3="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2"
 xmlns:ps="urn:dicom-org:ps3-20" xmlns:pharm="urn:ihe:pharm:medication" classCode="DOCCLIN" moodCode="EVN">
<realmCode code="FR"/>
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="1.2.3" extension="1.0.1"/>
<id root="12345678-aaaa-bbbb-cccc-123456789abc" displayable="true"/>
<code code="X" codeSystem="1.2.3" displayName="x" sdtc:valueSet="1.2.3"><originalText>x<reference
  value="#a"/></originalText>
 <translation code="Y"><qualifier inverted="false"><name code="N"/><value code="V"/></qualifier></translation></code>
<title>Titre</title>
<effectiveTime value="20260105101500+0100"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
<languageCode code="fr-FR"/>
<setId root="1.2.3.4"/><versionNumber value="2"/><copyTime nullFlavor="NA"/>
<recordTarget typeCode="RCT" contextControlCode="OP"><patientRole classCode="PAT">
 <id root="1.2.3" extension="42"/>
 <addr use="H HP">10 <houseNumber>10</houseNumber><streetName>rue</streetName><delimiter/><city>Ville</city>
  <useablePeriod xsi:type="IVL_TS"><low value="2020"/><high value="2021"/></useablePeriod></addr>
 <telecom value="tel:+33102030405" use="MC WP"/>
 <patient><name use="L"><prefix>M.</prefix><given qualifier="BR">A</given><family qualifier="BR CL">B</family>
   <validTime><low value="2000"/></validTime></name>
  <sdtc:desc>x</sdtc:desc><administrativeGenderCode code="F"/><birthTime value="1930"/><sdtc:deceasedInd value="false"/>
  <sdtc:multipleBirthOrderNumber value="1"/><maritalStatusCode code="M"/><raceCode code="R"/><sdtc:raceCode code="S"/>
  <guardian><code code="G"/><guardianPerson><name>G</name></guardianPerson></guardian>
  <birthplace><place><addr><county>63113</county></addr></place></birthplace>
  <languageCommunication><languageCode code="fr"/><preferenceInd value="true"/></languageCommunication></patient>
 <providerOrganization><id root="1.2.3"/><name>O<suffix>S</suffix></name><asOrganizationPartOf><effectiveTime
  value="2020"/></asOrganizationPartOf></providerOrganization>
</patientRole></recordTarget>
<author><functionCode code="F"/><time value="20260105"/><assignedAuthor><id root="1.2.3"/><assignedAuthoringDevice>
 <manufacturerModelName>m</manufacturerModelName><softwareName code="c">s</softwareName></assignedAuthoringDevice>
 <representedOrganization><name>O</name></representedOrganization></assignedAuthor></author>
<informant><relatedEntity classCode="PRS"><relatedPerson><name>R</name></relatedPerson></relatedEntity></informant>
<custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.3"/><name>C</name>
 <addr nullFlavor="NASK"/></representedCustodianOrganization></assignedCustodian></custodian>
<legalAuthenticator><time value="20260105"/><signatureCode code="S"/>
 <sdtc:signatureText mediaType="text/xml"><x xmlns="urn:x" any="thing"><y/></x></sdtc:signatureText>
 <assignedEntity><id root="1.2.3"/><sdtc:patient><sdtc:id root="1.2.3"/></sdtc:patient></assignedEntity>
</legalAuthenticator>
<inFulfillmentOf><order><id root="1.2.3"/><ps:accessionNumber root="1.2.3" extension="A"/></order></inFulfillmentOf>
<documentationOf><serviceEvent><code code="E"/><effectiveTime><low value="2024"/><width value="1"
  unit="a"/></effectiveTime>
 <performer typeCode="PRF"><functionCode code="F"/><time><center value="2024"/></time>
 <assignedEntity><id root="1.2.3"/></assignedEntity></performer></serviceEvent></documentationOf>
<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.9"/></parentDocument></relatedDocument>
<componentOf><encompassingEncounter><effectiveTime nullFlavor="UNK"/><location><healthCareFacility><code code="SA41">
 <translation code="354"/></code></healthCareFacility></location></encompassingEncounter></componentOf>
<component><structuredBody><component typeCode="COMP" contextConductionInd="true">
<section ID="s1"><templateId root="1.2.3"/><code code="S"/><title>T</title>
<text mediaType="text/x-hl7-text+xml" styleCode="Bold Italics">texte <content ID="c1" revised="insert">c<br/></content>
 <paragraph><caption>p</caption>x<sub>1</sub><sup>2</sup><linkHtml href="http://a.b/c?d#e">l</linkHtml>
  <footnote ID="f1">note</footnote><footnoteRef IDREF="f1"/></paragraph>
 <list listType="ordered"><caption>l</caption><item>un<list><item><caption>x</caption>deux</item></list></item
  ><item/></list>
 <table border="1" width="100%" frame="box"><caption>t</caption><colgroup span="2"><col/><col width="2"/></colgroup>
  <thead><tr><th scope="col" ID="h1">a</th><th>b</th></tr></thead><tfoot><tr><td/></tr></tfoot>
  <tbody><tr align="left"><td headers="h1" colspan="2">x<list><item>y</item></list></td></tr>
  <tr><td><renderMultiMedia
  referencedObject="m1"><caption>z</caption></renderMultiMedia></td></tr></tbody></table></text>
<entry typeCode="DRIV"><observation classCode="OBS" moodCode="EVN" negationInd="false"><templateId root="1.2.3"/>
 <id root="1.2.3"/><code code="O"/><text><reference value="#c1"/></text><statusCode code="completed"/>
 <effectiveTime xsi:type="IVL_TS"><low value="20240101"/><high nullFlavor="NA"/></effectiveTime>
 <value xsi:type="CD" code="q"><originalText/><qualifier><name code="a"/></qualifier></value>
 <value xsi:type="v3:PQ" value="1.5" unit="km"><translation value="1e3" code="m"/></value>
 <value xsi:type="INT" value="-12"/><value xsi:type="BL" value="true"/><value xsi:type="ST">texte</value>
 <value xsi:type="REAL" value="1.5"/><value xsi:type="MO" value="3" currency="EUR"/><value xsi:type="TS" value="2024"/>
 <value xsi:type="RTO_PQ_PQ"><numerator value="1"/><denominator value="2" unit="h"/></value>
 <value xsi:type="RTO"><numerator xsi:type="INT" value="1"/><denominator xsi:type="PQ" value="2"/></value>
 <value xsi:type="IVL_PQ"><low value="1" inclusive="true"/><high value="2"/></value>
 <value xsi:type="SLIST_PQ"><origin value="0"/><scale value="1"/><digits>1 2 -3</digits></value>
 <value xsi:type="GLIST_TS" period="2"><head value="2024"/><increment value="1" unit="d"/></value>
 <value xsi:type="UVP_TS" value="2024" probability="0.5"/><value xsi:type="II" nullFlavor="NA"/>
 <value xsi:type="ED" mediaType="application/pdf" representation="B64" integrityCheck="QUJD">QUJD</value>
 <interpretationCode code="N"/><methodCode code="M"/><targetSiteCode code="T"/>
 <participant typeCode="LOC"><time value="2024"/><participantRole classCode="SDLOC"><functionCode any="x"><sdtc:id
  root="1.2.3"/><other xmlns="urn:x">x</other></functionCode><id root="1.2.3"/><playingEntity classCode="PLC"
  determinerCode="INSTANCE"><name>N</name><desc>d</desc></playingEntity></participantRole></participant>
 <entryRelationship typeCode="COMP" inversionInd="false"><act classCode="ACT" moodCode="EVN"><code code="A"/></act>
 </entryRelationship>
 <referenceRange><observationRange><value xsi:type="IVL_INT"><low
  value="1"/></value></observationRange></referenceRange>
 </observation></entry>
<entry><substanceAdministration classCode="SBADM" moodCode="INT"><effectiveTime xsi:type="PIVL_TS"
  institutionSpecified="true"><phase><low value="20240101"/></phase><period value="6" unit="h"/></effectiveTime>
 <effectiveTime xsi:type="EIVL_TS" operator="A"><event code="ACM"/><offset><low value="1"
  unit="h"/></offset></effectiveTime>
 <effectiveTime xsi:type="SXPR_TS"><comp value="2024"/><comp xsi:type="PIVL_TS"><period
  value="1"/></comp></effectiveTime>
 <doseQuantity value="1"/><maxDoseQuantity><numerator xsi:type="PQ" value="1"/><denominator xsi:type="PQ" value="2"/>
 </maxDoseQuantity>
 <consumable><manufacturedProduct><manufacturedMaterial><code code="M"/><name>n</name><pharm:desc>d<pharm:reference
  value="#x"/></pharm:desc><pharm:formCode code="F"><pharm:originalText>x</pharm:originalText></pharm:formCode>
  <lotNumberText>l</lotNumberText><pharm:asContent classCode="CONT"><realmCode
  code="FR"/><pharm:quantity><pharm:numerator
   xsi:type="pharm:PQ" value="1"><pharm:translation value="2"/></pharm:numerator><pharm:denominator xsi:type="pharm:INT"
   value="1"/></pharm:quantity><pharm:containerPackagedMedicine classCode="CONT" determinerCode="KIND"><pharm:code
   code="C"/></pharm:containerPackagedMedicine></pharm:asContent></manufacturedMaterial></manufacturedProduct
  ></consumable>
 <sdtc:inFulfillmentOf1 typeCode="FLFS"><sdtc:actReference classCode="ACT" moodCode="INT"><sdtc:id root="1.2.3"/>
 </sdtc:actReference></sdtc:inFulfillmentOf1></substanceAdministration></entry>
<entry><organizer classCode="CLUSTER" moodCode="EVN"><code code="O"/><statusCode code="active"/>
 <component><observationMedia classCode="OBS" moodCode="EVN" ID="m1"><value mediaType="application/pdf"
  representation="B64">QUJD</value></observationMedia></component>
 <component><encounter classCode="ENC" moodCode="EVN"><id root="1.2.3"/></encounter></component></organizer></entry>
<entry><regionOfInterest classCode="ROIOVL" moodCode="EVN" ID="r1"><id root="1.2.3"/><code code="CIRCLE"/>
 <value value="1" unsorted="true"/></regionOfInterest></entry>
<component><section><title/></section></component>
</section></component></structuredBody></component></ClinicalDocument>
"""
