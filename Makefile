# Everything that this repository can be asked to do. `make` alone lists it.

CARGO ?= cargo
# How long `make fuzz` runs, all targets together.
FUZZ_SECONDS ?= 600
# From what the random tests of `make test` draw, so that a run can be repeated; `make test-all` draws anew.
SEED ?= 20261123
# What `make bench` measures: --only SUBJECT, --quick.
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help demo test rust-test mixed test-all policy-peers mutant soak bench lint rust-lint schema vectors generated docs fuzz licences install needs

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: needs ## two loops fight over one repository, for real (under 20 seconds once built)
	$(CARGO) build --release -p loom-harness --bin loom
	@$(CARGO) run -q --release -p loom-harness --bin loom -- demo

test: rust-test exports-test mcp-test c-test node-test py-test mixed ## every test of ordinary length in every language, the vectors, the demo

rust-test: needs ## the tests in Rust, the vectors of paths and the demo
	PROPTEST_RNG_SEED=$(SEED) $(CARGO) test --workspace
	@set -e; for file in tests/vectors/*.jsonl; do \
	  echo "$$file"; \
	  $(CARGO) run -q --release -p loom-tests --bin vectors -- "$$file"; \
	done
	@$(MAKE) --no-print-directory demo

mixed: node-test py-test ## a Python loop, a Node loop and one over the Rust harness on one SQLite file, and on one PostgreSQL
	$(CARGO) build -q --release -p loom-harness --bin loom
	@mkdir -p target/mixed/node_modules && ln -sfn $(CURDIR)/loom-node target/mixed/node_modules/loomstack
	@PATH="$(CURDIR)/target/release:$$PATH" PYTHON=$(PY)/venv/bin/python NODE_FOLDER=$(CURDIR)/target/mixed \
	  sh tests/peers/with_postgres.sh sh examples/mixed/story.sh

test-all: test graphviz-test c-test-all uniffi-lint soak mutant ## the long tests too: what is marked #[ignore], Graphviz, valgrind, Ruby, memory, Cedar, a broken core, fuzzing
	LOOM_KILLS=200 $(CARGO) test --workspace --release --lib --bins --tests -- --include-ignored
	@$(MAKE) --no-print-directory policy-peers
	@$(MAKE) --no-print-directory fuzz

policy-peers: needs ## hold our policies against Cedar's over random rules (builds Cedar and Rego, which takes minutes)
	$(CARGO) clippy -q -p loom-benches --all-targets --features policy-peers -- -D warnings
	$(CARGO) test --profile bench -p loom-benches --features policy-peers policy

mutant: py-needs node-needs uniffi-needs ## break one constant of the core in a copy, and hold that every language's vectors convict it
	@sh tests/mutant.sh

soak: c-soak node-soak py-soak ## ten million calls of every binding that only read, and no growth of memory

bench: py-bench-needs node-bench-needs ## the library beside its peers: a table, and target/bench.json
	$(CARGO) build -q --profile bench -p loom-benches --bins --features policy-peers
	$(CARGO) build -q --profile bench -p loom-harness --bin loom
	@LOOM_BENCH_LOOM=$(CURDIR)/target/release/loom LOOM_BENCH_PYTHON=$(PY)/bench/bin/python LOOM_BENCH_NODE=$(CURDIR)/target/node-bench \
	  $(CARGO) run -q --profile bench -p loom-benches --features policy-peers -- $(BENCH)

lint: rust-lint c-lint node-lint py-lint ## every language's linters, the rules of the house, nothing generated that is stale

rust-lint: needs ## format, clippy and rustdoc without a warning, and the rules of the house
	@$(CARGO) fmt --version >/dev/null 2>&1 && $(CARGO) clippy --version >/dev/null 2>&1 || \
	  { echo 'rustfmt or clippy is missing: rustup component add rustfmt clippy' >&2; exit 1; }
	$(CARGO) fmt --all --check
	$(CARGO) clippy -q --workspace --all-targets -- -D warnings
	@# The core as its users build it: without what other crates of the workspace switch on.
	$(CARGO) clippy -q -p loom-core -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc -q --workspace --no-deps
	$(CARGO) test -q -p loom-tests --test house
	$(CARGO) run -q -p loom-tests --bin schema -- --check

schema: needs ## write the JSON schemas of the wire contract anew, to tests/schema
	@$(CARGO) run -q -p loom-tests --bin schema

vectors: needs ## play the stories of tests/src/scenarios and write their vectors to tests/vectors/wire
	@$(CARGO) run -q -p loom-tests --bin wire_vectors

generated: schema py-needs node-needs ## write anew what the bindings make from the schema
	$(PY)/venv/bin/python loom-py/generate.py
	cd loom-node && npm run -s generate

docs: needs ## the documentation, in target/doc
	@$(CARGO) doc -q --workspace --no-deps
	@echo 'target/doc/loom_core/index.html'

# cargo-fuzz wants a nightly compiler; the one here does under RUSTC_BOOTSTRAP. What a run finds new
# goes to tests/fuzz/corpus, which is not kept; tests/fuzz/seeds is.
fuzz: needs ## fuzz each target of tests/fuzz, FUZZ_SECONDS (600) together
	@$(CARGO) fuzz --version >/dev/null 2>&1 || $(CARGO) install --quiet --locked cargo-fuzz
	@set -e; cd tests/fuzz; \
	targets=$$($(CARGO) fuzz list --fuzz-dir .); \
	each=$$(( $(FUZZ_SECONDS) / $$(echo "$$targets" | wc -l) )); \
	test "$$each" -gt 0 || each=1; \
	for target in $$targets; do \
	  echo "$$target: $$each seconds"; \
	  mkdir -p "corpus/$$target" "seeds/$$target"; \
	  RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run --fuzz-dir . "$$target" "corpus/$$target" "seeds/$$target" -- \
	    -max_total_time="$$each" -timeout=10 -verbosity=0 -print_final_stats=1; \
	done

licences: needs ## list the licence of every dependency, and fail on one that binds
	@$(CARGO) test -q -p loom-tests --test house licence -- --nocapture

install: needs ## put the reference harness `loom` where cargo puts programs
	$(CARGO) install --locked --path examples/harness

needs:
	@command -v $(CARGO) >/dev/null || \
	  { echo 'cargo is missing: install Rust 1.90 or newer, see https://rustup.rs' >&2; exit 1; }
	@# SQLite is compiled from source.
	@.ci/need cc gcc libc6-dev
	@.ci/need git git
	@# Tests of the team's journal run a server of their own.
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || .ci/need initdb postgresql || \
	  ls /usr/lib/postgresql/*/bin/initdb >/dev/null

# Each binding beside its sources: NAME-test and NAME-lint.
include loom-ffi/targets.mk
include loom-node/targets.mk
include loom-py/targets.mk
include loom-uniffi/targets.mk
include tests/peers/mcp/targets.mk
include tests/programs/targets.mk
include tests/validators/targets.mk
