"""What Superset is told for the profile ``bi`` of docker-compose.yml; everything else has its default."""

import os

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_METADATA"]  # users, and what they make beside our dashboard
WTF_CSRF_TIME_LIMIT = None
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
ALERT_REPORTS_NOTIFICATION_DRY_RUN = True
RATELIMIT_STORAGE_URI = "memory://"
APP_NAME = "Perisai"
