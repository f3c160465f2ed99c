#!/usr/bin/env bash
# with_postgres.sh COMMAND …: run a command beside a private PostgreSQL server of its own.
# The server listens on a Unix socket in a temporary folder; LOOKSMITH_TEST_POSTGRES is its URL.
# It stops, and its folder goes, when the command ends.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$bin" ] || { echo "with_postgres.sh: PostgreSQL is not installed (apt-get install postgresql)" >&2; exit 2; }
folder=$(mktemp -d)
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" != 0 ] || chown postgres "$folder"
stop() { as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop || true; rm -rf "$folder"; }
trap stop EXIT
cd "$folder"
as_owner "$bin/initdb" -D data -U looksmith -A trust --locale=C --encoding=UTF8 > /dev/null
as_owner "$bin/pg_ctl" -D data -w -s -l log -o "-c listen_addresses='' -k $folder -c fsync=off" start
cd "$OLDPWD"
LOOKSMITH_TEST_POSTGRES="postgresql://looksmith@/postgres?host=$folder" "$@"
