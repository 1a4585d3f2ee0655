"""What the FHIR tests share."""

from __future__ import annotations

import sys
from pathlib import Path

# The modules beside this one are imported by name, however the tests are started.
sys.path.insert(0, str(Path(__file__).parent))
