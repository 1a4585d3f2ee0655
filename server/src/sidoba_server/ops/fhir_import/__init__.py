"""`sidoba-server catalogue import`: packages of FHIR definitions, turned into the reviewable data of the catalogue."""
