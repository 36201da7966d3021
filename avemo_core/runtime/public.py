"""Addresses without the credentials in them: what may stand in a table, a log or a message. Reading uses the whole address.

s3://KEY:SECRET@bucket/who?.mp4             s3://bucket/who?.mp4               `?` is a letter of the key
https://host/a.mp4?X-Amz-Signature=1        https://host/a.mp4                 any name in a web address may hold a secret
abfss://container@account.dfs.core.windows.net/a.mp4    as it is: the container stands where others have the user
"""

from __future__ import annotations

import re
from typing import Final

_USER: Final = re.compile(r"(?P<scheme>\b[a-zA-Z][\w+.-]*)://(?P<user>[^\s/]*)@")
"""Up to the last @ before the path: a password may hold one."""

_QUOTED_USER: Final = re.compile(r"(?<=[\"'])[^\s\"'/@:]+:[^\s\"'/@]*@(?=[^\s\"'/@]+[\"'])")
"""As the S3 client quotes what it takes for a bucket: Invalid bucket name "KEY:SECRET@bucket"."""

_CONTAINER_SCHEMES: Final = frozenset({"abfs", "abfss", "wasb", "wasbs"})
"""Of Azure: scheme://container@account/path."""

# What ends a sentence about an address is not of its query: quotes, brackets, a colon.
_WEB_QUERY: Final = re.compile(r"(?P<before>\bhttps?://.*?)\?\S+?(?P<after>['\"`:,;.)\]]*(?=\s|$))")

_SIGNATURE_NAMES: Final = (
    r"x-(?:amz|goog)-[\w-]+|awsaccesskeyid|googleaccessid|signature|sig|key-pair-id|policy|credential|"
    r"(?:access|auth|security|session|sas|id)?[_-]?token|api[_-]?key|password|secret"
)
_SIGNED_QUERY: Final = re.compile(rf"\?(?:[\w.~%-]+=[^\s?&]*&)*(?:{_SIGNATURE_NAMES})=\S*?(?=['\"`:,;.)\]]*(?:\s|$))", re.IGNORECASE)


def public(text: str) -> str:
    """The text without the credentials and the signed queries of the addresses in it; a path on a disk stays as it is."""
    text = _QUOTED_USER.sub("", text)
    if "://" not in text:
        return text
    return _SIGNED_QUERY.sub("", _without_web_queries(_USER.sub(_without_user, text)))


def _without_user(match: re.Match[str]) -> str:
    container = match["user"].partition(":")[0]
    kept = f"{container}@" if match["scheme"].lower() in _CONTAINER_SCHEMES and container else ""
    return f"{match['scheme']}://{kept}"


def _without_web_queries(text: str) -> str:
    """Each web address by itself: a blank may stand in its path, another address behind it."""
    starts = [match.start() for match in re.finditer(r"\bhttps?://", text)]
    pieces = [text[start:stop] for start, stop in zip([0, *starts], [*starts, len(text)], strict=True)]
    return "".join(_WEB_QUERY.sub(r"\g<before>\g<after>", piece) for piece in pieces)
