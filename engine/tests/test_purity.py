"""The engine is pure: judging opens no file, no socket, no process, and loads no framework.

That no module reads the clock or chance is an import contract (`make check`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

WATCHED = """
import sys
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.validation import judge

content = sys.stdin.buffer.read()
catalogue = installed_catalogue()
list(judge(content, catalogue=catalogue, facts=Facts()))
seen = []
sys.addaudithook(lambda event, arguments: seen.append(event))
list(judge(content, catalogue=catalogue, facts=Facts()))
print(sorted({event for event in seen if event.split(".")[0] in {"open", "socket", "os", "subprocess", "urllib"}}))
forbidden = {"asyncio", "ssl", "secrets", "django", "httpx2", "psycopg", "urllib.request", "requests"}
print(sorted(forbidden & set(sys.modules)))
"""


def test_judging_touches_nothing_outside(body: Any) -> None:
    sent = body("rama-structure")
    sent["donnees"] |= {"finess_et": 12, "inconnu": 1}
    watched = subprocess.run(
        [sys.executable, "-I", "-c", WATCHED], input=json.dumps(sent).encode(), capture_output=True, check=True
    )
    assert watched.stdout.decode().split("\n")[:2] == ["[]", "[]"]
