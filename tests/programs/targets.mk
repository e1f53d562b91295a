# The programs of others that run agents, with our hooks in them. They are large, so this is not part of
# `make test`: Claude Code comes with the agent SDK of PyPI, Codex with its package of npm. Under target/programs.

.PHONY: test-harnesses

PROGRAMS := $(CURDIR)/target/programs

test-harnesses: needs py-wheel $(PROGRAMS)/venv/ready $(PROGRAMS)/codex/ready $(PROGRAMS)/agent-sdk/ready loom-node/node_modules/.package-lock.json ## Claude Code, Codex and the agent SDKs themselves, with our hooks, and a scripted model on loopback (1.5 GB)
	$(CARGO) build -q --release -p loom-harness --bin loom
	$(PROGRAMS)/venv/bin/pip install -q --no-deps --force-reinstall $(PY)/wheels/*.whl
	cd loom-node && npm run --silent build
	@ln -sfn $(CURDIR)/loom-node $(PROGRAMS)/agent-sdk/node_modules/loomstack
	cd tests/programs && PYTHONPATH=../peers:. LOOM=$(CURDIR)/target/release/loom NODE_FOLDER=$(PROGRAMS)/agent-sdk \
	  CODEX=$(PROGRAMS)/codex/node_modules/.bin/codex $(PROGRAMS)/venv/bin/python -m pytest -q -p no:cacheprovider

$(PROGRAMS)/venv/ready: tests/programs/requirements.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
	  { echo 'Python 3.10 or newer with venv is missing: apt-get install python3 python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(PROGRAMS)/venv
	$(PROGRAMS)/venv/bin/pip install -q --no-deps -r tests/programs/requirements.txt
	@touch $@

$(PROGRAMS)/codex/ready: tests/programs/codex/package.json tests/programs/codex/package-lock.json | node-needs
	@mkdir -p $(PROGRAMS)/codex
	cp tests/programs/codex/package.json tests/programs/codex/package-lock.json $(PROGRAMS)/codex/
	cd $(PROGRAMS)/codex && npm ci --silent --ignore-scripts
	@touch $@

# Its types alone: the program that it would bring is the one that the SDK of PyPI brings.
$(PROGRAMS)/agent-sdk/ready: tests/programs/agent-sdk/package.json tests/programs/agent-sdk/package-lock.json | node-needs
	@mkdir -p $(PROGRAMS)/agent-sdk
	cp tests/programs/agent-sdk/package.json tests/programs/agent-sdk/package-lock.json $(PROGRAMS)/agent-sdk/
	cd $(PROGRAMS)/agent-sdk && npm ci --silent --ignore-scripts --omit=optional
	@touch $@
