PYTHON ?= python3
BIN = .venv/bin
export QUERY ?= china trade

.PHONY: brief test test-long lint clean

brief: .venv/run
	@$(BIN)/python -m bot brief "$$QUERY"

test: lint
	$(BIN)/pytest -m "not long" -n 4 --dist loadfile --no-loadscope-reorder --durations=15

test-long: lint
	$(BIN)/pytest

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@echo "Setting up .venv (once, about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test: .venv/run requirements-test.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@

clean:
	rm -rf .venv build dist data *.egg-info
