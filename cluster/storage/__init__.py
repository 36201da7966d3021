"""Tables: folders of Parquet parts on a local disk or an object store, published whole or not at all."""
