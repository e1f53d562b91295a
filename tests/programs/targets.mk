# The programs of others that run agents, with our hooks in them. They are large, so this is not part of
# `make test`: Claude Code comes with the agent SDK of PyPI, Codex with its package of npm. Under target/programs.

.PHONY: test-harnesses

PROGRAMS := $(CURDIR)/target/programs

test-harnesses: needs $(PROGRAMS)/venv/ready $(PROGRAMS)/codex/ready ## Claude Code and Codex themselves, with our hooks, and a scripted model on loopback (1.5 GB)
	$(CARGO) build -q --release -p loom-harness --bin loom
	cd tests/programs && PYTHONPATH=../peers:. LOOM=$(CURDIR)/target/release/loom \
	  CODEX=$(PROGRAMS)/codex/node_modules/.bin/codex $(PROGRAMS)/venv/bin/python -m pytest -q -p no:cacheprovider

$(PROGRAMS)/venv/ready: tests/programs/requirements.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
	  { echo 'Python 3.10 or newer with venv is missing: apt-get install python3 python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(PROGRAMS)/venv
	$(PROGRAMS)/venv/bin/pip install -q --no-deps -r tests/programs/requirements.txt
	@touch $@

$(PROGRAMS)/codex/ready: tests/programs/package.json tests/programs/package-lock.json | node-needs
	@mkdir -p $(PROGRAMS)/codex
	cp tests/programs/package.json tests/programs/package-lock.json $(PROGRAMS)/codex/
	cd $(PROGRAMS)/codex && npm ci --silent --ignore-scripts
	@touch $@
