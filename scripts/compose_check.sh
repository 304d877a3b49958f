#!/usr/bin/env bash
# Does the server of docker-compose.yml work? Builds the image, starts everything under a project name of its own,
# drops demo exports into the landing volume, runs the DAG for one date, shows what was published, and removes it all.
# Needs a container engine with Compose. Takes a few minutes; KEEP=1 leaves the server up for a look. With CLUSTER=1 the
# exports lie in object storage, and two workers judge them.
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
        compose --profile bi --profile cluster down --volumes --remove-orphans >/dev/null 2>&1 || true
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

workers=()
if [ -n "${CLUSTER:-}" ]; then
    export SITE=$home/site
    scripts/cluster.sh "$home/env" "$SITE/object-storage.env"
    chmod -R a+rX "$SITE" # Compose reads the login for the services; what is mounted they read as their own user
    cp -r warehouse/reference "$SITE/"
    python3 - warehouse/reference/branch.csv >"$SITE/reference/branch.csv" <<'PYTHON'
import csv, sys
rows = [{**row, "landing_url": f"s3://perisai/landing/{row['branch_code']}"} for row in csv.DictReader(open(sys.argv[1]))]
writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
writer.writeheader()
writer.writerows(rows)
PYTHON
    echo "PERISAI_REFERENCE=/etc/perisai/reference" >>"$home/env"
    echo "PERISAI_LAKE_DATA=s3://perisai/lake" >>"$home/env"
    workers=(--scale worker=2)
fi

say "build and start"
compose build --quiet init
compose --progress quiet up --detach --wait --wait-timeout 300 "${workers[@]}"
compose ps --all --format 'table {{.Service}}\t{{.Status}}'

if [ -n "${CLUSTER:-}" ]; then
    say "exports into object storage"
    compose run --rm --no-deps -T scheduler sh -c "python -m demo --to /tmp/exports --size '${SIZE:-small}' | tail -n 1 &&
        python -c 'from s3fs import S3FileSystem; S3FileSystem().put(\"/tmp/exports/\", \"perisai/landing/\", recursive=True)'"
else
    say "exports into the landing volume, as user $(compose exec -T scheduler id -un)"
    compose run --rm --no-deps -T scheduler python -m demo --to /var/lib/perisai/landing --size "${SIZE:-small}" | tail -n 1
fi

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

if [ -n "${CLUSTER:-}" ]; then
    say "who judged, and what is in object storage"
    compose logs worker | grep -o "^worker-[0-9]*\|final_state=[a-z]*" | uniq -c
    compose exec -T scheduler python -c 'from s3fs import S3FileSystem; f = S3FileSystem()
for place in ("landing", "lake", "store"): print(len(f.find(f"perisai/{place}")), "objects in", place)'
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
