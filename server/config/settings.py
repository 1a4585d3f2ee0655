"""Django settings. Every variable of the environment is declared in `config.environment`; nothing else is read here."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from sidoba_server.vendors.scopes import ALL_SCOPES

from config.environment import SettingError, read_settings
from config.secrets import load_or_make

_given = read_settings()

SIDOBA_HOME: Path = _given["SIDOBA_HOME"]
SIDOBA_ENVIRONMENTS: list[str] = _given["SIDOBA_ENVIRONMENTS"]
SIDOBA_MAX_BODY: int = _given["SIDOBA_MAX_BODY"]
SIDOBA_RATE_LIMIT: int = _given["SIDOBA_RATE_LIMIT"]
SIDOBA_TOKEN_RATE_LIMIT: int = _given["SIDOBA_TOKEN_RATE_LIMIT"]
SIDOBA_PUBLIC_URL: str = _given["SIDOBA_PUBLIC_URL"].rstrip("/")
SIDOBA_JOB_ATTEMPTS: int = _given["SIDOBA_JOB_ATTEMPTS"]
SIDOBA_STALLED_AFTER: int = _given["SIDOBA_STALLED_AFTER"]


def _secret(name: str) -> str:
    return _given[name] or load_or_make(name, SIDOBA_HOME / "secrets")


SECRET_KEY = _secret("SIDOBA_SECRET_KEY")
SIDOBA_PAYLOAD_KEY: bytes = base64.b64decode(_secret("SIDOBA_PAYLOAD_KEY"))
SIDOBA_PSEUDONYM_KEY: bytes = base64.b64decode(_secret("SIDOBA_PSEUDONYM_KEY"))
SIDOBA_RECEIPT_KEY: dict[str, str | list[str]] = json.loads(_secret("SIDOBA_RECEIPT_KEY"))

DEBUG: bool = _given["SIDOBA_DEBUG"]
ALLOWED_HOSTS: list[str] = _given["SIDOBA_HOSTS"]

INSTALLED_APPS = [
    "sidoba_server.core",
    "sidoba_server.directory",
    "sidoba_server.accounts",
    "sidoba_server.vendors",
    "sidoba_server.publishing",
    "sidoba_server.campaigns",
    "sidoba_server.filings",
    "sidoba_server.processing",
    "sidoba_server.intake",
    "sidoba_server.api",
    "sidoba_server.front",
    "sidoba_server.ops",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "oauth2_provider",
    "axes",
    "csp",
    "dsfr",
    "ninja",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "sidoba_server.core.correlation.CorrelationMiddleware",
    "sidoba_server.api.problems.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sidoba_server.front.house.house",
            ]
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """Django's form of a PostgreSQL address; a socket folder may stand in the query (`?host=/run/…`)."""
    if not url:
        kept = SIDOBA_HOME / "database.url"
        if not kept.exists():
            raise SettingError(
                "Aucune base de données : donnez DATABASE_URL, ou lancez la base embarquée (`sidoba-server postgres`)."
            )
        url = kept.read_text().strip()
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise SettingError("DATABASE_URL : une adresse postgresql:// est attendue (PostgreSQL 15 ou plus).")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **query},
    }


DATABASES = {"default": _database(_given["DATABASE_URL"])}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "sidoba_server.accounts.adapters.ClosedSignup"
ACCOUNT_FORMS = {"login": "sidoba_server.front.sign_in.forms.SignInForm"}
ACCOUNT_SESSION_REMEMBER = False  # the computers of an establishment are shared: closing the browser ends the session
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip,10/5m/key"}  # django-axes comes first, at 8
MFA_FORMS = {"authenticate": "sidoba_server.front.sign_in.forms.CodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "sidoba"
MFA_ADAPTER = "sidoba_server.accounts.adapters.SealedSecrets"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 1 / 4  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_LOCKOUT_TEMPLATE = "front/locked_out.html"
AXES_VERBOSE = False

OAUTH2_PROVIDER_APPLICATION_MODEL = "vendors.Credential"
OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "SCOPES": ALL_SCOPES,
    "SCOPES_BACKEND_CLASS": "sidoba_server.vendors.scopes.CredentialScopes",
}

SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _given["SIDOBA_HTTPS"]
SECURE_HSTS_SECONDS = 31536000 if _given["SIDOBA_HTTPS"] else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _given["SIDOBA_HTTPS"] else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

LANGUAGE_CODE = "fr"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

STATIC_URL = "/static/"
STATICFILES_FINDERS = ["sidoba_server.front.static_files.FrontFinder"]  # a dozen files, nothing to collect
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.css$"

PROCRASTINATE_ON_APP_READY = None
LOGGING_CONFIG = "sidoba_server.core.journal.configure"
LOGGING = {"level": _given["SIDOBA_LOG_LEVEL"], "format": _given["SIDOBA_LOG_FORMAT"]}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]
