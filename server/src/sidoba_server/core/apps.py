from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "sidoba_server.core"
    label = "core"
