"""The two presets: the paper to the letter, and what generalises to people never seen."""

from avemo_core.bundle.config import ModelConfig
from avemo_core.model.config import Encoding
from avemo_core.training.config import FitConfig, Recipe


def paper(encoding: Encoding = "perception") -> Recipe:
    """Chao et al. 2016, section 4.1: width 32 and 8 for the proposed model, 64 for the others; gaps as docs/decisions/ says."""
    width = 32 if encoding == "perception" else 64
    return Recipe(name="paper", model=ModelConfig(encoding=encoding, width=width, coarse="proportional"))


def best(encoding: Encoding = "perception") -> Recipe:
    """The paper's model with what helps on unseen people; each ingredient has its row in docs/benchmarks/model.md."""
    model = ModelConfig(
        encoding=encoding,
        width=64,
        selector_width=16,
        half_window=2,
        audio_components=100,
        appearance_values=128,
        audio_average_steps=2,
        visual_stride=3,
        audio_compressed=True,
        prosody=True,
        shape_procrustes=True,
        functionals_s=1.0,
        subject_normalised=True,
        by_mixture=True,
        relevance_factor=1.0,
        input_dropout=0.3,
        attention_dropout=0.5,
        clip_dropout=True,
        fusion_weight=0.95,
        evidence_s=0.8,
        pooled_functionals=True,
        pitch_ceiling_hz=600.0,
        folds_octaves=False,
    )
    fit = FitConfig(
        optimiser="adamw",
        learning_rate=3e-3,
        weight_decay=1e-2,
        epochs=12,
        patience=None,
        gradient_norm=2.0,
        average_decay=0.97,
        modality_dropout=0.1,
        splices=0.5,
        attention_loss=1.0,
    )
    return Recipe(name="best", model=model, fit=fit)
