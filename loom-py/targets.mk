# What `make` can be asked to do with the Python binding. Its tools live in a virtual environment
# under target/py.

.PHONY: py-test py-soak py-lint py-bench-needs py-needs py-wheel py-wheel-testing

PYTHON ?= python3
PY := $(CURDIR)/target/py

py-test: py-wheel py-wheel-testing ## the Python binding: vectors and tests, and the wheel in a fresh environment
	$(PY)/venv/bin/python loom-py/check_wheel.py $(PY)/wheels/*.whl
	$(PY)/venv/bin/pip install -q --no-deps --force-reinstall $(PY)/wheels-testing/*.whl
	cd loom-py && $(PY)/venv/bin/python -m pytest -q

py-soak: py-wheel ## ten million calls of the Python binding that only read, and no growth of memory (two minutes)
	$(PY)/venv/bin/pip install -q --no-deps --force-reinstall $(PY)/wheels/*.whl
	cd loom-py && $(PY)/venv/bin/python -m tests.soak

py-lint: py-wheel ## the Python binding: generated files, format, ruff, mypy and the stubs
	$(CARGO) clippy -q -p loom-py --features testing --locked -- -D warnings
	$(PY)/venv/bin/python loom-py/generate.py --check
	cd loom-py && $(PY)/venv/bin/ruff format --check . ../examples/python
	cd loom-py && $(PY)/venv/bin/ruff check . ../examples/python
	cd loom-py && $(PY)/venv/bin/mypy
	$(PY)/venv/bin/pip install -q --no-deps --force-reinstall $(PY)/wheels/*.whl
	cd $(PY) && venv/bin/stubtest --mypy-config-file $(CURDIR)/loom-py/pyproject.toml loomstack._loomstack

# The wheel for tests can say what a call costs that does nothing.
py-bench-needs: py-wheel-testing
	test -x $(PY)/bench/bin/python || $(PYTHON) -m venv $(PY)/bench
	$(PY)/bench/bin/pip install -q --no-deps -r loom-py/requirements-bench.txt
	$(PY)/bench/bin/pip install -q --no-deps --force-reinstall $(PY)/wheels-testing/*.whl

py-wheel: py-needs
	@rm -rf $(PY)/wheels
	$(PY)/venv/bin/maturin build -q --release -m loom-py/Cargo.toml -o $(PY)/wheels

py-wheel-testing: py-needs
	@rm -rf $(PY)/wheels-testing
	$(PY)/venv/bin/maturin build -q --release -m loom-py/Cargo.toml -o $(PY)/wheels-testing --features testing

py-needs: needs $(PY)/venv/ready

$(PY)/venv/ready: loom-py/requirements-dev.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
	  { echo 'Python 3.10 or newer with venv is missing: apt-get install python3 python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(PY)/venv
	$(PY)/venv/bin/pip install -q -r loom-py/requirements-dev.txt
	@touch $@
