# `make help` lists what can be asked. PYTHON names the interpreter of the environment: make run PYTHON=python3.12
PYTHON ?= python3
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
SPARK := .venv-spark
WASM := reports/explorer/node_modules
VENDORED := reports/explorer/vendored
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

# The business date that `make run` carries through, and the size of the exports that `make demo` makes.
DATE ?= 2023-10-13
SIZE ?= province
MILLIONS ?= 1 10 100
ERRORS ?= 24
MINUTES ?= 600
BASE ?= main
DAYS ?= 300

# State of `make run`; the demo keys are for invented people only and are announced when they are made.
export PERISAI_HOME ?= data
run demo: export PERISAI_DEMO ?= 1

##@ Everyday

.PHONY: run
run: $(VENV)/.runtime ## carry one business date from exports to the published warehouse
	@test -d "$(PERISAI_HOME)/landing" || test "$(PERISAI_DEMO)" != 1 || $(MAKE) --no-print-directory demo
	@$(BIN)/python -m perisai.run_dag $(DATE)
	@$(BIN)/perisai status

PYTEST = $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder --durations 30 $(ARGS)
test test-slow: export PYTHONDONTWRITEBYTECODE = # many tests start processes, which would compile all that they import

.PHONY: test
test: $(VENV)/.dev ## run the tests but for the slow ones, on all cores (ARGS="-k name" chooses)
	@$(PYTEST) -m "not slow"

.PHONY: test-slow
test-slow: $(VENV)/.dev ## run the slow tests: whole days, crashes, servers, long histories
	@$(PYTEST) -m slow

.PHONY: mutation
mutation: $(VENV)/.dev ## change the incentive's SQL by one, place by place, and name what no test sees
	@$(BIN)/python scripts/mutate_sql.py $(ARGS)

.PHONY: faults
faults: $(VENV)/.dev ## kill commands after each call that changes the disk, and have ERRORS calls of each fail
	@$(BIN)/python -W ignore tests/faults.py --errors $(ERRORS) --table docs/reliability.md

.PHONY: fuzz
fuzz: $(VENV)/.dev ## read files that are changed at random for MINUTES, and keep those that end badly (ARGS="--seed N")
	@PYTHONPATH=tests:. $(BIN)/python -W ignore -m corpus.fuzz --minutes $(MINUTES) $(ARGS)

.PHONY: years
years: $(VENV)/.dev ## run DAYS small days one after the other and tell what grows
	@$(BIN)/python -W ignore tests/years.py $(DAYS)

.PHONY: lint
lint: $(VENV)/.dev ## format check, lint and types, of Python and SQL
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar warehouse/models

.PHONY: format
format: $(VENV)/.dev ## rewrite Python and SQL in the house's format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar warehouse/models

.PHONY: demo
demo: $(VENV)/.runtime ## make demo exports in the landing folders
	@$(BIN)/python -m demo --to "$(PERISAI_HOME)/landing" --size $(SIZE)

.PHONY: bench
bench: $(VENV)/.runtime ## time a national day beside a plain scan and pandas; fills bench/README.md
	@$(BIN)/python -m bench.national_day --readme bench/README.md

.PHONY: bench-history
bench-history: $(VENV)/.runtime ## time a day on top of MILLIONS of payments of history, e.g. MILLIONS="1 10"
	@$(BIN)/python -m bench.history --millions $(MILLIONS)

.PHONY: bench-report
bench-report: $(VENV)/.runtime ## time the report of a nation: 325 branches, 38 provinces, a thousand wadahs
	@$(BIN)/python -m bench.report

.PHONY: bench-publish
bench-publish: $(VENV)/.runtime ## time a publication on top of MILLIONS of payments, and 50 beside 8 readers
	@$(BIN)/python -m bench.publish --millions $(MILLIONS) --readers

.PHONY: interface
interface: $(VENV)/.runtime ## write warehouse/interface.yaml anew: what is published, by name and type
	@$(BIN)/python -m warehouse.pinned

.PHONY: spark-check
spark-check: $(VENV)/.dev $(SPARK)/.made ## build by DuckDB and by Spark, and compare all tables (needs Java 17; ARGS="--size province")
	@$(BIN)/python -W ignore tests/spark_check.py $(ARGS)

.PHONY: diff
diff: $(VENV)/.runtime ## say as Markdown which figures move on the demo's exports, compared with the commit BASE
	@$(BIN)/python scripts/diff_marts.py "$(BASE)" $(ARGS)

.PHONY: picture
picture: $(VENV)/.dev ## take the README's picture of a branch's page anew, from what `make run` published
	@$(BIN)/python scripts/picture.py "$(PERISAI_HOME)/published/report/branch-NTB01.html"

.PHONY: picture-bi
picture-bi: $(VENV)/.dev ## take the picture of the dashboard anew, from the Superset that `make bi` started
	@set -a; . ./.env; $(BIN)/python scripts/picture_bi.py "http://127.0.0.1:$${BI_PORT:-8088}"

.PHONY: docs
docs: $(VENV)/.dev ## make a site of the docs under build/docs, offline; a link that leads nowhere is an error
	@$(BIN)/python -m sphinx -q -W --keep-going -E -d build/doctrees -c docs . build/docs
	@echo "build/docs/README.html"

##@ Environment

.PHONY: env
env: $(VENV)/.runtime ## make the environment that running needs

.PHONY: spark-env
spark-env: $(SPARK)/.made ## make the environment that perisai marts --engine spark needs, once about 500 MB

.PHONY: explorer
explorer: $(VENDORED)/fetched ## fetch what the report's explorer runs on, from npm

.PHONY: dev
dev: $(VENV)/.dev ## make the environment that testing needs, and the commit hooks
	@test ! -e .git || $(BIN)/pre-commit install

.PHONY: lock
lock: $(VENV)/.dev ## pin requirements*.in anew, with hashes (ARGS="--upgrade" takes newer versions)
	@$(BIN)/uv pip compile $(LOCK) $(ARGS) requirements.in -o requirements.txt
	@$(BIN)/uv pip compile $(LOCK) $(ARGS) --constraints requirements.txt cluster/requirements.in -o cluster/requirements.txt
	@$(BIN)/uv pip compile $(LOCK) $(ARGS) requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile $(LOCK) --python-version 3.12 $(ARGS) bi/requirements.in -o bi/requirements.txt
	@$(BIN)/uv pip compile $(LOCK) $(ARGS) spark/requirements.in -o spark/requirements.txt

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header

##@ Servers

.PHONY: secrets
secrets: ## write .env with random secrets for docker compose, once
	@scripts/secrets.sh

.PHONY: cluster
cluster: ## add to .env what judging on several machines needs (docs/scale.md)
	@scripts/cluster.sh

.PHONY: bi
bi: ## start Superset with our dashboard on what a server has published, and import the dashboard anew
	@docker compose --profile bi up --build --detach --wait bi
	@echo "http://127.0.0.1:$${BI_PORT:-8088}/superset/dashboard/perisai/, user admin, SUPERSET_ADMIN_PASSWORD of .env"

.PHONY: compose-check
compose-check: ## docker compose up, one day from exports to the published warehouse, down (needs an engine)
	@scripts/compose_check.sh

##@ Other

.PHONY: clean
clean: ## remove the environment and caches; the state in data/ stays
	rm -rf $(VENV) $(SPARK) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11 to 3.13, or name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	echo "$$($(PYTHON) --version) will not do: Python 3.11 to 3.13 is needed, e.g. make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) cannot make environments: install its venv package, on Debian apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Every package is pinned with its hash, so pip has nothing to resolve; what is downloaded is what was locked.
$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python $(VENDORED)/fetched
	@echo "Installing what running needs (once, about 700 MB) ..."
	@$(PIP) install --require-hashes --no-deps -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Of its own, since Great Expectations would import pyspark.
$(SPARK)/.made: spark/requirements.txt
	@$(PYTHON) -m venv $(SPARK)
	@$(SPARK)/bin/python -m pip --disable-pip-version-check -qq install --require-hashes --no-deps -r spark/requirements.txt
	@touch $@

# The explorer's database, from npm. Without npm the report has no explorer, and all else.
$(VENDORED)/fetched: reports/explorer/package.json reports/explorer/package-lock.json
	@command -v npm >/dev/null || { echo "npm not found: the report comes without its explorer (install npm, then make explorer)"; exit 0; }; \
	npm ci --prefix reports/explorer --silent --no-audit --no-fund --ignore-scripts || { echo "npm fetches nothing: the report comes without its explorer (make explorer tries again)"; exit 0; }; \
	mkdir -p $(VENDORED); \
	gzip -9nc $(WASM)/@duckdb/duckdb-wasm/dist/duckdb-eh.wasm > $(VENDORED)/duckdb.wasm.gz; \
	sed '/^\/\/# sourceMappingURL/d' $(WASM)/@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js > $(VENDORED)/worker.js; \
	sed 's/"apache-arrow"/".\/arrow.js"/g; /^\/\/# sourceMappingURL/d' $(WASM)/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs > $(VENDORED)/duckdb.js; \
	cp $(WASM)/apache-arrow/Arrow.es2015.min.js $(VENDORED)/arrow-global.js; \
	cp $(WASM)/apache-arrow/LICENSE.txt $(VENDORED)/arrow-licence.txt; \
	rm -rf $(WASM); touch $@

$(VENV)/.dev: requirements-dev.txt cluster/requirements.txt $(VENV)/.runtime
	@echo "Installing what testing needs ..."
	@$(PIP) install --require-hashes --no-deps -r cluster/requirements.txt
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.txt
	@touch $@
