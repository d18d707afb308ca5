"""Reports as Markdown and HTML."""

from html.parser import HTMLParser
from pathlib import Path

from napari_s6.study.document import Document


class _Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def test_both_forms_say_the_same(tmp_path):
    page = Document("A < B & C")
    page.heading("Results")
    page.paragraph("x < y & z")
    page.table(["name", "IoU"], [["a|b", "0.5\n± 0.1"], ["paper", "0.4"]], "Caption", quiet=[1])
    page.picture(Path("figures/a.png"), "A picture")
    page.code("napari-s6 study lines 'a b' <c>")
    markdown, html = page.write(tmp_path)
    text = markdown.read_text(encoding="utf-8")
    assert "| a\\|b | 0.5<br>± 0.1 |" in text
    assert "![A picture](figures/a.png)" in text
    read = _Cells()
    read.feed(html.read_text(encoding="utf-8"))
    said = "".join(read.text)
    for words in ("A < B & C", "x < y & z", "a|b", "± 0.1", "'a b' <c>", "Caption"):
        assert words in said
    assert read.tags.count("tr") == 3
    assert read.tags.count("img") == 1
