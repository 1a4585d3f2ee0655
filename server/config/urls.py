"""All addresses: the API under /api/v1, OAuth and health at the root, pages everywhere else."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("sidoba_server.api.urls")),
    path("", include("sidoba_server.front.urls")),
]

handler500 = "sidoba_server.front.errors.server_error"
