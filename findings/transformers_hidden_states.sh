#!/usr/bin/env bash
# Expected: one folder of weights gives one set of hidden states in each 5.x, and the last of them is `last_hidden_state`.
# Speech encoders with layer norm before each layer (do_stable_layer_norm: the large wav2vec 2.0, XLS-R, HuBERT, WavLM) end in one more
# norm. Up to transformers 5.15.1 the last of `hidden_states` is taken behind it, from 5.16.1 on before it. The other states, and
# `last_hidden_state`, stay as they are; so do encoders without that norm.
# A mean of the last four layers, a usual feature in this field, changes with it, without a warning, by more the further a state's size
# is from 1: a classifier learned with one release reads other features in the next.
# We take `last_hidden_state` for the last one, whichever release is there (`--speech`).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq transformers==5.24.0 torch==2.13.0 numpy==2.4.6
"$work/venv/bin/pip" install -qq --target "$work/earlier" transformers==5.15.1 numpy==2.4.6
cd "$work"
export HF_HOME="$work/hf" HF_HUB_OFFLINE=1
cat > states.py <<'PYTHON'
import sys

import torch
import transformers
from transformers import HubertConfig, HubertModel, Wav2Vec2Config, Wav2Vec2Model, WavLMConfig, WavLMModel

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
SIZES = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32, "conv_dim": (16,) * 7,
         "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
KINDS = {"wav2vec2": (Wav2Vec2Config, Wav2Vec2Model), "hubert": (HubertConfig, HubertModel), "wavlm": (WavLMConfig, WavLMModel)}

sound = torch.randn(1, 16_000, generator=torch.Generator().manual_seed(0))
found = {}
for kind, (config, model_class) in KINDS.items():
    for stable in (False, True):
        folder = f"{kind}{'-stable' if stable else ''}"
        if sys.argv[1] == "save":
            torch.manual_seed(0)
            norm = "layer" if stable else "group"
            model_class(config(**SIZES, do_stable_layer_norm=stable, feat_extract_norm=norm)).save_pretrained(folder)
        model = model_class.from_pretrained(folder, use_safetensors=True, dtype=torch.float32).eval()
        with torch.inference_mode():
            out = model(sound, output_hidden_states=True)
        found[folder] = torch.stack([*out.hidden_states, out.last_hidden_state])
torch.save({"release": transformers.__version__, "found": found}, sys.argv[2])
PYTHON
PYTHONPATH="$work/earlier" "$work/venv/bin/python" states.py save earlier.pt
"$work/venv/bin/python" states.py load later.pt
"$work/venv/bin/python" - <<'PYTHON'
import sys

import torch

earlier, later = (torch.load(name) for name in ("earlier.pt", "later.pt"))
print("transformers", earlier["release"], "and", later["release"], "torch", torch.__version__.split("+")[0])
changed, tied = set(), {}
for folder, before in earlier["found"].items():
    after = later["found"][folder]
    alike = [bool(torch.allclose(a, b, atol=1e-4)) for a, b in zip(before, after)]
    tied[folder] = tuple(bool(torch.equal(states[-2], states[-1])) for states in (before, after))
    print(f"{folder + ':':16} hidden_states alike {alike[:-1]}, last_hidden_state {alike[-1]}; "
          f"the last is last_hidden_state: {tied[folder][0]}, {tied[folder][1]}")
    if not all(alike):
        changed.add(folder)
        mean = [states[-5:-1].mean(0) for states in (before, after)]
        print(f"{'':16} its deviation {before[-2].std():.2f}, {after[-2].std():.2f}; mean of four layers off by "
              f"{(mean[0] - mean[1]).norm() / mean[0].norm():.0%} of its length")
stable = {folder for folder in tied if folder.endswith("-stable")}
if changed != stable or any(tied[folder] != (True, folder not in stable) for folder in tied):
    sys.exit("No longer so: both releases take the last state at one place.")
PYTHON

# Seen:
#   transformers 5.15.1 and 5.24.0 torch 2.13.0
#   wav2vec2:        hidden_states alike [True, True, True, True, True], last_hidden_state True; the last is last_hidden_state: True, True
#   wav2vec2-stable: hidden_states alike [True, True, True, True, False], last_hidden_state True; the last is last_hidden_state: True, False
#                    its deviation 1.00, 0.57; mean of four layers off by 17% of its length
#   hubert:          hidden_states alike [True, True, True, True, True], last_hidden_state True; the last is last_hidden_state: True, True
#   hubert-stable:   hidden_states alike [True, True, True, True, False], last_hidden_state True; the last is last_hidden_state: True, False
#                    its deviation 1.00, 0.08; mean of four layers off by 75% of its length
#   wavlm:           hidden_states alike [True, True, True, True, True], last_hidden_state True; the last is last_hidden_state: True, True
#   wavlm-stable:    hidden_states alike [True, True, True, True, False], last_hidden_state True; the last is last_hidden_state: True, False
#                    its deviation 1.00, 0.49; mean of four layers off by 25% of its length
