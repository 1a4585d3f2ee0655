"""Where the engine and the CDA oracle differ, by rule, on mutated documents.

    .venv/bin/python tools/oracle_disagreements.py [--rules R-CDA-500,R-CDA-501] [--documents 200] [--seed 1] [--full]

Ends with status 1 when something differs.
"""

from __future__ import annotations

import argparse
from collections import Counter

from oracle_comparison import Comparison, Disagreement, compare
from oracle_saxon import oracle_rules
from sidoba_engine.catalogue import installed_catalogue

EXCERPT = 300


def main() -> int:
    """Compare, print, tell by the status."""
    options = _options()
    only = [key for key in options.rules.split(",") if key]
    compared = compare(installed_catalogue(), seed=options.seed, count=options.documents, only=only)
    _print_disagreements(compared, 10_000 if options.full else EXCERPT)
    _print_summary(compared)
    return 1 if compared.disagreements else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", default="", help="ids, separated by commas; all by default")
    parser.add_argument("--documents", type=int, default=200, help="mutated documents")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true", help="print the whole XML of the node")
    return parser.parse_args()


def _print_disagreements(compared: Comparison, excerpt: int) -> None:
    by_rule: dict[str, list[Disagreement]] = {}
    for item in compared.disagreements:
        by_rule.setdefault(item.rule, []).append(item)
    for key, items in sorted(by_rule.items(), key=lambda pair: -len(pair[1])):
        rule = oracle_rules().get(key)
        sides = Counter(
            "oracle finds fault, engine does not" if item.oracle_alone else "engine alone" for item in items
        )
        print(f"\n{key}: " + "; ".join(f"{count} × {side}" for side, count in sides.items()))
        if rule is not None:
            print(f"  context  {rule.context}\n  test     {rule.test}")
        for side in (True, False):
            example = min((item for item in items if item.oracle_alone is side), key=_size, default=None)
            if example is not None:
                print(f"  {'oracle' if side else 'engine'}-only [{example.document}] {example.path}")
                print(f"    {example.excerpt[:excerpt]}")


def _size(item: Disagreement) -> int:
    return len(item.excerpt)


def _print_summary(compared: Comparison) -> None:
    rules = len(compared.rules)
    failing = sum(1 for key in compared.rules if compared.failing[key])
    holding = sum(1 for key in compared.rules if compared.holding[key])
    print(f"\n{compared.documents} documents × {rules} rules; seen failing {failing}, holding {holding}")
    print(f"disagreements: {len(compared.disagreements)} on {len({d.rule for d in compared.disagreements})} rules")
    print(f"never failing: {' '.join(compared.never_failing())}")
    print(f"without value (XPath error), either answer admitted: {dict(+compared.undefined)}")
    print(f"not in the engine: {' '.join(key for key in oracle_rules() if key not in compared.engine.ids)}")


if __name__ == "__main__":
    raise SystemExit(main())
