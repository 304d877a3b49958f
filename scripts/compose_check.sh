#!/usr/bin/env bash
# Does the server of docker-compose.yml work? Builds the image, starts everything under a project name of its own,
# drops demo exports into the landing volume, runs the DAG for one date, shows what was published, and removes it all.
# Needs a container engine with Compose. Takes a few minutes; KEEP=1 leaves the server up for a look.
set -euo pipefail
cd "$(dirname "$0")/.."

day=${DAY:-2023-10-13}
home=$(mktemp -d)
export AIRFLOW_PORT=${AIRFLOW_PORT:-18080} BI_PORT=${BI_PORT:-18088}
compose() { docker compose --project-name perisai-check --env-file "$home/env" "$@"; }
airflow() { compose exec -T scheduler airflow "$@"; }
say() { printf '\n== %s\n' "$*"; }

finish() {
    status=$?
    if [ "$status" -ne 0 ]; then
        compose ps --all || true
        compose logs --tail 40 || true
    fi
    if [ -n "${KEEP:-}" ]; then
        echo "Still up: docker compose --project-name perisai-check --env-file $home/env down --volumes"
    else
        compose --profile bi down --volumes --remove-orphans >/dev/null 2>&1 || true
        rm -rf "$home"
    fi
    exit "$status"
}
trap finish EXIT

say "no secrets, no start"
scripts/secrets.sh "$home/env" >/dev/null
if docker compose --project-name perisai-check --env-file /dev/null config --quiet 2>"$home/refusal"; then
    echo "Compose accepted the file without secrets." >&2
    exit 1
fi
cat "$home/refusal"

say "build and start"
compose build --quiet init
compose --progress quiet up --detach --wait --wait-timeout 300
compose ps --all --format 'table {{.Service}}\t{{.Status}}'

say "exports into the landing volume, as user $(compose exec -T scheduler id -un)"
compose run --rm --no-deps -T scheduler python -m demo --to /var/lib/perisai/landing --size "${SIZE:-small}" | tail -n 1

say "daily_load for $day"
for _ in $(seq 60); do
    if airflow dags details daily_load >/dev/null 2>&1; then break; fi
    sleep 2
done
run=check_$day
airflow dags trigger daily_load --run-id "$run" --conf "{\"business_date\": \"$day\"}" >/dev/null
airflow dags unpause daily_load --yes >/dev/null
state=queued
for _ in $(seq 150); do
    state=$(airflow dags list-runs daily_load --output plain 2>/dev/null | awk -v run="$run" '$2 == run {print $3}')
    case $state in success | failed) break ;; esac
    sleep 2
done
compose exec -T scheduler sh -c "airflow tasks states-for-dag-run daily_load '$run' --output json 2>/dev/null" |
    tr '}' '\n' | sed -n 's/.*"task_id": "\([a-z]*\)", "state": "\([a-z_]*\)".*/\1 \2/p' | sort | uniq -c
if [ "$state" != success ]; then
    echo "The run ended as '$state'." >&2
    exit 1
fi

say "published"
compose exec -T --env COLUMNS=160 scheduler perisai status
compose exec -T scheduler ls -l /var/lib/perisai/published/
compose exec -T postgres psql --username postgres --dbname lake --tuples-only --no-align \
    --command "select count(*) || ' snapshots in the lake''s catalog' from ducklake_snapshot"

say "Superset, with our dashboard on it"
compose --profile bi build --quiet bi-init
compose --profile bi --progress quiet up --detach --wait --wait-timeout 300 bi
compose exec -T bi sh -c 'ls /srv/perisai/published; ! touch /srv/perisai/published/x 2>/dev/null && echo "nothing can be written there"'
if [ -x .venv/bin/python ] && command -v chromium >/dev/null; then
    SUPERSET_ADMIN_PASSWORD=$(sed -n 's/^SUPERSET_ADMIN_PASSWORD=//p' "$home/env") \
        .venv/bin/python scripts/picture_bi.py "http://127.0.0.1:$BI_PORT" "$home/dashboard.png"
    echo "every chart of the dashboard is drawn in Chromium"
fi

say "all is well"
