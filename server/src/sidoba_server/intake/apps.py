from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "sidoba_server.intake"
    label = "intake"
