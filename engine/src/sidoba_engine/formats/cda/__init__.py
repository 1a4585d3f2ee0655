"""CDA: the TDDUI export of one service user's record (template 1.2.250.1.213.1.1.1.58).

`read_cda` opens the door (bytes → tree, or one fatal anomaly); `check_cda` runs the compiled rules over the tree in one
pass. The rules are data: `catalogue/formats/cda/*.yaml`.
"""

from sidoba_engine.formats.cda.checking import check_cda
from sidoba_engine.formats.cda.door import read_cda

__all__ = ["check_cda", "read_cda"]
