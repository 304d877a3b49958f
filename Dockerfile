# One image for Airflow, the project and what several machines need, from the same hashed packages as `make run`.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# The folders that volumes are mounted on exist here, so that a new volume belongs to the user too.
RUN useradd --uid 50000 --create-home perisai \
    && install -d -o perisai -g perisai \
    /opt/airflow /opt/airflow/logs /var/lib/perisai /var/lib/perisai/landing /var/lib/perisai/published /var/lib/objects

WORKDIR /opt/perisai
COPY cluster/requirements.txt ./
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt

COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
    && rm -rf build ./*.egg-info perisai transforms expectations warehouse reports demo \
    && ln -s /opt/perisai/config /opt/airflow/config

USER perisai
WORKDIR /opt/airflow
ENV AIRFLOW_HOME=/opt/airflow AIRFLOW__CORE__DAGS_FOLDER=/opt/perisai/dags PERISAI_HOME=/var/lib/perisai
CMD ["perisai", "--help"]
