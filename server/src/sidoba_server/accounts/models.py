"""Tables of accounts: people, and what they may do for whom."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.core.ids import new_id
from sidoba_server.directory.models import Establishment


class AccountManager(BaseUserManager["Account"]):
    """What Django's login needs to make and find accounts."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> Account:
        """An account with that password, hashed."""
        account = self.model(email=self.normalize_email(email).lower(), **extra)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email=(username or "").lower())


class Account(AbstractBaseUser):
    """A person. What they may do stands in their entitlements, never here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name


class Entitlement(models.Model):
    """A role given to an account for one establishment, until revoked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="entitlements")
    role = models.CharField(max_length=30)
    establishment = models.ForeignKey(Establishment, on_delete=models.CASCADE, related_name="entitlements")
    given_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "role", "establishment"],
                condition=models.Q(revoked_at__isnull=True),
                name="entitlement_once",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True) | models.Q(revoked_at__gte=models.F("given_at")),
                name="entitlement_revoked_after_given",
            ),
        ]

    @property
    def rights(self) -> frozenset[str]:
        """What the role allows, from `catalogue/roles.yaml`; an unknown role allows nothing."""
        return next(
            (frozenset(role["droits"]) for role in installed_catalogue().roles if role["code"] == self.role),
            frozenset(),
        )
