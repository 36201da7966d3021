"""Hugging Face datasets."""

import tempfile

from datasets import Dataset, load_dataset
from facts import main


def opened(folder: str) -> Dataset:
    with tempfile.TemporaryDirectory() as cache:
        return load_dataset("parquet", data_dir=folder, split="train", cache_dir=cache, keep_in_memory=True)


def columns(table: Dataset) -> dict[str, list[object]]:
    return table.to_dict()


if __name__ == "__main__":
    main("datasets", opened, columns)
