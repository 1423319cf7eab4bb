# Two commands on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The processes that tests start need not compile everything anew, whatever the environment says.
ONCE := PYTHONDONTWRITEBYTECODE=

.PHONY: demo benchmark torture dist docs test test-slow lint types install install-test install-docs clean

demo: install
	$(BIN)/emobench run --models all --protocol missing_modality

# About two hours of two idle cores; it writes docs/benchmark.md.
benchmark: install
	$(BIN)/python docs/benchmarks/speed

# Hours: kills, damage, fuzzing and the like, many times; it writes docs/reliability.md.
torture: install-test
	$(BIN)/python -m pip install --quiet --editable '.[torture]'
	$(ONCE) OMP_NUM_THREADS=1 $(BIN)/python docs/benchmarks/torture

# The documentation as a site, site/index.html; a warning or a dead link ends it.
docs: install-docs
	$(ONCE) OMP_NUM_THREADS=1 $(BIN)/python docs/website

test: install-test lint types
	$(ONCE) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-slow: install-test
	$(ONCE) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m slow

lint: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# mypy knows nothing of setuptools' package-dir: show it the folders as one package.
types: install-test
	rm -rf .typecheck && mkdir -p .typecheck/emobench
	ln -s $(CURDIR)/benchmark/* .typecheck/emobench/
	ln -s $(addprefix $(CURDIR)/,models datasets protocols leaderboard) .typecheck/emobench/
	$(BIN)/mypy

# The same commit gives the same bytes, wherever and whenever it is built.
dist: install-test
	$(BIN)/python .ci/dist.py dist

# The stamps are remade when pyproject.toml changes; then pip looks again at what is needed.
install: $(VENV)/.installed
install-test: $(VENV)/.installed-test
install-docs: $(VENV)/.installed-docs

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $(VENV)/.installed $(VENV)/.installed-docs $@

$(VENV)/.installed-docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) .typecheck build dist site *.egg-info results
