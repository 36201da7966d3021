"""Extracts a clip whenever a line comes, and answers with CPU milliseconds a frame; of the checkout in PYTHONPATH, for extract_turns.py.

python extract_server.py CLIP PRECISION
"""

import sys
import time
from dataclasses import replace

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection

try:
    from avemo_core.corpora.clip import Clip
    from avemo_core.extraction.config import ExtractionConfig
    from avemo_core.extraction.extractor import Extractor
except ImportError:  # as they lay until 2026-11-28
    from avemo_core.clip import Clip  # type: ignore[no-redef]

    from avemo_core.extraction import ExtractionConfig, Extractor  # type: ignore[no-redef]


def main() -> None:
    """Serve."""
    path, precision = sys.argv[1:]
    whole = Selection.all(networks.load())
    selection = replace(whole, indices=whole.indices[::8], importances=whole.importances[::8])
    extractor, clip = Extractor(ExtractionConfig(precision=precision), selection), Clip(source_id="clip", uri=path)
    for _ in sys.stdin:
        start_s = time.process_time()
        frames = len(extractor.rows(clip)["has_face"][0])
        print(1e3 * (time.process_time() - start_s) / frames, flush=True)


if __name__ == "__main__":
    main()
