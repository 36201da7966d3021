"""Spark, which needs a Java of its own; it descends into folders when it is told to."""

from facts import main
from pyspark.sql import Row, SparkSession


def opened(folder: str) -> tuple[list[str], list[Row]]:
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    table = spark.read.option("recursiveFileLookup", "true").parquet(folder)
    return table.columns, table.collect()


def columns(table: tuple[list[str], list[Row]]) -> dict[str, list[object]]:
    names, rows = table
    return {name: [row[name] for row in rows] for name in names}


if __name__ == "__main__":
    main("pyspark", opened, columns)
