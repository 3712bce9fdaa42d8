# Every target sets up what it needs, once, in .venv: from python3 (3.11 or newer, with venv) and a
# package registry alone. Variables of the environment, RACKLEDGER_* among them, reach what is run.

PYTHON ?= python3
BIN = .venv/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check
# One process a core, but not so many that each starts a service on a big machine.
PARALLEL ?= --numprocesses auto --maxprocesses 4
COVERAGE ?= --cov --cov-report term
# Further arguments for pytest, such as ARGS="-k restore".
ARGS ?=

# What is run on PostgreSQL too, on a server out of a wheel or that of RACKLEDGER_TEST_POSTGRES.
ON_POSTGRES ?= tests/api tests/commands tests/projections tests/cli tests/properties tests/docs

RUN = .venv/.run.stamp
DEV = .venv/.dev.stamp
# Published clients whose libraries are of no concern to the service, each kind by itself. Those in
# JavaScript only where there is what runs them: elsewhere their tests are skipped, and say so.
NODE = tests/clients/node
CLIENTS = .venv/clients/.openstack.stamp .venv/clients/.scaleway.stamp \
	$(if $(shell command -v node >/dev/null && command -v npm),$(NODE)/node_modules/.stamp)

.PHONY: help serve test check format-check lint types imports docs faults clients bench format lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do \
		printf '  make %-13s %s\n' "$$name" "$$what"; done

serve: $(RUN) ## serve on http://127.0.0.1:8000 (RACKLEDGER_* variables say otherwise)
	@exec $(BIN)/rackledger serve

test: $(DEV) $(CLIENTS) ## run all tests but the long batteries
	$(BIN)/python -m pytest -m "not faults and not slow" $(PARALLEL) $(COVERAGE) $(ARGS)
	RACKLEDGER_TEST_BACKEND=postgresql \
		$(BIN)/python -m pytest -m "not faults and not slow" $(PARALLEL) $(ON_POSTGRES) $(ARGS)

check: format-check lint types imports test docs ## run all checks, as CI does

format-check: $(DEV) ## check the format
	$(BIN)/ruff format --check .

lint: $(DEV) ## look for mistakes
	$(BIN)/ruff check .

types: $(DEV) ## check the types
	$(BIN)/mypy

imports: $(DEV) ## check which package imports which
	$(BIN)/lint-imports

docs: $(DEV) ## check that what the documents point at is there
	$(BIN)/python -m pytest tests/packaging/test_documents.py $(ARGS)

faults: $(DEV) ## run the long batteries: kills, full disks, lost connections
	$(BIN)/python -m pytest -m "faults or slow" $(ARGS)

clients: $(DEV) $(CLIENTS) ## drive a served process with published clients
	$(BIN)/python -m pytest tests/clients $(ARGS)

bench: $(DEV) ## measure
	$(BIN)/python -m bench $(ARGS)

format: $(DEV) ## bring the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# requirements.lock is what a service needs, that of postgres what it needs there, that of dev what
# tests and checks need on top, those of tests/clients what each kind of clients needs. None names a
# registry: whoever installs chooses it. UPGRADE=--upgrade takes the newest allowed versions.
UPGRADE ?=
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

lock: $(BIN)/python ## write the lock files anew (UPGRADE=--upgrade for newer versions)
	$(PIP) install --quiet "uv>=0.13,<0.14"
	$(COMPILE) --group build pyproject.toml --output-file requirements.lock
	$(COMPILE) --group build --group dev --group bench --constraint requirements.lock \
		pyproject.toml --output-file requirements-dev.lock
	$(COMPILE) --group build --extra postgres --constraint requirements-dev.lock \
		pyproject.toml --output-file requirements-postgres.lock
	for clients in openstack scaleway; do \
		$(COMPILE) tests/clients/requirements/$$clients.in \
			--output-file tests/clients/requirements/$$clients.lock || exit 1; \
	done
	if command -v npm >/dev/null; then \
		cd $(NODE) && npm install --package-lock-only --omit-lockfile-registry-resolved \
			--no-audit --no-fund; \
	fi

clean: ## remove .venv and what tools left
	rm -rf .venv $(NODE)/node_modules build dist rackledger.egg-info .coverage htmlcov .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Rackledger needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3' >&2; \
		exit 1; }
	$(PYTHON) -m venv .venv

# All that is installed is hash-checked, the build backend too: it stands in the run-time lock, and
# nothing is built in isolation, where it would be fetched anew and unchecked. The lock is the whole
# answer, so pip resolves nothing (--no-deps): asked to, it meets `coverage[toml]>=7` beside the
# locked coverage and fails on the day the registry has a newer one. `pip check` says if it is whole.
$(RUN): requirements.lock pyproject.toml $(BIN)/python
	$(PIP) install --quiet --no-deps --require-hashes --only-binary :all: -r requirements.lock
	$(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .
	$(PIP) check
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	$(PIP) install --quiet --no-deps --require-hashes --no-build-isolation -r requirements-dev.lock
	$(PIP) check
	@touch $@

.venv/clients/.%.stamp: tests/clients/requirements/%.lock $(BIN)/python
	rm -rf .venv/clients/$*
	$(BIN)/python -m venv .venv/clients/$*
	.venv/clients/$*/bin/python -m pip --disable-pip-version-check install --quiet --no-deps \
		--require-hashes --only-binary :all: -r $<
	.venv/clients/$*/bin/python -m pip --disable-pip-version-check check
	@touch $@

# What a package would run when it is installed is not run.
$(NODE)/node_modules/.stamp: $(NODE)/package.json $(NODE)/package-lock.json
	cd $(NODE) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@
