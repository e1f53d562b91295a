#!/bin/sh
# What the action runs: the reasons become annotations and a job summary, and whatever stops the pull request, or
# keeps the guard from looking, fails the step.
set -eu
case "$BASE..$HEAD" in
  -* | ..* | *..) echo "::error title=loom guard::the action was told of no range: '$BASE..$HEAD'"; exit 2 ;;
esac
if ! command -v loom >/dev/null 2>&1; then
  echo "::error title=loom guard::there is no loom on this runner"
  exit 1
fi
set -- --range="$BASE..$HEAD" --verb "$VERB" --format github
if [ "${RECORD:-false}" = true ]; then
  set -- "$@" --record
fi
exec loom guard "$@"
