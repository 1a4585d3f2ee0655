"""Plays the demo on one machine: database, server, worker, world, story; then stays up until interrupted."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from config.environment import read_settings

from sidoba_server.ops import processes
from sidoba_server.ops.database import database, migrate, wipe_embedded, write_private
from sidoba_server.ops.demo import cast
from sidoba_server.ops.demo.keys import FILE as KEYS_FILE
from sidoba_server.ops.demo.keys import Keys
from sidoba_server.ops.demo.leftovers import drop_unreadable_data
from sidoba_server.ops.demo.progress import Progress
from sidoba_server.ops.exit_codes import ExitCode, Refused
from sidoba_server.ops.interruption import Interrupted, interruptible, wait_for_ever
from sidoba_server.ops.ports import HOST, require_free
from sidoba_server.ops.terminal import Terminal

RESULT_FILE = "demo.json"
START_PATIENCE_S = 60.0


def play(terminal: Terminal) -> ExitCode:
    """The demo as `make demo` starts it. Raises Refused, PostgresUnavailable, SettingError, Interrupted."""
    settings = read_settings()
    home, port, once = settings["SIDOBA_HOME"], settings["PORT"], settings["ONCE"]
    progress = Progress(terminal)
    told = False
    try:
        with interruptible(), ExitStack() as stack:
            require_free(port)
            url = f"http://{HOST}:{port}"
            keys = _start(stack, progress, home=home, port=port, given=settings["DATABASE_URL"])
            _tell_story(url, keys, progress)
            _keep_result(home, url, keys)
            told = True
            _say_goodbye(terminal, home, url, keys, progress, stays=not once)
            if not once:
                wait_for_ever()
    except Interrupted:
        terminal.say("\nTout est arrêté. Les données restent : `make demo` reprend, `make demo-reset` efface.")
        return ExitCode.DONE if told else ExitCode.INTERRUPTED
    return ExitCode.DONE


def reset(terminal: Terminal) -> ExitCode:
    """Erase the embedded database and what the demo keeps. Raises DirectoryInUse while a demo runs, Refused."""
    settings = read_settings()
    home = settings["SIDOBA_HOME"]
    if settings["DATABASE_URL"]:
        raise Refused("DATABASE_URL désigne une base qui n'est pas la nôtre : videz-la vous-même.")
    wipe_embedded(home)
    for name in (RESULT_FILE, KEYS_FILE):
        (home / name).unlink(missing_ok=True)
    terminal.say(f"Les données de la démonstration de « {home} » sont effacées.")
    return ExitCode.DONE


def _start(stack: ExitStack, progress: Progress, *, home: Path, port: int, given: str) -> Keys:
    """Everything up and the world in place; `stack` stops it all."""
    progress.chapter("Mise en place")
    os.environ.setdefault("SIDOBA_ENVIRONMENTS", "bac_a_sable,production")
    progress.step("Base de données")
    if not given:
        drop_unreadable_data(home)
    stack.enter_context(database(home, given=given))
    (home / RESULT_FILE).unlink(missing_ok=True)  # ours now: no other demo runs on these data
    _set_django_up(home)
    applied = migrate()
    progress.good(f"{applied} migration(s) appliquée(s)" if applied else "déjà à jour")
    progress.step("Serveur et ouvrier")
    server = processes.server_child(home, port=port, environment=_environment(home))
    worker = processes.worker_child(home, environment=_environment(home))
    stack.enter_context(processes.running(server, worker))
    progress.step("Catalogue, établissements, campagnes, logiciel, comptes")
    keys = _set_up_world(home)
    progress.good(f"{len(cast.PLACES)} établissements fictifs, {len(cast.COLLECTIONS)} campagnes ouvertes")
    processes.wait_until(lambda: _answers(port), child=server, seconds=START_PATIENCE_S)
    progress.good(f"la plateforme répond sur http://{HOST}:{port}")
    return keys


def _environment(home: Path) -> Mapping[str, str]:
    return {**os.environ, "SIDOBA_HOME": str(home)}


def _set_django_up(home: Path) -> None:
    """This process's own log goes with the others': the terminal is for the story."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    log = home / "journal" / "demo.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(log.open("a", encoding="utf-8"))


def _set_up_world(home: Path) -> Keys:
    from django.db import connections

    from sidoba_server.ops.demo.world import set_up

    keys = Keys.load(home)
    set_up(keys)
    connections.close_all()
    return keys


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://{HOST}:{port}/sante/ready", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def _tell_story(url: str, keys: Keys, progress: Progress) -> None:
    from sidoba_server.ops.demo.story import Story

    Story(url, keys, progress).play()


def _keep_result(home: Path, url: str, keys: Keys) -> None:
    result: dict[str, Any] = {
        "url": url,
        "client_id": keys.client_id,
        "client_secret": keys.client_secret,
        "campagnes": [collection.code for collection in cast.COLLECTIONS],
        "etablissements": [place.finess for place in cast.PLACES],
        "comptes": [
            {"identifiant": person.email, **keys.people[person.email], "role": person.role} for person in cast.PEOPLE
        ],
    }
    write_private(home / RESULT_FILE, json.dumps(result, indent=2, ensure_ascii=False) + "\n")


def _say_goodbye(terminal: Terminal, home: Path, url: str, keys: Keys, progress: Progress, *, stays: bool) -> None:
    progress.chapter(f"Fin de l'histoire, en {progress.seconds:.0f} s")
    terminal.say(f"  Pages        {url}/")
    terminal.say(f"  API          {url}/api/v1/docs")
    for person in cast.PEOPLE:
        secret = keys.people[person.email]
        terminal.say(f"  Compte       {person.email}  ({person.role}, {person.place.name})")
        terminal.say(f"               mot de passe {secret['mot_de_passe']}   secret TOTP {secret['totp']}")
    terminal.say(f"  Logiciel     client_id {keys.client_id}   (secret : voir le fichier)")
    terminal.say(f"  Tout cela    {home / RESULT_FILE}")
    terminal.say(f"  Journaux     {home / 'journal'}")
    if stays:
        terminal.say("\nLa plateforme reste allumée. Ctrl-C l'arrête.")
