#!/bin/sh
# A loop over the reference harness, which is Rust: it counts in shared files, and only under an exclusive
# claim. Usage: loop.sh JOURNAL FOLDER NAME ROUNDS. Prints how often it was granted and how often refused.
set -eu
export LOOM_STORE="$1" LOOM_ACTOR="loop:$3" LOOM_RUN="$3"
folder=$2 rounds=$4 granted=0 refused=0
loom run start "$3" >/dev/null
while [ "$granted" -lt "$rounds" ]; do
  file=counter-$(((granted + refused) % 3))
  answer=0
  loom claim --file "$file" --repo shop --mode exclusive --ttl 1m >/dev/null || answer=$?
  case $answer in
    0) ;;
    3) refused=$((refused + 1)); continue ;;
    *) exit "$answer" ;;
  esac
  # Reading and writing are two steps: whoever came in between would be overwritten.
  count=$(cat "$folder/$file")
  echo $((count + 1)) >"$folder/$file"
  loom release >/dev/null
  granted=$((granted + 1))
done
loom run finish >/dev/null
echo "$granted $refused"
