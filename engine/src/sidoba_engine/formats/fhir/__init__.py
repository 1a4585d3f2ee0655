"""FHIR: definitions compiled to closures, bundles and answers judged, records both ways."""
