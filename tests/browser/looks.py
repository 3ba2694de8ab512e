"""What would a person who sees, hears or touches differently complain of?"""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# As high as a finger needs, in pixels.
FINGER = 44
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# What is in order is not described, node by node, only to be thrown away.
VIOLATIONS = """async levels => (await axe.run({
  runOnly: {type: "tag", values: levels}, resultTypes: ["violations"], elementRef: false,
})).violations"""

WIDER_THAN_THE_PAGE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth
  ? [] : [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter(e => !e.closest(".table-scroll"))
    .map(e => `${e.tagName} ${e.className} is wider than the page`)"""

SMALLER_THAN_A_FINGER = """least => [...document.querySelectorAll("a, button, summary, select, input, label")]
  .filter(e => e.checkVisibility({opacityProperty: true}) && !e.closest("p, li, dd, td, th, .sr-only, .skipnav"))
  .filter(e => !e.matches("input:not([type]), input[type=radio], input[type=checkbox], .progress-label"))
  .filter(e => !e.matches("label.form-label:not(input + label)"))
  .map(e => [e, e.getBoundingClientRect()])
  .filter(([e, box]) => box.height && box.height + 0.5 < least)
  .map(([e, box]) => `${e.tagName} ${e.className} is ${box.height} px high`)"""


def inaccessible(page: Page) -> list[str]:
    """What axe finds, one line for each rule and place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(VIOLATIONS, LEVELS)
    return [f"{violation['id']}: {node['target']}" for violation in violations for node in violation["nodes"]]


def misfits(page: Page, *widths: int, least: int = 0) -> list[str]:
    """What is inaccessible, makes the page scroll sideways or is lower than `least` in a window of each of these widths."""
    window = page.viewport_size
    assert window is not None
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": window["height"]})
        complaints = inaccessible(page) + overflowing(page) + too_small(page, least)
        found += [f"{complaint} at {width}" for complaint in complaints]
    page.set_viewport_size(window)
    return found


def overflowing(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    found: list[str] = page.evaluate(WIDER_THAN_THE_PAGE)
    return found


def too_small(page: Page, least: int = FINGER) -> list[str]:
    """Controls lower than a finger needs; links in running text and in tables are exempt, as in the guidelines."""
    found: list[str] = page.evaluate(SMALLER_THAN_A_FINGER, least)
    return found
