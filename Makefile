# Everything is set up by the targets themselves; what a fresh machine needs is make and Python 3.11+.

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed
# pytest-xdist's processes; they share one server of each kind.
WORKERS ?= auto
PYTEST := $(PYTHON) -m pytest --numprocesses=$(WORKERS) --dist=worksteal
TYPED := crossfade tests $(wildcard examples benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit integration images clean
.DELETE_ON_ERROR:

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(STAMP) ## make .venv and install crossfade and its tools in it

$(STAMP): pyproject.toml
	@.ci/venv $(VENV)
	@echo "installing crossfade and its development tools in $(VENV)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## run the example application, moving it from one store to the other
	@$(PYTHON) -m examples.shop.demo

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

images: $(STAMP) ## get or build the test servers' images, and print the settings that lead to them
	@$(PYTHON) -m tests.images.prepare

clean: ## remove .venv and all caches (the container images stay)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
