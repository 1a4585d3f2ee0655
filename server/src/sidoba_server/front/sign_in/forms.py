"""The two forms of logging in, in our words: the password, then the code."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.base.forms import AuthenticateForm
from django.forms import Form


class SignInForm(LoginForm):
    """E-mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, "login", label="Adresse électronique", hint="Exemple : prenom.nom@exemple.fr", fill="username")
        _dress(self, "password", label="Mot de passe", hint="", fill="current-password")

    def user_credentials(self) -> dict[str, Any]:
        """Say whose account it is under the name by which failures are counted (django-axes)."""
        credentials: dict[str, Any] = super().user_credentials()
        return {**credentials, "login": credentials.get("email", "")}


class CodeForm(AuthenticateForm):
    """The six digits of the telephone, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = "Six chiffres, renouvelés toutes les 30 secondes. Exemple : 123456"
        _dress(self, "code", label="Code de votre application", hint=hint, fill="one-time-code")
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


def _dress(form: Form, name: str, *, label: str, hint: str, fill: str) -> None:
    field = form.fields[name]
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"class": "fr-input", "autocomplete": fill}
    field.error_messages["required"] = f"Renseignez ce champ : {label.lower()}."
