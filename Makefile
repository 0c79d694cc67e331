# Liansuo needs only git, make and Python 3.11 to 3.13; every target installs what it needs into .venv first.
#
#   make demo                        make test PYTHON=python3.12
#   make demo WEEKS=8                make check AGAINST=HEAD

PYTHON ?= python3
WEEKS ?= 2
WORKERS ?= 3

# The contract must stay compatible with the newest release; before the first one, with the previous commit.
AGAINST ?= $(shell (git describe --tags --abbrev=0 || git rev-parse --quiet --verify HEAD^ \
	|| git rev-parse --quiet --verify HEAD) 2>/dev/null)

BIN := .venv/bin
DEMO := .venv/demo.installed
DEV := .venv/dev.installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo serve test test-long check breaking bench forecast replenishment capabilities conformance proto pins clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(DEMO) ## Trade WEEKS (2) of a real chain through the server, print the figures, write var/demo.json
	$(BIN)/liansuo demo --weeks $(WEEKS)

serve: $(DEMO) ## Run the server
	$(BIN)/liansuo serve

test: $(DEV) ## Run the tests, on SQLite and on PostgreSQL (nothing to install for either)
	$(BIN)/pytest -q -n $(WORKERS)

test-long: $(DEV) ## Run the tests that take minutes: crashes, races, a chain under load
	$(BIN)/pytest -q -m long

check: $(DEV) ## Check format, lint, types, layers, contract, generated code and dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint proto
	@$(MAKE) --no-print-directory breaking
	$(BIN)/python proto/generate.py --check
	$(BIN)/deptry .

breaking: $(DEV) ## Refuse changes of proto/ that would break clients of AGAINST (newest tag, else previous commit)
	@if git cat-file -e '$(AGAINST):proto/buf.yaml' 2>/dev/null; then \
		echo 'buf breaking proto, against $(AGAINST)'; \
		git archive '$(AGAINST)' proto | $(BIN)/buf breaking proto --against '-#format=tar,subdir=proto'; \
	else \
		echo 'buf breaking: no earlier contract to compare with'; \
	fi

bench: $(DEV) ## Measure throughput and latency, write var/bench.json
	$(BIN)/python -m tests.benchmarks

forecast: $(DEV) ## Forecast the last 8 weeks of a real year, print the errors, write var/forecast.json
	$(BIN)/python -m tests.benchmarks.forecast

replenishment: $(DEV) ## Replenish a real year by our rules and by a fixed min/max, write var/replenishment.json
	$(BIN)/python -m tests.benchmarks.replenishment

capabilities: $(DEV) ## Run the tests and write var/capabilities.json: what each capability is proven by
	$(BIN)/pytest -q -n $(WORKERS) tests --capabilities=var/capabilities.json

conformance: $(DEV) ## Run the conformance cases and write var/conformance.json: agree, policy, not_applicable, differ
	$(BIN)/pytest -q -n $(WORKERS) tests/conformance --conformance=var/conformance.json

proto: $(DEV) ## Write gen/ from proto/
	$(BIN)/python proto/generate.py

pins: $(DEV) ## Resolve pyproject.toml into requirements/; what is pinned stays, unless UPGRADE=--upgrade
	$(call compile,dev,--extra demo --extra forecast --extra dev)
	$(call compile,demo,--extra demo --constraint requirements/dev.txt)
	$(call compile,base,--constraint requirements/dev.txt)

clean: ## Remove .venv, var and all caches
	rm -rf .venv var dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp per requirements file. Hashes pin every package; the project itself is installed without asking the index.
# Python compiles what it imports: compiling all of it beforehand would take as long as the rest of the installation.
.venv/%.installed: requirements/%.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo 'Liansuo needs Python 3.11, 3.12 or 3.13: make $(MAKECMDGOALS) PYTHON=python3.12'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo 'Installing $< into .venv'
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --require-hashes --requirement $<
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

compile = $(BIN)/uv pip compile pyproject.toml --group build $(2) $(UPGRADE) --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --output-file requirements/$(1).txt
