"""The page itself: index.html from its template, every value escaped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from avemo_core.report.headline import Tile
from avemo_core.report.inputs import Compared

ASSETS: Final = files("avemo_core.report") / "assets"


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One figure in the page; without an SVG the caption says what is missing."""

    name: str
    title: str
    caption: str
    svg: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What stands on the page."""

    title: str
    subtitle: str
    clips: int
    tiles: Sequence[Tile]
    notes: Sequence[str]
    compared: Sequence[Compared]
    panels: Sequence[Panel]
    facts: dict[str, str]
    footer: str
    recalls: Sequence[tuple[str, int, str]] = ()
    """Emotion, its clips, and its recall with its interval, of the clips counted."""


def html(page: Page) -> str:
    """The page as HTML; text of the inputs appears as text, whatever it holds."""
    template = Template((ASSETS / "index.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(page.title),
        subtitle=escape(page.subtitle),
        clips=f"{page.clips:,}",
        tiles="".join(map(_tile, page.tiles)),
        notes=_notes(page.notes),
        recalls=_recalls(page.recalls),
        comparison=_comparison(page.compared),
        plates="".join(map(_panel, page.panels)),
        facts=_facts(page.facts),
        footer=escape(page.footer),
    )


def inlined(svg: str) -> str:
    """An SVG of matplotlib's that may stand in a page: ink takes the page's colour, and nothing in it reaches outside of it."""
    bare = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    bare = re.sub(
        r' id="(?:figure|axes|patch|line2d|text|matplotlib\.axis|xtick|ytick|LineCollection|PathCollection|legend)_\d+"', "", bare
    )
    bare = re.sub(r'<svg ([^>]*?)width="([\d.]+)pt" height="[\d.]+pt"', r'<svg \1style="max-width:\2pt" role="img"', bare, count=1)
    return bare.replace("stroke: #000000", "stroke: currentColor").replace("fill: #000000", "fill: currentColor")


def _tile(tile: Tile) -> str:
    remark = f"<small>{escape(tile.remark)}</small>" if tile.remark else ""
    return f"<li><strong>{escape(tile.value)}</strong><span>{escape(tile.name)}</span>{remark}</li>"


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<section class="notes"><h2>To know when reading this report</h2><ul>{items}</ul></section>'


def _panel(panel: Panel) -> str:
    title, caption = escape(panel.title), escape(panel.caption)
    if panel.svg is None:
        return f'<figure class="plate absent" id="{panel.name}"><h3>{title}</h3><figcaption>{caption}</figcaption></figure>'
    links = "".join(f'<a href="figures/{panel.name}.{kind}" download>{kind.upper()}</a>' for kind in ("svg", "png"))
    return (
        f'<figure class="plate" id="{panel.name}"><span class="links">{links}</span><h3>{title}</h3>'
        f"{inlined(panel.svg)}<figcaption>{caption}</figcaption></figure>"
    )


def _recalls(rows: Sequence[tuple[str, int, str]]) -> str:
    if not rows:
        return ""
    body = "".join(f"<tr><td>{escape(emotion)}</td><td>{clips:,}</td><td>{escape(recall)}</td></tr>" for emotion, clips, recall in rows)
    return (
        '<section class="wide-table"><h2>By emotion</h2><p>Recall in per cent with its 95 % interval; their mean is the unweighted average '
        "recall. An emotion without clips does not count in it.</p>"
        f"<table><thead><tr><th>emotion</th><th>clips</th><th>recall</th></tr></thead><tbody>{body}</tbody></table></section>"
    )


def _comparison(rows: Sequence[Compared]) -> str:
    if not rows:
        return ""
    splits = [split for split in ("train", "val", "test") if any(split in row.splits for row in rows)]
    has_paper = any(row.paper for row in rows)
    has_uar = any(row.uar for row in rows)
    ours = [name for split in splits for name in (split, f"{split}, UAR")[: 1 + has_uar]]
    names = [*ours, *(f"paper, {split}" for split in ("train", "val", "test") if has_paper)]
    head = "".join(f"<th>{escape(name)}</th>" for name in ("model", *names))
    body = "".join(_compared(row, splits, has_paper=has_paper, has_uar=has_uar) for row in rows)
    over = "; ".join(f"{split}: {', '.join(filter(None, (rows[0].roles.get(split), words)))}" for split, words in rows[0].over.items())
    remark = f"Accuracy{' and unweighted average recall (UAR)' if has_uar else ''} in per cent with 95 % intervals ({over})."
    remark += " The paper's figures are of another data set (AFEW)." if has_paper else ""
    return (
        f'<section class="wide-table"><h2>Table 1</h2><p>{escape(remark)}</p>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"
    )


def _compared(row: Compared, splits: Sequence[str], *, has_paper: bool, has_uar: bool) -> str:
    figures = [of.get(split) for split in splits for of in (row.splits, row.uar)[: 1 + has_uar]]
    ours = "".join(f"<td>{_interval(values)}</td>" for values in figures)
    papers = "".join(f"<td>{_percent(row.paper.get(split))}</td>" for split in ("train", "val", "test")) if has_paper else ""
    return f"<tr><td>{escape(row.model)}</td>{ours}{papers}</tr>"


def _interval(values: tuple[float, float, float] | None) -> str:
    if values is None:
        return "-"
    mean, low, high = values
    return f"{_percent(mean)} <small>{_percent(low)} to {_percent(high)}</small>"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _facts(facts: dict[str, str]) -> str:
    if not facts:
        return ""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f'<section class="facts"><h2>Model</h2><dl>{items}</dl></section>'
