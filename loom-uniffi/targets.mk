# What `make` can be asked to do with the uniffi binding. It stands apart from the workspace; what uniffi
# generates is under its own licence and not kept.

UNIFFI_TARGET = $(or $(CARGO_TARGET_DIR),target)/uniffi
UNIFFI = --locked --manifest-path loom-uniffi/Cargo.toml --target-dir $(UNIFFI_TARGET)

.PHONY: uniffi-test uniffi-lint uniffi-needs

uniffi-test: uniffi-needs ## Ruby through uniffi: the vectors, a store written in Ruby, a panic
	$(CARGO) test -q $(UNIFFI)
	$(CARGO) build -q $(UNIFFI) --features testing
	$(CARGO) run -q $(UNIFFI) --features bindgen --bin uniffi-bindgen -- generate --no-format \
	  --library $(UNIFFI_TARGET)/debug/libloomstack_uniffi.so --language ruby --out-dir $(UNIFFI_TARGET)/ruby
	@export LD_LIBRARY_PATH=$(abspath $(UNIFFI_TARGET))/debug; \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/vectors.rb tests/vectors/wire/*.json && \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/store.rb && \
	ruby -I $(UNIFFI_TARGET)/ruby loom-uniffi/tests/panic.rb

uniffi-lint: needs ## the uniffi binding: format and clippy without a warning
	$(CARGO) fmt --manifest-path loom-uniffi/Cargo.toml --check
	$(CARGO) clippy -q $(UNIFFI) --all-targets --features testing -- -D warnings

uniffi-needs: needs
	@.ci/need ruby ruby ruby-ffi
	@ruby -e 'require "ffi"' 2>/dev/null || \
	  { echo 'ruby or its ffi is missing: apt-get install ruby ruby-ffi' >&2; exit 1; }
