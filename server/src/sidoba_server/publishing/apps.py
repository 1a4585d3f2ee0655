from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "sidoba_server.publishing"
    label = "publishing"
