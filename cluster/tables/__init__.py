"""Tables: folders of Parquet parts, each published whole or not at all.

table (open one for writing), staging, parts (read them), parquet, rejects, run_record and run_log; feature_table and provenance know
what a features table says of itself, working_folder is for what is not yet an output.
"""
