#!/bin/sh
# Breaks one constant of the core in a copy of the tree, and holds that the vectors convict it in every
# language. A runner that passes here would pass whatever the core does.
#
# Usage: tests/mutant.sh, from the root of the tree. Leaves its copy under target/mutant.
set -eu
promise='a minute of waiting is worth one priority'
copy=$(pwd)/target/mutant
mkdir -p "$copy"
git archive HEAD | tar -x -C "$copy"
cd "$copy"
git init -q . 2>/dev/null || true
broken=loom-core/src/claim/mod.rs
sed -i 's/^pub const AGEING_MS: \(.*\) = 60_000;/pub const AGEING_MS: \1 = 61_000;/' "$broken"
grep -q '= 61_000;' "$broken"

# convicts LANGUAGE COMMAND…: the command fails, and says of which promise.
convicts() {
  language=$1
  shift
  if "$@" >told 2>&1; then
    echo "$language does not notice a broken core" >&2
    exit 1
  fi
  if ! grep -q "$promise" told; then
    tail -n 20 told >&2
    echo "$language fails, and not for the promise that was broken" >&2
    exit 1
  fi
  echo "$language convicts the broken core"
}

cargo build -q -p loom-tests --bin wire_vectors
convicts Rust cargo run -q -p loom-tests --bin wire_vectors -- tests/vectors/wire/*.json
cargo build -q -p loom-ffi --features testing --tests
convicts C cargo test -q -p loom-ffi --features testing --test native vector
make -s loom-node/node_modules/.package-lock.json
(cd loom-node && npm run -s build && npm run -s pretest) >/dev/null
convicts Node sh -c 'cd loom-node && node --test build/test/vectors.test.js'
make -s py-wheel-testing
target/py/venv/bin/pip install -q --no-deps --force-reinstall target/py/wheels-testing/*.whl
convicts Python sh -c 'cd loom-py && ../target/py/venv/bin/python -m pytest -q tests/test_vectors.py'
convicts Ruby make -s uniffi-test
