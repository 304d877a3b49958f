"""Runs in Spark's own environment, with pyspark alone: builds the tables of a plan, one after the other, as Parquet.

    python job.py plan.json

``warehouse/spark/build.py`` writes the plan and reads what comes out.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import expr

SETTINGS = {
    "spark.app.name": "perisai",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # what overflows or cannot be read is an error, not null
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


def main(plan):
    """Builds what a plan says.

    Args:
        plan: ``master``; ``spill``, the folder for what does not fit in memory; ``tables``, by name the files, the
            schema to read them by and the columns; and ``models`` in the order of building, each with its table, its
            SQL, whether it is a view, the folder to write, and by table the expressions to spread its rows by.
    """
    builder = SparkSession.builder.master(plan["master"]).config("spark.local.dir", plan["spill"])
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    frames = {
        name: spark.read.schema(table["schema"]).parquet(*table["files"]).selectExpr(*table["columns"])
        for name, table in plan["tables"].items()
    }
    for model in plan["models"]:
        for name in model["reads"]:
            keys = model["spread"].get(name)
            frame = frames[name].repartition(*map(expr, keys)) if keys else frames[name]
            frame.createOrReplaceTempView(name.replace(".", "__"))
        try:
            made = spark.sql(model["sql"])
            if not model["is_view"]:
                made.write.parquet(model["folder"])
                made = spark.read.parquet(model["folder"])
        except Exception as error:
            error.add_note(f"while building the model {model['table']} on Spark")
            raise
        frames[model["table"]] = made
        print(model["table"], flush=True)
    spark.stop()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
