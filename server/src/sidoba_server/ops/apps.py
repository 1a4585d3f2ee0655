from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "sidoba_server.ops"
    label = "ops"
