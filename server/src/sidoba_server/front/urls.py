"""Addresses of the pages: the few anyone may see, then all others, which ask for a logged-in, entitled person."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from django.urls import path

from sidoba_server.front.guard import guarded, open_page
from sidoba_server.front.reference import views as reference
from sidoba_server.front.review import views as review
from sidoba_server.front.sign_in import views as sign_in

OPEN_PAGES = (
    ("connexion", account.login, "account_login"),
    ("connexion/code", second_factor.authenticate, "mfa_authenticate"),
    ("connexion/suspendue", account.account_inactive, "account_inactive"),
    ("deconnexion", account.logout, "account_logout"),
    ("docs/regles", reference.rules, "rules"),
    ("docs/regles/<str:rule_id>", reference.rule, "rule"),
    ("docs/refus/<str:code>", reference.refusal, "refusal"),
    ("mot-de-passe-oublie", sign_in.forgotten_password, "account_reset_password"),
)

PAGES = (
    ("", review.filings, "filings"),
    ("collectes/<uuid:filing_id>", review.filing, "filing"),
    ("collectes/<uuid:filing_id>/remise", review.hand_over, "hand_over"),
    ("collectes/<uuid:filing_id>/anomalies", review.anomalies, "anomalies"),
    ("collectes/<uuid:filing_id>/documents", review.documents, "documents"),
    ("traitements/<uuid:run_id>", review.run, "run"),
)

urlpatterns = [
    *(path(route, open_page(view), name=name) for route, view, name in OPEN_PAGES),
    *(path(route, guarded(view), name=name) for route, view, name in PAGES),
]
