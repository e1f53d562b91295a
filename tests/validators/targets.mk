# Exports and policies, held by tools that were not written here. Their virtual environment is under
# target/py.

.PHONY: exports-test graphviz-test

VALIDATORS := $(CURDIR)/target/py/validators
VALIDATE = $(VALIDATORS)/bin/python -W error tests/validators
EXPORTS := $(CURDIR)/target/exports

exports-test: needs $(VALIDATORS)/ready ## exports and example policies, held by validators of PyPI
	$(CARGO) run -q -p loom-tests --bin exports -- $(EXPORTS)
	$(VALIDATE)/prov_json.py $(EXPORTS)/prov.json
	$(VALIDATE)/in_toto.py $(EXPORTS)/statements.jsonl
	$(VALIDATE)/otlp.py $(EXPORTS)/spans.json
	$(VALIDATE)/agent_trace.py tests/data/agent-trace.schema.json $(EXPORTS)/traces.jsonl
	$(VALIDATE)/policies.py tests/schema/policy.json $(filter-out %.stories.yaml,$(wildcard examples/policies/*.yaml))

graphviz-test: exports-test ## the export for Graphviz, read by Graphviz
	@.ci/need dot graphviz
	$(VALIDATE)/graphviz.py $(EXPORTS)/history.dot $(EXPORTS)/names.json

$(VALIDATORS)/ready: tests/validators/requirements.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
	  { echo 'Python 3.10 or newer with venv is missing: apt-get install python3 python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VALIDATORS)
	$(VALIDATORS)/bin/pip install -q --no-deps -r tests/validators/requirements.txt
	@touch $@
