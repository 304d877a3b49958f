"""Health check of a container: exits with 0 if Airflow reports the component that is named as healthy.

The api-server hears from every component through the metadata database, so one cheap request does for all.
"""

import json
import os
import sys
from urllib.request import urlopen

URL = os.environ.get("AIRFLOW_HEALTH_URL", "http://api-server:8080/api/v2/monitor/health")

with urlopen(URL, timeout=5) as answer:  # noqa: S310 (the address is ours)
    status = json.load(answer)[sys.argv[1]]["status"]
sys.exit(status != "healthy")
