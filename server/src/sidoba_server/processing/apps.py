from django.apps import AppConfig


class ProcessingConfig(AppConfig):
    name = "sidoba_server.processing"
    label = "processing"
