"""The report of a campaign: figures, what failed and why, and a gallery, as one page of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from looksmith.campaigns.plan import Plan
from looksmith.campaigns.work import Done
from looksmith.files import whole_file
from looksmith.texts import language, text

REPORT = "report.html"
MOST_PICTURES = 600
MOST_FAILURES = 1000


def write_report(plan: Plan, rows: Sequence[Done], folder: Path) -> Path:
    """Write ``report.html``; its pictures are those of the folder.

    Raises:
        LooksmithError: the file can't be written.
    """
    failed = [row for row in rows if row.why is not None]
    made = [row for row in rows if row.file is not None]
    page = _PAGE.format(
        language=language(),
        title=escape(plan.name),
        figures=_figures(rows, made, failed),
        failures=_failures(failed),
        gallery=_gallery(made),
    )
    with whole_file(folder / REPORT) as part:
        part.write_text(page, encoding="utf-8")
    return folder / REPORT


def _figures(rows: Sequence[Done], made: Sequence[Done], failed: Sequence[Done]) -> str:
    facts = {
        "report.pictures": len(rows),
        "report.files": len({row.file for row in made}),
        "report.failed": len(failed),
        "report.seconds": round(sum(row.seconds for row in rows), 1),
    }
    cells = [f"<dt>{escape(text(key))}</dt><dd>{value}</dd>" for key, value in facts.items()]
    return f"<dl>{''.join(cells)}</dl>"


def _failures(failed: Sequence[Done]) -> str:
    if not failed:
        return ""
    seen = {(row.product, row.why): row for row in failed}  # once, not once a look and group
    rows = [
        f"<tr><td>{escape(product)}</td><td>{escape(str(why))}</td></tr>"
        for product, why in list(seen)[:MOST_FAILURES]
    ]
    return f"<h2>{escape(text('report.failures'))}</h2><table>{''.join(rows)}</table>"


def _gallery(made: Sequence[Done]) -> str:
    figures = []
    for row in made[:MOST_PICTURES]:
        who = row.audience if row.user is None else f"{row.audience}, {row.user}"
        caption = escape(f"{row.product} · {row.look} · {who}")
        figures.append(
            f'<figure><img loading="lazy" src="{escape(str(row.file))}" alt="{caption}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    more = len(made) - len(figures)
    rest = f"<p>{escape(text('report.more', count=more))}</p>" if more > 0 else ""
    return f'<div class="gallery">{"".join(figures)}</div>{rest}'


_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }}
dl {{ display: flex; gap: 2rem; flex-wrap: wrap }} dt {{ color: #666 }} dd {{ margin: 0; font-size: 1.5rem }}
table {{ border-collapse: collapse }} td {{ border-bottom: 1px solid #ddd; padding: .3rem 1rem .3rem 0 }}
.gallery {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem }}
figure {{ margin: 0 }} img {{ width: 100%; display: block }} figcaption {{ color: #666; font-size: .8rem }}
</style>
<h1>{title}</h1>
{figures}
{failures}
{gallery}
</html>
"""  # noqa: E501
