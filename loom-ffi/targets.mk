# What `make` can be asked to do with the C binding.

# Where `make install-c` puts the library, and how it is built.
PREFIX ?= /usr/local
C_PROFILE ?= release
C_BUILT = $(or $(CARGO_TARGET_DIR),target)/$(patsubst dev,debug,$(C_PROFILE))
C_VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
C_WARNINGS = -Wall -Wextra -Wpedantic -Werror
C_PREFIX = $(abspath $(or $(CARGO_TARGET_DIR),target)/c-prefix)

.PHONY: c-test c-test-all c-soak c-lint install-c c-needs

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
	@.ci/need valgrind valgrind
	$(CARGO) test -p loom-ffi --features testing --test native -- --ignored

c-soak: c-needs ## ten million calls of the C binding that only read, and no growth of memory (half a minute)
	$(CARGO) build --locked --profile $(C_PROFILE) -p loom-ffi
	@cc -std=c11 $(C_WARNINGS) -O2 -D_POSIX_C_SOURCE=200809L -Iloom-ffi/include loom-ffi/tests/c/soak.c \
	  $(C_BUILT)/libloomstack.a -ldl -lm -pthread -o $(C_BUILT)/c-soak
	@$(C_BUILT)/c-soak

c-lint: c-needs ## the C binding: format, clippy, no stale header, no warning from C11 or C++17
	$(CARGO) fmt -p loom-ffi --check
	$(CARGO) clippy -q -p loom-ffi --all-targets -- -D warnings
	$(CARGO) clippy -q -p loom-ffi --all-targets --features testing -- -D warnings
	$(CARGO) test -q -p loom-ffi --test header
	@set -e; for source in loom-ffi/tests/c/*.c examples/c/*.c; do \
	  cc -std=c11 $(C_WARNINGS) -D_POSIX_C_SOURCE=200809L -Iloom-ffi/include -fsyntax-only $$source; \
	done
	@c++ -std=c++17 $(C_WARNINGS) -Iloom-ffi/include -fsyntax-only loom-ffi/tests/c/header.cpp

install-c: needs ## put libloomstack, loom.h and loom.pc under PREFIX (/usr/local)
	$(CARGO) build --locked --profile $(C_PROFILE) -p loom-ffi
	@set -e; lib=$(DESTDIR)$(abspath $(PREFIX))/lib; include=$(DESTDIR)$(abspath $(PREFIX))/include; \
	install -d $$lib/pkgconfig $$include; \
	install -m 644 loom-ffi/include/loom.h $$include/; \
	install -m 644 $(C_BUILT)/libloomstack.a $$lib/; \
	install -m 755 $(C_BUILT)/libloomstack.so $$lib/libloomstack.so.$(C_VERSION); \
	strip --strip-debug $$lib/libloomstack.a $$lib/libloomstack.so.$(C_VERSION); \
	ln -sf libloomstack.so.$(C_VERSION) $$lib/libloomstack.so.$(firstword $(subst ., ,$(C_VERSION))); \
	ln -sf libloomstack.so.$(C_VERSION) $$lib/libloomstack.so; \
	sed -e 's|@PREFIX@|$(abspath $(PREFIX))|' -e 's|@VERSION@|$(C_VERSION)|' loom-ffi/loom.pc.in \
	  >$$lib/pkgconfig/loom.pc; \
	echo "installed libloomstack $(C_VERSION) under $(DESTDIR)$(abspath $(PREFIX))"

c-needs: needs
	@.ci/need c++ g++
	@.ci/need nm binutils
	@.ci/need pkg-config pkg-config
