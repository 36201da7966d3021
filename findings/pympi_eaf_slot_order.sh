#!/usr/bin/env bash
# Expected: an ELAN file loaded and saved by pympi, with nothing changed, says what it said.
# In EAF a time slot may have no time: where it stands among the others is all that is known of it (parts of a divided annotation).
# pympi sorts slots by the number in their names, so ts3 between ts1 and ts2 ends up behind ts2: the second part now starts after it ends.
# It also keeps FORMAT="3.0" and points to the schema of 2.8.
# We write EAF by code of our own, slots in the order of time, and use pympi in the tests alone, to read.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq pympi-ling==1.71
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
import xml.etree.ElementTree as ET
from importlib.metadata import version
from pathlib import Path

from pympi import Eaf

print("pympi-ling", version("pympi-ling"))
Path("before.eaf").write_text("""<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
    <TIME_SLOT TIME_SLOT_ID="ts3"/>
    <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1000"/>
  </TIME_ORDER>
  <TIER TIER_ID="emotion" LINGUISTIC_TYPE_REF="emotions">
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
      <ANNOTATION_VALUE>happy</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  </TIER>
  <TIER TIER_ID="phase" LINGUISTIC_TYPE_REF="phases" PARENT_REF="emotion">
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts3">
      <ANNOTATION_VALUE>onset</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts2">
      <ANNOTATION_VALUE>offset</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  </TIER>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="emotions" TIME_ALIGNABLE="true"/>
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="phases" TIME_ALIGNABLE="true" CONSTRAINTS="Time_Subdivision"/>
  <CONSTRAINT STEREOTYPE="Time_Subdivision" DESCRIPTION="Time subdivision of parent annotation's time interval, no time gaps allowed"/>
</ANNOTATION_DOCUMENT>
""")
Eaf("before.eaf").to_file("after.eaf")


def slots(file):
    """The time slots of a file in their order."""
    return [(slot.get("TIME_SLOT_ID"), slot.get("TIME_VALUE")) for slot in ET.parse(file).iter("TIME_SLOT")]


before, after = slots("before.eaf"), slots("after.eaf")
root = ET.parse("after.eaf").getroot()
offset = root.find(".//ALIGNABLE_ANNOTATION[@ANNOTATION_ID='a3']")
print("slots before: ", before)
print("slots after:  ", after)
print("`offset` runs:", offset.get("TIME_SLOT_REF1"), "to", offset.get("TIME_SLOT_REF2"))
print("format after: ", root.get("FORMAT"), next(value for name, value in root.attrib.items() if name.endswith("SchemaLocation")))
if [name for name, _ in after] != ["ts1", "ts2", "ts3"] or offset.get("TIME_SLOT_REF1") != "ts3":
    sys.exit("No longer so: pympi keeps the order of time slots.")
PYTHON

# Seen:
#   pympi-ling 1.71
#   slots before:  [('ts1', '0'), ('ts3', None), ('ts2', '1000')]
#   slots after:   [('ts1', '0'), ('ts2', '1000'), ('ts3', None)]
#   `offset` runs: ts3 to ts2
#   format after:  3.0 http://www.mpi.nl/tools/elan/EAFv2.8.xsd
