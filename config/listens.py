"""Health check of a worker: exits with 0 if the worker of this host that has the name takes tasks."""

import sys
from socket import gethostname

from airflow.providers.celery.executors.celery_executor import app

sys.exit(not app.control.ping(destination=[f"{sys.argv[1]}@{gethostname()}"], timeout=10))
