#!/usr/bin/env bash
# Writes the secrets that docker-compose.yml asks for, at random, to .env (or the file named). Never overwrites one; to
# a file of an earlier release it adds those that are new.
set -euo pipefail
cd "$(dirname "$0")/.."
file=${1:-.env}

random() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }
add() { grep -q "^$1=" "$file.part" || echo "$1=$2" >>"$file.part"; }

umask 077
if [ -e "$file" ]; then
    cp "$file" "$file.part"
else
    {
        echo "# Made by make secrets. Without the two PERISAI keys nobody, you included, can tell who a participant is:"
        echo "# keep a copy of this file elsewhere, and never in git."
    } >"$file.part"
fi
for name in POSTGRES_PASSWORD AIRFLOW_DB_PASSWORD LAKE_DB_PASSWORD AIRFLOW_ADMIN_PASSWORD REDIS_PASSWORD \
    SUPERSET_ADMIN_PASSWORD; do
    add "$name" "$(random 16)"
done
for name in AIRFLOW_SECRET_KEY AIRFLOW_JWT_SECRET SUPERSET_SECRET_KEY PERISAI_HMAC_KEY PERISAI_VAULT_KEY; do
    add "$name" "$(random 32)"
done
add AIRFLOW_FERNET_KEY "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"
if cmp -s "$file" "$file.part"; then
    rm "$file.part"
    echo "$file exists; it stays as it is. The keys in it cannot be made again: keep a copy elsewhere." >&2
    exit 1
fi
mv "$file.part" "$file"
echo "Wrote $file. Airflow's user is admin; its password is AIRFLOW_ADMIN_PASSWORD in that file."
