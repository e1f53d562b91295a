# `loom mcp`, asked by clients that were not written here: that of the Python SDK, and the MCP inspector. Their
# tools live under target/mcp.

.PHONY: mcp-test

MCP := $(CURDIR)/target/mcp

mcp-test: needs $(MCP)/venv/ready $(MCP)/inspector/ready ## loom mcp, asked by the Python SDK's client and the MCP inspector in both revisions
	$(CARGO) build -q --release -p loom-harness --bin loom
	PYTHONPATH=tests/peers LOOM=$(CURDIR)/target/release/loom $(MCP)/venv/bin/python tests/peers/mcp/client.py
	PYTHONPATH=tests/peers LOOM=$(CURDIR)/target/release/loom INSPECTOR=$(MCP)/inspector/node_modules/.bin/mcp-inspector \
	  $(MCP)/venv/bin/python tests/peers/mcp/inspector.py

$(MCP)/venv/ready: tests/peers/mcp/requirements.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
	  { echo 'Python 3.10 or newer with venv is missing: apt-get install python3 python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(MCP)/venv
	$(MCP)/venv/bin/pip install -q --no-deps -r tests/peers/mcp/requirements.txt
	@touch $@

$(MCP)/inspector/ready: tests/peers/mcp/package.json tests/peers/mcp/package-lock.json | node-needs
	@mkdir -p $(MCP)/inspector
	cp tests/peers/mcp/package.json tests/peers/mcp/package-lock.json $(MCP)/inspector/
	cd $(MCP)/inspector && npm ci --silent --ignore-scripts
	@touch $@
