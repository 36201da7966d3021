"""All that is looked at on one machine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Self

from avemo_core.appearance import networks
from avemo_core.appearance.selection import Selection
from avemo_core.errors import AvemoError
from avemo_core.extraction.config import ExtractionConfig
from avemo_core.preflight.agreement import differences
from avemo_core.preflight.known import excerpt, is_known, known
from avemo_core.preflight.sample import Sample, reference, sample
from cluster.doctor.finding import Finding, fine, wrong
from cluster.doctor.machine import check_device, check_machine, check_model_files
from cluster.doctor.stores import check_read, check_write
from cluster.doctor.versions import check_versions, found_versions

_REMEDY: Final = "Rows of this machine would not fit those of others. Compare the versions above with a machine that agrees; try float32."


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was seen on one machine."""

    findings: list[Finding]
    versions: dict[str, str]
    """Of Python and the packages, by name."""
    sample: Sample | None
    """Of the built-in clip on the CPU in float32; None: it could not be made."""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What to look at, beside the machine itself."""

    config: ExtractionConfig
    """Network, precision and device of the built-in clip's sample."""
    wants_device: bool
    """Whether a machine without a device is wrong."""
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)

    def without_device(self) -> Self:
        """The same on the CPU: in the precision asked for, or in float32 where that is one of devices."""
        precision = "float32" if self.config.precision == "float16" else self.config.precision
        return replace(self, config=replace(self.config, device="cpu", precision=precision), wants_device=False)


def examine(what: Examined, expected: Sample | None = None) -> Examination:
    """Look at this machine.

    Args:
        what: to look at.
        expected: another machine's sample of the whole feature map; None: the one that is known, if it is of this network.
    """
    findings = [*check_versions(), *check_machine(), check_device(is_wanted=what.wants_device), *check_model_files()]
    findings += [*map(check_read, what.reads), *map(check_write, what.writes)]
    own, of_sample = _sample(what.config, expected)
    return Examination(findings=[*findings, *of_sample], versions=found_versions(), sample=own)


def _sample(config: ExtractionConfig, expected: Sample | None) -> tuple[Sample | None, list[Finding]]:
    try:
        selection = Selection.all(networks.load(config.network, config.weights))
        own = reference(config, selection)
        findings = [_against(own, expected, "float32", config)]
        if (config.device, config.precision) != ("cpu", "float32"):
            findings.append(_compared(sample(config, selection), own, config.precision, "the CPU in float32"))
    except (AvemoError, RuntimeError) as error:  # RuntimeError: torch cannot use its device
        return None, [wrong("built-in clip", f"{type(error).__name__}: {' '.join(str(error).split())}")]
    return own, findings


def _against(own: Sample, expected: Sample | None, precision: str, config: ExtractionConfig) -> Finding:
    if expected is not None:
        return _compared(own, expected, precision, "the machine that asks")
    if is_known(config):
        return _compared(excerpt(own), known(), precision, "where avemo was measured")
    return fine("built-in clip", f"decoded, its face found and mapped ({own.computed_on}); nothing is known to hold this network against")


def _compared(found: Sample, expected: Sample, precision: str, where: str) -> Finding:
    different = differences(found, expected, precision)
    if different:
        return wrong("built-in clip", f"not as {where}: {'; '.join(different)}", _REMEDY)
    return fine("built-in clip", f"decoded, its face found and mapped as {where} ({found.computed_on})")
