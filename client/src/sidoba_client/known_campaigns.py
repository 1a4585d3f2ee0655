"""Campaigns kept on disk by `sidoba campaigns`, so that `sidoba validate --campaign` knows their facts offline.

One file per environment and code, as the platform wrote it: the two environments may use the same code.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from pathlib import Path

import msgspec
from sidoba_engine.facts import CampaignFacts, Environment

from sidoba_client.errors import UsageProblem
from sidoba_client.private_files import make_private_folder, write_durably
from sidoba_client.wire import Campaign

CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


class _Wrapped(msgspec.Struct):
    campaign: Campaign = msgspec.field(name="campagne")


def remember(state_folder: Path, campaign: Campaign, raw: bytes) -> None:
    """Keep one campaign; one with a code or an environment that is none of the contract's is left out."""
    if not CODE.fullmatch(campaign.code) or campaign.environment not in set(Environment):
        return
    folder = _folder(state_folder) / campaign.environment
    for level in (state_folder, _folder(state_folder), folder):
        make_private_folder(level)
    write_durably(folder / f"{campaign.code}.json", raw)


def find_campaign(state_folder: Path, name: str, environment: Environment) -> Campaign:
    """The campaign of that code (of `environment` first, else of the other one), or held by the file of that name.

    Raises UsageProblem saying how to make it known.
    """
    if CODE.fullmatch(name):
        for world in (environment, *(other for other in Environment if other is not environment)):
            path = _folder(state_folder) / world.value / f"{name}.json"
            if path.is_file():
                return _read(path)
    if Path(name).is_file():
        return _read(Path(name))
    raise UsageProblem(
        f"La campagne « {name} » n'est pas connue ici : lancez `sidoba campaigns` une fois connecté, ou donnez un"
        " fichier JSON qui contient l'objet `campagne`."
    )


def facts_of(campaign: Campaign) -> CampaignFacts:
    """The facts the rules may need. Raises UsageProblem when the period is not two dates."""
    try:
        return CampaignFacts(
            code=campaign.code,
            report_type=campaign.report_type,
            period_start=date.fromisoformat(campaign.period.start),
            period_end=date.fromisoformat(campaign.period.end),
        )
    except ValueError:
        raise UsageProblem(
            f"La période de la campagne « {campaign.code} » est illisible : deux dates AAAA-MM-JJ sont attendues."
        ) from None


def _read(path: Path) -> Campaign:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"{path} ne peut pas être lu : {error.strerror}.") from None
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(content, type=Campaign)
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(content, type=_Wrapped).campaign
    raise UsageProblem(
        f"{path} ne contient pas d'objet `campagne` (code, type_rapport, environnement, periode) en JSON."
    )


def _folder(state_folder: Path) -> Path:
    return state_folder / "campaigns"
