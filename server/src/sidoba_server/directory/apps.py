from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "sidoba_server.directory"
    label = "directory"
