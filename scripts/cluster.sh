#!/usr/bin/env bash
# Has the server of docker-compose.yml judge on several machines: writes what the profile `cluster` needs to .env, and the
# login of the S3 server that comes with it to site/object-storage.env (or to the files named). What is there stays.
set -euo pipefail
cd "$(dirname "$0")/.."
file=${1:-.env}
storage=${2:-site/object-storage.env}

test -e "$file" || { echo "$file is not there: make secrets first" >&2; exit 1; }
add() { grep -q "^$1=" "$file" || echo "$1=$2" >>"$file"; }
if grep "^COMPOSE_PROFILES=" "$file" | grep -qv "[=,]cluster\b"; then
    echo "$file has COMPOSE_PROFILES already: add cluster to it, behind a comma, and say this again" >&2
    exit 1
fi
umask 077
add COMPOSE_PROFILES cluster
add AIRFLOW_EXECUTOR LocalExecutor,CeleryExecutor
add PERISAI_SHARDS 2
add PERISAI_STORE s3://perisai/store
if [ ! -e "$storage" ]; then
    mkdir -p "$(dirname "$storage")"
    random() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }
    cat >"$storage.part" <<END
# How object storage is reached, and by whom. For a server of your own: its address and a login there.
AWS_ENDPOINT_URL=http://s3:8333
AWS_DEFAULT_REGION=us-east-1
AWS_ACCESS_KEY_ID=$(random 10)
AWS_SECRET_ACCESS_KEY=$(random 20)
END
    mv "$storage.part" "$storage"
fi
echo "docker compose up starts the judges of $file too, with object storage by $storage."
