from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "sidoba_server.api"
    label = "api"
