from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sidoba_server.accounts"
    label = "accounts"
