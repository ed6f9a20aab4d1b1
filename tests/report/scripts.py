"""The scripts of the pages: our own files, word for word."""

from pipeline.report.page import TEMPLATES


def script(name: str) -> str:
    """Return the element that holds a script."""
    return f"<script>\n{(TEMPLATES / name).read_text(encoding='utf-8').rstrip()}</script>"


SCRIPTS = [script("language.js"), script("filter.js")]


def without_scripts(text: str) -> str:
    """Remove our own scripts from a page."""
    for one in SCRIPTS:
        text = text.replace(one, "")
    return text
