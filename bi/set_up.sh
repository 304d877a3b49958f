#!/usr/bin/env bash
# Makes or renews Superset's own database, its administrator, and our dashboard from the YAML beside this script.
# May be run again: the dashboard is then as it stands here; what people made themselves stays.
set -euo pipefail
cd "$(dirname "$0")"
: "${SUPERSET_ADMIN_PASSWORD:?is empty: make secrets}"

superset db upgrade
superset fab create-admin --username admin --firstname Admin --lastname Perisai --email admin@localhost \
    --password "$SUPERSET_ADMIN_PASSWORD"
superset fab reset-password --username admin --password "$SUPERSET_ADMIN_PASSWORD"
superset init
bundle=$(mktemp -d)
python -m zipfile -c "$bundle/dashboard.zip" dashboard
superset import-dashboards --path "$bundle/dashboard.zip" --username admin
rm -r "$bundle"
