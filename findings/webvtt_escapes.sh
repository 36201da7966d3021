#!/usr/bin/env bash
# Expected: a caption's text, written and read, is the same text, and `.text`, which takes tags out, takes escapes out too.
# webvtt-py writes `&` and `<` as they are, where WebVTT wants &amp; and &lt;: a speaker called <Ann> is then a tag, and gone on reading.
# A file that escapes as it should, and shows right in a browser, reads back with its escapes in `.text`.
# We write the escapes ourselves, and unescape what webvtt-py reads in the tests.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq webvtt-py==0.6.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
from html import escape
from importlib.metadata import version

from webvtt import Caption, WebVTT, from_string

print("webvtt-py", version("webvtt-py"))
text = "<Ann> & Bob: happy"
file = WebVTT(captions=[Caption("00:00:00.000", "00:00:01.000", text)]).content
raw = from_string(file)[0].text
escaped = from_string(file.replace(text, escape(text, quote=False)))[0].text
tagged = from_string(file.replace(text, "<b>happy</b>"))[0].text
print("text:                      ", repr(text))
print("the line that it writes:   ", repr(file.splitlines()[-1]))
print("its own file, read again:  ", repr(raw))
print("an escaped file, read:     ", repr(escaped))
print("a tag in a file, read:     ", repr(tagged))
if (raw, escaped, tagged) != (" & Bob: happy", "&lt;Ann&gt; &amp; Bob: happy", "happy"):
    sys.exit("No longer so: webvtt-py escapes what it writes, or unescapes what it reads.")
PYTHON

# Seen:
#   webvtt-py 0.6.0
#   text:                       '<Ann> & Bob: happy'
#   the line that it writes:    '<Ann> & Bob: happy'
#   its own file, read again:   ' & Bob: happy'
#   an escaped file, read:      '&lt;Ann&gt; &amp; Bob: happy'
#   a tag in a file, read:      'happy'
