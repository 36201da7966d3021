#!/usr/bin/env bash
# Expected: openSMILE takes floats; what is above full scale is clipped, as every writer of 16 bit sound does, or kept as it is.
# Its Python package multiplies by 32768 and casts to 16 bit integers: +1.0 becomes -1.0, 1.05 becomes -0.95, without a warning. So a
# sound divided by its own peak may get a click from full scale to full scale, and one that was resampled, or decoded from MP3 or AAC, or
# made mono in floats gets many. Loudness, flux, HNR and jitter follow the clicks, and pitch hardly shows them. So for files of floats too.
# At the bottom the same cast makes silence of all that is below 1/32768.
# We clip to [-1, 32767/32768] before we hand sound to openSMILE (`--audio egemaps`).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq opensmile==2.6.0 numpy==2.4.6 soundfile==0.14.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import opensmile
import soundfile

RATE_HZ = 16_000
FEATURES = {"loudness": "loudness_sma3_amean", "flux": "spectralFlux_sma3_amean", "HNR": "HNRdBACF_sma3nz_amean",
            "pitch": "F0semitoneFrom27.5Hz_sma3nz_amean"}

print("opensmile", version("opensmile"), "numpy", np.__version__)
egemaps = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
time_s = np.arange(2 * RATE_HZ) / RATE_HZ
phase = 2 * np.pi * np.cumsum(150 + 5 * np.sin(2 * np.pi * 3 * time_s)) / RATE_HZ
voice = sum(np.cos(k * phase + 0.3 * k * k) / k for k in range(1, 30)) * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * time_s))
voice = voice / voice[np.argmax(np.abs(voice))]


def described(sound, as_file=False):
    """A few of eGeMAPS's functionals of a sound, or of it as a WAV file of floats; and how many warnings came."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        if as_file:
            soundfile.write("voice.wav", sound, RATE_HZ, subtype="FLOAT")
            found = egemaps.process_file("voice.wav")
        else:
            found = egemaps.process_signal(sound.astype(np.float32), RATE_HZ)
    return {name: round(float(found[column].iloc[0]), 2) for name, column in FEATURES.items()}, len(said)


seen = {
    "peak 0.9999": described(0.9999 * voice),
    "peak 1": described(voice),
    "peak 1.05, clipped": described(np.minimum(1.05 * voice, 32767 / 32768)),
    "peak 1.05": described(1.05 * voice),
    "peak 1.05, a file": described(1.05 * voice, as_file=True),
}
for what, (found, said) in seen.items():
    print(f"{what:18}", found, "warnings:", said)
print(f"samples at 1: {np.sum(voice >= 1)}, above 1 at a peak of 1.05: {np.sum(1.05 * voice > 1)}, of {len(voice)}")
flux = {what: found["flux"] for what, (found, _) in seen.items()}
if flux["peak 1"] < 1.02 * flux["peak 0.9999"] or flux["peak 1.05"] < 1.3 * flux["peak 1.05, clipped"]:
    sys.exit("No longer so: openSMILE clips what is above full scale.")
PYTHON

# Seen:
#   opensmile 2.6.0 numpy 2.4.6
#   peak 0.9999        {'loudness': 2.55, 'flux': 0.4, 'HNR': 10.49, 'pitch': 29.4} warnings: 0
#   peak 1             {'loudness': 2.56, 'flux': 0.42, 'HNR': 10.44, 'pitch': 29.4} warnings: 0
#   peak 1.05, clipped {'loudness': 2.64, 'flux': 0.42, 'HNR': 10.49, 'pitch': 29.4} warnings: 0
#   peak 1.05          {'loudness': 2.87, 'flux': 0.63, 'HNR': 9.87, 'pitch': 29.4} warnings: 0
#   peak 1.05, a file  {'loudness': 2.87, 'flux': 0.63, 'HNR': 9.87, 'pitch': 29.4} warnings: 0
#   samples at 1: 1, above 1 at a peak of 1.05: 114, of 32000
