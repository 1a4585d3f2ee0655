from django.apps import AppConfig


class FrontConfig(AppConfig):
    name = "sidoba_server.front"
    label = "front"
