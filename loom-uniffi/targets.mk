# What `make` can be asked to do with the uniffi binding. It stands apart from the workspace; what uniffi
# generates is under its own licence, and is kept in folders that say so.

UNIFFI_TARGET = $(or $(CARGO_TARGET_DIR),target)/uniffi
UNIFFI = --locked --manifest-path loom-uniffi/Cargo.toml --target-dir $(UNIFFI_TARGET)

UNIFFI_GENERATE = $(CARGO) run -q $(UNIFFI) --features bindgen --bin uniffi-bindgen -- generate --no-format \
  --library $(UNIFFI_TARGET)/debug/libloomstack_uniffi.so

.PHONY: uniffi-test uniffi-lint uniffi-generated uniffi-fresh uniffi-needs

uniffi-test: uniffi-needs ## Ruby through uniffi: the vectors, a store written in Ruby, a panic
	$(CARGO) test -q $(UNIFFI)
	$(CARGO) build -q $(UNIFFI) --features testing
	$(UNIFFI_GENERATE) --language ruby --out-dir $(UNIFFI_TARGET)/ruby
	@export LD_LIBRARY_PATH=$(abspath $(UNIFFI_TARGET))/debug; \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/vectors.rb tests/vectors/wire/*.json && \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/store.rb && \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/governance.rb && \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/panic.rb

uniffi-lint: uniffi-fresh ## the uniffi binding: format and clippy without a warning, Kotlin and Swift not stale
	$(CARGO) fmt --manifest-path loom-uniffi/Cargo.toml --check
	$(CARGO) clippy -q $(UNIFFI) --all-targets --features testing -- -D warnings

	@for folder in kotlin swift; do \
	  diff -r -x README.md loom-uniffi/$$folder $(UNIFFI_TARGET)/fresh/$$folder || \
	  { echo "loom-uniffi/$$folder is stale: make uniffi-generated" >&2; exit 1; }; done

uniffi-generated: uniffi-fresh ## write the Kotlin and the Swift of the uniffi binding anew
	cp -R $(UNIFFI_TARGET)/fresh/. loom-uniffi/

# Of the library as its users get it, without the doors for tests.
uniffi-fresh: needs
	$(CARGO) build -q $(UNIFFI)
	@rm -rf $(UNIFFI_TARGET)/fresh
	@for language in kotlin swift; do \
	  $(UNIFFI_GENERATE) --language $$language --out-dir $(UNIFFI_TARGET)/fresh/$$language || exit 1; done

uniffi-needs: needs
	@.ci/need ruby ruby ruby-ffi
	@ruby -e 'require "ffi"' 2>/dev/null || \
	  { echo 'ruby or its ffi is missing: apt-get install ruby ruby-ffi' >&2; exit 1; }
