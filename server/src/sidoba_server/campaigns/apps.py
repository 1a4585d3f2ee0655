from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "sidoba_server.campaigns"
    label = "campaigns"
