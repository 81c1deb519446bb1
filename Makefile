# `make` alone says what there is. Everything is installed into .venv, once, and again when requirements change.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help run demo test chaos lint lint-project bench load openapi sbom clean

help:
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make test ARGS='-k worker -x' passes arguments to pytest; PORT=8080 make run takes another port."
	@echo "  $(BIN)/python -m slimy.stack run --help tells the rest."

run: $(VENV)/.run ## Start the whole system on this machine, with demo data; Ctrl-C stops it
	@$(BIN)/python -m slimy.stack run

demo: $(VENV)/.run ## Start it on free ports, run every type of job once, show the outcome, stop it
	@$(BIN)/python -m slimy.stack demo

test: $(VENV)/.dev ## Run the tests on a PostgreSQL and a Valkey of their own
	$(BIN)/pytest -n 2 $(ARGS)

chaos: $(VENV)/.dev ## Break everything on purpose, ten minutes long, and see that nothing is lost and nothing done twice
	@$(BIN)/python -m tests.chaos $(ARGS)

lint: $(VENV)/.dev ## Check style, security, secrets, types, layers, migrations and the API's schema
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml slimy chat clubs guilds manage.py \
		2>$(VENV)/bandit.log || { cat $(VENV)/bandit.log >&2; exit 1; }
	@git ls-files -z -- ':!screenshots' | xargs -0 $(BIN)/detect-secrets-hook --no-verify --baseline .secrets.baseline
	@$(BIN)/python -m slimy.stack exec -- $(MAKE) --no-print-directory lint-project

lint-project: # needs servers: Django's checks look at the database
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file $(VENV)/openapi.yaml
	@diff -u docs/openapi.yaml $(VENV)/openapi.yaml || { echo "docs/openapi.yaml is not what the code says: make openapi" >&2; exit 1; }

bench: $(VENV)/.bench ## Measure beside BullMQ, Express, RQ and Celery, in under ten minutes; ARGS=--write notes it in docs/benchmarks.md
	@$(BIN)/python -m slimy.stack exec --durable -- $(BIN)/python -m tests.benchmarks $(ARGS)

load: $(VENV)/.dev ## Let 200 clients use everything for five minutes; ARGS="--seconds 30" is shorter, ARGS=--write notes it in docs/load.md
	@$(BIN)/python -m slimy.stack exec --durable -- $(BIN)/python -m tests.load $(ARGS)

openapi: $(VENV)/.dev ## Write the API's schema to docs/openapi.yaml
	@$(BIN)/python -m slimy.stack exec -- $(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

sbom: $(VENV)/.dev ## List all packages with their licences, as CycloneDX in sbom.cdx.json; fails when a licence is unknown or refused
	@$(BIN)/python -m tests.licences $(ARGS)

clean: ## Remove .venv, caches and the data of `make run`
	@$(FIND_PYTHON); "$$python" -m slimy.stack clean
	rm -rf $(VENV) staticfiles htmlcov .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Installation ---------------------------------------------------------------------------------

# Sets $$python to the first interpreter that is new enough.
FIND_PYTHON = python=; for each in $(PYTHON) python3.13 python3.12 python3.11; do \
	if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$each; break; fi; done; \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed: install it, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; fi

# uv is three times as fast as pip. Where it can't be had or can't install, pip does. Both compile what they install:
# where Python may not write its cache, each process would do so again when it starts.
define install
	@echo "Installing $(1) into $(VENV) (once, about half a minute) ..."
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null \
		&& $(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python -r $(1) 2>/dev/null; then :; \
		else $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1); fi
endef

$(BIN)/python:
	@$(FIND_PYTHON); \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python can't make virtual environments: install its venv package (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; fi; \
	"$$python" -m venv --clear $(VENV)

$(VENV)/.run: requirements.txt requirements-stack.txt | $(BIN)/python
	$(call install,requirements.txt -r requirements-stack.txt)
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt requirements-stack.txt requirements-ocr.txt | $(BIN)/python
	$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.run

$(VENV)/.bench: tests/benchmarks/requirements.txt $(VENV)/.dev
	$(call install,tests/benchmarks/requirements.txt)
	@touch $@
