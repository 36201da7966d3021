"""How a file in an export names the video that it is about."""

import os
from pathlib import PurePosixPath


def media_url(uri: str, folder: str) -> str:
    """The video as seen from the folder of the export.

    A path on this machine becomes relative, which holds when both are moved together, and says nothing of whose machine it was.
    Where the folder is in a store, the video's name alone is left: annotation tools look for it beside their own file.

    Args:
        uri: absolute path or URL of the video, without credentials.
        folder: absolute path or URL of the folder.
    """
    if _is_url(uri):
        return uri
    path = PurePosixPath(uri.removeprefix("file://").removeprefix("local://"))
    return path.name if _is_url(folder) else os.path.relpath(path, folder.removeprefix("file://"))


def _is_url(location: str) -> bool:
    return "://" in location and not location.startswith(("file://", "local://"))
