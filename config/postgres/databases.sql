-- Run once by PostgreSQL, in an empty volume: two databases, each with an owner that sees only its own.
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv lake_password LAKE_DB_PASSWORD
create role airflow login password :'airflow_password';
create role lake login password :'lake_password';
create database airflow owner airflow encoding 'UTF8' template template0;
create database lake owner lake encoding 'UTF8' template template0;
revoke connect on database airflow from public;
revoke connect on database lake from public;
