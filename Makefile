# Everything that this repository can be asked to do. `make` alone lists it.

CARGO ?= cargo
# How long `make fuzz` runs, all targets together.
FUZZ_SECONDS ?= 600

.DEFAULT_GOAL := help
.PHONY: help demo test test-all bench lint schema vectors docs fuzz licences install needs

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: needs ## two loops fight over one repository, for real (under 20 seconds once built)
	$(CARGO) build --release -p loom-harness --bin loom
	@$(CARGO) run -q --release -p loom-harness --bin loom -- demo

test: needs ## every test of ordinary length, the vectors and the demo
	$(CARGO) test --workspace
	@set -e; for file in tests/vectors/*.jsonl; do \
	  echo "$$file"; \
	  $(CARGO) run -q --release -p loom-tests --bin vectors -- "$$file"; \
	done
	@$(MAKE) --no-print-directory demo

test-all: test ## the long tests too: what is marked #[ignore], and fuzzing
	$(CARGO) test --workspace --release --lib --bins --tests -- --ignored
	@$(MAKE) --no-print-directory fuzz

bench: needs ## the library beside its peers: a table, and target/bench.json
	@$(CARGO) run -q --profile bench -p loom-benches

lint: needs ## format, clippy and rustdoc without a warning, and the rules of the house
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
	@command -v cc >/dev/null || \
	  { echo 'cc is missing: SQLite is compiled from source, install a C compiler (gcc)' >&2; exit 1; }
	@command -v git >/dev/null || { echo 'git is missing' >&2; exit 1; }

# --- the C binding -------------------------------------------------------------------------------

# Where `make install-c` puts the library, and how it is built.
PREFIX ?= /usr/local
C_PROFILE ?= release
C_BUILT = $(or $(CARGO_TARGET_DIR),target)/$(patsubst dev,debug,$(C_PROFILE))
C_VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
C_WARNINGS = -Wall -Wextra -Wpedantic -Werror
C_PREFIX = $(abspath $(or $(CARGO_TARGET_DIR),target)/c-prefix)

.PHONY: c-test c-test-all c-lint install-c c-needs

c-test: c-needs ## the C binding: its own tests, C programs under the sanitizers, the story through pkg-config
	$(CARGO) test -p loom-ffi
	$(CARGO) test -p loom-ffi --features testing
	@rm -rf $(C_PREFIX)
	@$(MAKE) --no-print-directory install-c C_PROFILE=dev PREFIX=$(C_PREFIX)
	@set -e; for library in libloomstack.a libloomstack.so; do \
	  nm --defined-only $(C_PREFIX)/lib/$$library >$(C_PREFIX)/symbols 2>/dev/null; \
	  grep -q ' T loom_open$$' $(C_PREFIX)/symbols; \
	  if grep loom_testing $(C_PREFIX)/symbols; then \
	    echo "$$library: what is for tests was released" >&2; exit 1; \
	  fi; \
	done
	@set -e; export PKG_CONFIG_PATH=$(C_PREFIX)/lib/pkgconfig LD_LIBRARY_PATH=$(C_PREFIX)/lib; \
	cc -std=c11 $(C_WARNINGS) examples/c/story.c -o $(C_PREFIX)/story $$(pkg-config --cflags --libs loom); \
	cc -std=c11 $(C_WARNINGS) examples/c/story.c -o $(C_PREFIX)/story-static \
	  $$(pkg-config --cflags --static --libs loom | sed 's/-lloomstack/-l:libloomstack.a/'); \
	for story in story story-static; do \
	  $(C_PREFIX)/$$story >$(C_PREFIX)/told; \
	  sed -E -f examples/timeless.sed $(C_PREFIX)/told | diff -u examples/story.txt -; \
	  echo "examples/c/$$story tells the story"; \
	done

c-test-all: c-test uniffi-test ## the C binding under valgrind too, and Ruby through uniffi
	@command -v valgrind >/dev/null || \
	  { echo 'valgrind is missing: apt-get install valgrind' >&2; exit 1; }
	$(CARGO) test -p loom-ffi --features testing --test native -- --ignored

c-lint: c-needs ## the C binding: format, clippy, no stale header, no warning from C11 or C++17
	$(CARGO) fmt -p loom-ffi --check
	$(CARGO) clippy -q -p loom-ffi --all-targets -- -D warnings
	$(CARGO) clippy -q -p loom-ffi --all-targets --features testing -- -D warnings
	$(CARGO) test -q -p loom-ffi --test header
	@set -e; for source in loom-ffi/tests/c/*.c examples/c/*.c; do \
	  cc -std=c11 $(C_WARNINGS) -D_POSIX_C_SOURCE=200809L -Iloom-ffi/include -fsyntax-only $$source; \
	done
	@c++ -std=c++17 $(C_WARNINGS) -Iloom-ffi/include -fsyntax-only loom-ffi/tests/c/header.cpp

# uniffi stands apart from the workspace; what it generates is under its own licence and not kept.
UNIFFI_TARGET = $(or $(CARGO_TARGET_DIR),target)/uniffi
UNIFFI = --locked --manifest-path loom-uniffi/Cargo.toml --target-dir $(UNIFFI_TARGET)

.PHONY: uniffi-test uniffi-lint

uniffi-test: needs ## Ruby through uniffi: the vectors, and a store written in Ruby
	@ruby -e 'require "ffi"' 2>/dev/null || \
	  { echo 'ruby or its ffi is missing: apt-get install ruby ruby-ffi' >&2; exit 1; }
	$(CARGO) test -q $(UNIFFI)
	$(CARGO) build -q $(UNIFFI)
	$(CARGO) run -q $(UNIFFI) --features bindgen --bin uniffi-bindgen -- generate --no-format \
	  --library $(UNIFFI_TARGET)/debug/libloomstack_uniffi.so --language ruby --out-dir $(UNIFFI_TARGET)/ruby
	@export LD_LIBRARY_PATH=$(abspath $(UNIFFI_TARGET))/debug; \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/vectors.rb tests/vectors/wire/*.json && \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/store.rb

uniffi-lint: needs ## the uniffi binding: format and clippy without a warning
	$(CARGO) fmt --manifest-path loom-uniffi/Cargo.toml --check
	$(CARGO) clippy -q $(UNIFFI) --all-targets -- -D warnings

install-c: needs ## put libloomstack, loom.h and loom.pc under PREFIX (/usr/local)
	$(CARGO) build --locked --profile $(C_PROFILE) -p loom-ffi
	@set -e; lib=$(DESTDIR)$(abspath $(PREFIX))/lib; include=$(DESTDIR)$(abspath $(PREFIX))/include; \
	install -d $$lib/pkgconfig $$include; \
	install -m 644 loom-ffi/include/loom.h $$include/; \
	install -m 644 $(C_BUILT)/libloomstack.a $$lib/; \
	install -m 755 $(C_BUILT)/libloomstack.so $$lib/libloomstack.so.$(C_VERSION); \
	ln -sf libloomstack.so.$(C_VERSION) $$lib/libloomstack.so.$(firstword $(subst ., ,$(C_VERSION))); \
	ln -sf libloomstack.so.$(C_VERSION) $$lib/libloomstack.so; \
	sed -e 's|@PREFIX@|$(abspath $(PREFIX))|' -e 's|@VERSION@|$(C_VERSION)|' loom-ffi/loom.pc.in \
	  >$$lib/pkgconfig/loom.pc; \
	echo "installed libloomstack $(C_VERSION) under $(DESTDIR)$(abspath $(PREFIX))"

c-needs: needs
	@command -v c++ >/dev/null || { echo 'c++ is missing: apt-get install g++' >&2; exit 1; }
	@command -v nm >/dev/null || { echo 'nm is missing: apt-get install binutils' >&2; exit 1; }
	@command -v pkg-config >/dev/null || \
	  { echo 'pkg-config is missing: apt-get install pkg-config' >&2; exit 1; }
