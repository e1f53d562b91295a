#!/bin/sh
# Three loops in three languages share one journal: a Python loop, a Node loop, and a shell loop over the
# Rust harness, each a process of its own. They count in the same files, so a count that is lost shows
# that two of them held one file at once. Exits 1 where one is, or where the journal's chain is broken.
# They do so over a file, and over the database that LOOM_SHARED names, where it is set.
#
# Needs `loom` in PATH, PYTHON with loomstack, and NODE_FOLDER, a folder in whose node_modules it is.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rounds=${ROUNDS:-30}
cp "$here/loop.mjs" "$NODE_FOLDER/loop.mjs"

# story NAME JOURNAL: the three loops over one journal.
story() {
  shop=$work/$1/shop journal=$2
  mkdir "$work/$1"
  git init -q -b main "$shop"
  for counter in 0 1 2; do echo 0 >"$shop/counter-$counter"; done
  (cd "$shop" && loom --store "$journal" --as human:ada init --workspace acme --id shop >/dev/null)

  echo "three loops over $1, $rounds rounds each, on 3 files"
  "$PYTHON" "$here/loop.py" "$journal" "$shop" python "$rounds" >"$work/python" &
  python=$!
  node "$NODE_FOLDER/loop.mjs" "$journal" "$shop" node "$rounds" >"$work/node" &
  node=$!
  sh "$here/loop.sh" "$journal" "$shop" rust "$rounds" >"$work/rust" &
  rust=$!
  wait "$python"
  wait "$node"
  wait "$rust"

  for language in python node rust; do
    read -r granted refused <"$work/$language"
    echo "  $language: $granted grants, $refused refusals"
  done
  counted=0
  for counter in 0 1 2; do counted=$((counted + $(cat "$shop/counter-$counter"))); done
  echo "counted $counted of $((3 * rounds))"
  loom --store "$journal" log --quiet
  test "$counted" -eq $((3 * rounds))
}

story sqlite "sqlite:$work/journal.db"
if [ -n "${LOOM_SHARED:-}" ]; then
  story postgresql "$LOOM_SHARED"
fi
