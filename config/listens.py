"""Health check of a worker: exits with 0 if the worker on this host takes tasks."""

import sys
from socket import gethostname

from airflow.providers.celery.executors.celery_executor import app

answers = app.control.ping(timeout=10)
sys.exit(not any(gethostname() in name for answer in answers for name in answer))
