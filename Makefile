# Everything is set up by the targets themselves; what a fresh machine needs is make and Python 3.11+.

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed
# pytest-xdist's processes; they share one server of each kind.
WORKERS ?= auto
PYTEST := $(PYTHON) -m pytest --numprocesses=$(WORKERS) --dist=worksteal
TYPED := crossfade tests $(wildcard examples benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup demo rehearse chinook test lint types unit integration bench images clean
.DELETE_ON_ERROR:

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(STAMP) ## make .venv and install crossfade and its tools in it

$(STAMP): pyproject.toml
	@.ci/venv $(VENV)
	@echo "installing crossfade and its development tools in $(VENV)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## move the example application from one store to the other, under load and with faults
	@$(PYTHON) -m examples.shop.demo

rehearse: $(STAMP) ## the same at length on MySQL and DynamoDB Local in containers; exit 0 if nothing was lost
	@$(PYTHON) -m examples.shop.rehearse

# KEEP=1 leaves the servers running.
chinook: $(STAMP) ## move a real database, Chinook, from MySQL to DynamoDB in containers, and prove that it arrived
	@$(PYTHON) -m examples.chinook.walk $(if $(KEEP),--keep)

# The images first, with their progress in sight; if that fails, the integration tests fail with the reason.
test: lint types ## check all of it: style, types, import rules, unit and integration tests
	-@$(PYTHON) -m tests.images.prepare >/dev/null
	$(PYTEST) tests

lint: $(STAMP) ## check style and import rules
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(VENV)/bin/lint-imports

types: $(STAMP) ## check types
	$(PYTHON) -m mypy $(TYPED:%=-p %)

unit: $(STAMP) ## run the tests that need no server
	$(PYTEST) tests/unit

integration: $(STAMP) ## run the tests against real servers in containers
	$(PYTEST) tests/integration

# NAMES="get put" measures some of them.
bench: $(STAMP) ## measure everything that the README quotes: some minutes; best on a machine that does nothing else
	$(PYTHON) -m benchmarks.run $(NAMES)

images: $(STAMP) ## get or build the test servers' images, and print the settings that lead to them
	@$(PYTHON) -m tests.images.prepare

clean: ## remove .venv and all caches (the container images stay)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
