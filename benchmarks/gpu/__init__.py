"""What a GPU makes of faces (benchmarks/gpu.sh)."""
