"""A report as a list of blocks, written as Markdown and as HTML."""

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from napari_s6.study.plan import write_text

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1f24; background: #fff;
       max-width: 1180px; margin: 2.5em auto; padding: 0 1.5em; }
h1 { font-size: 1.7em; } h2 { font-size: 1.25em; margin-top: 2.2em; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
div.wide { overflow-x: auto; margin: 1em 0; }
th, td { padding: 3px 9px; text-align: right; border-bottom: 1px solid #e3e6ea;
         white-space: nowrap; vertical-align: top; }
th { border-bottom: 2px solid #9aa3ad; font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
tr.quiet td { color: #6b7480; }
img { max-width: 100%; height: auto; }
figure { margin: 1.2em 0; } figcaption, .caption { color: #555d66; font-size: 13px; }
pre { background: #f4f6f8; padding: .8em 1em; overflow-x: auto; font-size: 12.5px; }
""".strip()


@dataclass(frozen=True)
class _Block:
    markdown: str
    html: str


@dataclass
class Document:
    """Blocks in their order; text is plain, without any markup."""

    title: str
    blocks: list[_Block] = field(default_factory=list)

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.blocks.append(_Block(f"## {text}", f"<h2>{html.escape(text)}</h2>"))

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        self.blocks.append(_Block(text, f"<p>{html.escape(text)}</p>"))

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        caption: str = "",
        quiet: Sequence[int] = (),
    ) -> None:
        """Add a table; a line feed in a cell breaks its line, ``quiet`` rows are shown paler."""

        def line(cells: Sequence[str]) -> str:
            shown = (cell.replace("|", "\\|").replace("\n", "<br>") for cell in cells)
            return f"| {' | '.join(shown)} |"

        def cells(tag: str, row: Sequence[str]) -> str:
            inner = (html.escape(cell).replace("\n", "<br>") for cell in row)
            return "".join(f"<{tag}>{cell}</{tag}>" for cell in inner)

        rule = "|".join([":--", *["--:"] * (len(header) - 1)])
        markdown = "\n".join([line(header), f"|{rule}|", *(line(row) for row in rows)])
        body = "\n".join(
            f"{'<tr class=quiet>' if k in quiet else '<tr>'}{cells('td', row)}</tr>"
            for k, row in enumerate(rows)
        )
        table = (
            f'<div class="wide"><table>\n<thead><tr>{cells("th", header)}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody></table></div>"
        )
        if caption:
            markdown += f"\n\n{caption}"
            table += f'\n<p class="caption">{html.escape(caption)}</p>'
        self.blocks.append(_Block(markdown, table))

    def picture(self, path: Path, caption: str) -> None:
        """Add a picture that lies beside the report or below it, by its path from there."""
        where = path.as_posix()
        text = html.escape(caption)
        self.blocks.append(
            _Block(
                f"![{caption}]({where})\n\n{caption}",
                f'<figure><img src="{html.escape(where)}" alt="{text}">'
                f"<figcaption>{text}</figcaption></figure>",
            )
        )

    def code(self, text: str) -> None:
        """Add text in a fixed width."""
        self.blocks.append(
            _Block(f"```\n{text.strip()}\n```", f"<pre>{html.escape(text.strip())}</pre>")
        )

    def write(self, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
        """Write ``report.md`` and ``report.html``."""
        folder = Path(folder)
        markdown, page = folder / "report.md", folder / "report.html"
        write_text(
            markdown, "\n\n".join([f"# {self.title}", *(b.markdown for b in self.blocks)]) + "\n"
        )
        title = html.escape(self.title)
        write_text(
            page,
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
            f"<style>\n{STYLE}\n</style></head>\n<body>\n<h1>{title}</h1>\n"
            + "\n".join(block.html for block in self.blocks)
            + "\n</body></html>\n",
        )
        return markdown, page
