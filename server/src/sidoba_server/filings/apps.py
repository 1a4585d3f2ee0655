from django.apps import AppConfig


class FilingsConfig(AppConfig):
    name = "sidoba_server.filings"
    label = "filings"
