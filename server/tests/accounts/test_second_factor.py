"""Second factors: kept sealed, and a code serves once whatever the process."""

from __future__ import annotations

import pytest
import situations as given
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.db import connection
from sidoba_server.accounts.actions import create_account

pytestmark = pytest.mark.django_db


def test_a_secret_is_not_in_the_database() -> None:
    account, secret = create_account(
        given.PLATFORM, email="nurse@example.org", full_name="Une infirmière", password="Quatre mots bien choisis"
    )
    kept = Authenticator.objects.get(user=account)
    assert secret not in str(kept.data)
    assert TOTP(kept).validate_code(given.totp_code(secret))


def test_the_cache_is_shared_by_all_processes() -> None:
    cache.set("once", "used")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_cache")
        assert cursor.fetchone() == (1,)
    assert cache.get("once") == "used"
