#!/bin/sh
# Runs a command with LOOM_SHARED, the address of a database on a server of its own: a private folder, and a
# free port on loopback. Ends the server with the command, and answers as the command does.
set -eu
programs=${LOOM_POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)}
test -x "$programs/initdb" || { echo 'the PostgreSQL server is missing: apt-get install postgresql' >&2; exit 1; }
folder=$(mktemp -d)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  # The server refuses to run as root.
  chown 65534:65534 "$folder"
  as() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
fi
cd "$folder"
end() {
  as "$programs/pg_ctl" -D "$folder/data" stop -s -m immediate >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap end EXIT
as "$programs/initdb" -D "$folder/data" -A trust -U loom -E UTF8 --locale=C --no-sync >/dev/null
port=$(python3 -c 'import socket; it = socket.socket(); it.bind(("127.0.0.1", 0)); print(it.getsockname()[1])')
as "$programs/pg_ctl" -D "$folder/data" start -s -w -t 60 -l "$folder/log" \
  -o "-h 127.0.0.1 -p $port -k $folder" >/dev/null || { cat "$folder/log" >&2; exit 1; }
cd "$OLDPWD"
LOOM_SHARED="postgres://loom@127.0.0.1:$port/postgres?sslmode=disable" XDG_STATE_HOME="$folder/state" "$@"
