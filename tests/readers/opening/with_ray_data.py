"""Ray Data, in the project's own environment."""

import pyarrow as pa
import ray
from facts import main


def opened(folder: str) -> pa.Table:
    # A Ray of its own: without the address it joins any that runs on the machine.
    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False, ignore_reinit_error=True)
    ray.data.DataContext.get_current().enable_progress_bars = False
    blocks = ray.get(ray.data.read_parquet(folder).to_arrow_refs())
    return pa.concat_tables(blocks, promote_options="permissive") if blocks else pa.table({})  # a table without rows has no blocks


def columns(table: pa.Table) -> dict[str, list[object]]:
    return table.to_pydict()


if __name__ == "__main__":
    main("ray", opened, columns)
