from django.apps import AppConfig


class VendorsConfig(AppConfig):
    name = "sidoba_server.vendors"
    label = "vendors"
