"""What would a person who sees, hears or touches differently complain of?"""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

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
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}})
    return [
        f"{violation['id']}: {node['target']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def overflowing(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    found: list[str] = page.evaluate(WIDER_THAN_THE_PAGE)
    return found


def too_small(page: Page, least: int = 44) -> list[str]:
    """Controls lower than a finger needs; links in running text and in tables are exempt, as in the guidelines."""
    found: list[str] = page.evaluate(SMALLER_THAN_A_FINGER, least)
    return found
