# One word per habit. `make` alone lists them.
# Needs make and python3 with venv (or uv); everything else is installed inside the checkout, in .venv and .tools.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# Modules compiled once, at the installation, not by each of the many processes of a demo or of the tests.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE

OWN_UV := .tools/uv-venv/bin/uv
# Processes `make test` shares the files out between; 0: all in one.
WORKERS ?= auto
UV := $(shell command -v uv 2>/dev/null || echo $(OWN_UV))
PYTHON := .venv/bin/python
PACKAGES := $(wildcard pyproject.toml uv.lock */pyproject.toml)
# For checks that read the settings and touch no database.
NO_DATABASE := DJANGO_SETTINGS_MODULE=config.settings DATABASE_URL=postgresql://127.0.0.1:1/none SIDOBA_HOME=.venv/check-home

.PHONY: help setup demo demo-reset test check format bench oracle catalogue docs clean

help: ## List these words
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1|/' | while IFS='|' read -r word what; do printf '  make %-12s %s\n' "$$word" "$$what"; done

setup: .venv/.set-up ## Install everything into .venv (done by the others when needed)

.venv/.set-up: $(PACKAGES) | uv
	@"$(UV)" sync --frozen --all-packages --quiet
	@touch .venv/.set-up

.PHONY: uv
uv:
	@command -v "$(UV)" >/dev/null 2>&1 || { \
	  command -v python3 >/dev/null 2>&1 || { echo "python3 est absent. Installez-le : sudo apt-get install python3 python3-venv" >&2; exit 1; }; \
	  python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "Le module venv de Python est absent. Installez-le : sudo apt-get install python3-venv" >&2; exit 1; }; \
	  echo "Installation de uv dans .tools…"; \
	  python3 -m venv .tools/uv-venv && .tools/uv-venv/bin/python -m pip install --quiet --disable-pip-version-check uv; }

demo: setup ## Play the demo, then stay up (PORT=8000; ONCE=1 stops at the end of the story)
	@exec .venv/bin/sidoba-server demo

demo-reset: setup ## Erase the demo's data
	@exec .venv/bin/sidoba-server demo --reset

test: check ## Everything CI runs: checks, then all tests (BROWSER=0: none that needs Chromium; WORKERS=0: one process)
	@exec $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: setup ## Form, types, import contracts, compiled catalogue, migrations, lock
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	$(NO_DATABASE) $(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) tools/compile_catalogue.py --check
	$(if $(wildcard tools/generate_docs.py),$(NO_DATABASE) $(PYTHON) tools/generate_docs.py --check)
	$(NO_DATABASE) $(PYTHON) -W ignore -m django makemigrations --check --dry-run
	"$(UV)" lock --check --quiet

format: setup ## Put the code in form
	.venv/bin/ruff check --fix-only --quiet
	.venv/bin/ruff format

bench: setup ## Measure receipts per second and latency, and the speed of the verdicts
	$(PYTHON) bench/receipts.py
	$(PYTHON) bench/models/verdict_speed.py
	$(PYTHON) bench/cda/verdict_speed.py
	$(PYTHON) bench/fhir/verdict_speed.py

oracle: setup ## Compare the CDA rules with Saxon on many documents (DOCUMENTS=3000 SEED=1)
	$(PYTHON) tools/oracle_disagreements.py --documents $(or $(DOCUMENTS),3000) --seed $(or $(SEED),1)

catalogue: setup ## Compile the catalogue's YAML into what the package ships
	$(PYTHON) tools/compile_catalogue.py

docs: setup ## Write the generated reference pages
	$(NO_DATABASE) $(PYTHON) tools/generate_docs.py

clean: ## Remove what was installed or computed here (never the demo's data)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
