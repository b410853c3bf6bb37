# Two of these do everything on a machine with Python 3.11 or newer: `make run` and `make test`.
# The others are listed by `make help`.

PYTHON ?= python3
ARGS ?=
DATA ?= ./data
DEMO_DATA ?= ./data-demo

# One more than there are cores: some always wait, for a browser, a server or the disk.
WORKERS ?= $(shell echo $$(($$(nproc) + 1)))

BIN := .venv/bin
PY := $(BIN)/python
# Stamp files tell what is done already, so that every command can begin with `setup` and lose no time.
VENV := .venv/.stamp-venv
PACKAGE := .venv/.stamp-package
NODE_MODULES := frontend/node_modules/.stamp
ASSETS := src/farthing/web/static/manifest.json
# The styles keep only what templates and pages speak of, so those are sources too.
ASSET_SOURCES := $(shell find frontend src/farthing/web -type f \
	-not -path '*/node_modules/*' -not -path '*/static*/*' -not -name '*.pyc')
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-header --no-annotate --no-emit-index-url pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup assets run demo test explore check audit fix bench bench-smoke shots docs lock wheel clean

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(PACKAGE) $(ASSETS) ## Make .venv with the `farthing` command in it, and build the web assets.

assets: $(ASSETS) ## Build the TypeScript and styles into src/farthing/web/static.

run: setup ## Serve on http://127.0.0.1:8787, with the data in ./data.
	$(BIN)/farthing serve --data $(DATA) $(ARGS)

demo: setup ## Serve a workspace full of invented calls, with the data in ./data-demo.
	$(BIN)/farthing demo --data $(DEMO_DATA) $(ARGS)

test: setup ## Run every test, in a real browser and through crashes too, on all cores (ARGS="-k pricing" for some).
	$(PY) -m pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

explore: setup ## Run the property tests on examples never tried before, which `make test` does not.
	FARTHING_EXAMPLES=explore $(PY) -m pytest tests/property tests/oracle tests/fuzz $(ARGS)

check: setup ## Look at the code without running it: format, lint, types, layers, sizes, links.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PY) -m tools.check_addresses
	$(PY) -m tools.check_sizes
	$(PY) -m tools.check_links
	$(PY) -m tools.npm run --silent check

audit: setup ## Ask which locked packages have known weaknesses; says so when nobody answers (ARGS=--strict fails then).
	$(PY) -m tools.audit $(ARGS)

fix: setup ## Format the code and mend what the linter can mend.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## Measure ingest, reads, memory and start, and compare with the last kept run.
	$(PY) -m bench $(ARGS)

bench-smoke: setup ## See that the benchmark works, in under a minute; its figures mean nothing.
	$(PY) -m bench --smoke $(ARGS)

shots: setup ## Take a picture of every page, light and dark, wide and narrow.
	$(PY) -m tools.shots $(ARGS)

docs: setup ## Write the reference pages of docs/ from the code they describe.
	$(PY) -m tools.docs

lock: $(VENV) ## Pin the newest releases that pyproject.toml allows, with hashes, in requirements/.
	$(LOCK) --output-file requirements/runtime.txt > /dev/null
	$(LOCK) --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt > /dev/null

wheel: setup ## Build the wheels that users install, server with web assets and SDK, into dist/.
	$(BIN)/hatchling build --target wheel --directory dist
	cd sdk/python && ../../$(BIN)/hatchling build --target wheel --directory ../../dist

clean: ## Remove what make made; never the data.
	rm -rf .venv dist frontend/node_modules src/farthing/web/static

$(VENV): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Farthing needs Python 3.11 or newer (make PYTHON=/path/to/python3)." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
		|| { echo "This Python cannot make virtual environments (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@echo "Installing the packages of requirements/dev.txt into .venv"
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@touch $@

# Without isolation, because the build backend stands in the lock like everything else.
$(PACKAGE): $(VENV) pyproject.toml sdk/python/pyproject.toml
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation \
		--editable . --editable sdk/python
	@touch $@

$(NODE_MODULES): $(VENV) frontend/package.json frontend/package-lock.json
	@$(PY) -m tools.npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(ASSETS): $(NODE_MODULES) $(ASSET_SOURCES)
	@$(PY) -m tools.npm run --silent build
	@$(PY) -m tools.licences
	@touch $@
