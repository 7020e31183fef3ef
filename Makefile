# Two commands matter: `make demo` and `make test`. Both make the environment when it is missing.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint unit bench clean

demo: $(READY)
	$(BIN)/cauce demo --workspace cauce-workspace

test: lint unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# One pytest process per core; torch and OpenVINO then get one thread each.
unit: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --durations 10

bench: $(READY)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[bench]"
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit(not ((3, 11) <= sys.version_info < (3, 13)))" || \
	  (echo "cauce needs Python 3.11 or 3.12; set PYTHON=/path/to/python3.11" && exit 2)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[train,service,dev]"
	@touch $(READY)

clean:
	rm -rf $(VENV) cauce-workspace
