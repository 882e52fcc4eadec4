# The two commands: make ask Q="…" and make test. Everything else is for those who work on it.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help ask index serve eval check format test test-fast clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

export QUESTION := $(value Q)
ask: .venv/installed ## make ask Q="…": answer a question; without Q, begin a conversation
	@$(BIN)/ask $${QUESTION:+-- "$$QUESTION"} || test $$? -eq 3  # 3: the documents do not say

index: .venv/installed ## index the bundled documents again, as after an update
	@$(BIN)/wenzheng index

serve: .venv/installed ## the HTTP service on http://127.0.0.1:8000
	@$(BIN)/wenzheng serve

eval: .venv/installed-test ## gold questions: table, JSON and HTML report
	$(BIN)/python -m eval --compare

check: .venv/installed-test ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-test ## let ruff mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: .venv/installed-test ## every test, with branch coverage
	$(BIN)/pytest --cov --cov-fail-under=90

test-fast: .venv/installed-test ## the tests that take less than a second
	$(BIN)/pytest -m "not slow"

clean: ## remove the virtual environment and caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.venv/installed: pyproject.toml constraints.txt
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (once, a minute or two)" >&2
	@$(INSTALL) --editable .
	@touch $@

.venv/installed-test: .venv/installed
	@echo "Installing what tests need (once, a few minutes)" >&2
	@$(INSTALL) --editable '.[test]'
	@touch $@
