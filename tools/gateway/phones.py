"""Which messages lie on the parents' phones? (the page at ``/``)

The showpiece of the demo: one phone for each number, the one with the newest message first. It can be read without
JavaScript; with it, the page keeps itself fresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from tools.gateway import replies
from tools.gateway.answers import Answer
from tools.gateway.ledger import Ledger, Message, Phone, Reply
from tools.gateway.numbers import BY_SUFFIX

ASSETS = Path(__file__).parent / "assets"
ASSET_TYPES = {
    "phones.css": "text/css; charset=utf-8",
    "phones.js": "text/javascript; charset=utf-8",
    "phone.svg": "image/svg+xml",
}
HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
LOCAL = ZoneInfo("Europe/Copenhagen")
PHONES_ON_A_PAGE = 24
TEXTS_ON_A_PHONE = 3
TEXTS_ON_ONE_PHONE = 200
REFUSALS_SHOWN = 10
QUICK_ANSWERS = ("1", "2", "STOP", "START")

WAITING, UNDER_WAY, THERE, ABSENT = "waiting", "under-way", "there", "absent"
STATUSES = {
    "accepted": (WAITING, "I kø"),
    "queued": (WAITING, "I kø"),
    "sent": (UNDER_WAY, "Sendt til mobilnettet"),
    "delivered": (THERE, "Leveret"),
    "undelivered": (ABSENT, "Ikke leveret"),
    "failed": (ABSENT, "Ikke leveret"),
}
REASONS = {
    30001: "køen er fuld",
    30003: "telefonen kan ikke nås",
    30005: "ukendt nummer",
    30006: "fastnettelefon",
    30007: "stoppet af teleselskabets filter",
    30036: "fristen er gået",
}
REFUSALS = {
    "21211": "nummeret er ikke gyldigt",
    "21212": "afsenderen er ikke gyldig",
    "21408": "landet er ikke åbnet",
    "21602": "beskeden er tom",
    "21603": "afsenderen mangler",
    "21604": "nummeret mangler",
    "21606": "afsenderen er ikke kontoens egen",
    "21609": "adressen til kvitteringer er ikke på denne maskine",
    "21610": "modtageren har frabedt sig sms",
    "21611": "afsenderens kø er fuld",
    "21612": "ingen vej til nummeret",
    "21614": "fastnettelefon",
    "21617": "beskeden er for lang",
    "21624": "fristen er ikke gyldig",
}
FILTERS = {
    "": ("Alle", ()),
    "undervejs": ("Undervejs", ("accepted", "queued", "sent")),
    "leveret": ("Leveret", ("delivered",)),
    "ikke-leveret": ("Ikke leveret", ("undelivered", "failed")),
}
ICONS = {
    WAITING: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m0 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6M7.2 4.5v4l3 2"
    " .9-1.2-2.4-1.6V4.5z",
    UNDER_WAY: "M6.4 12.5 2 8.1l1.2-1.2 3.2 3.2 6.4-6.5L14 4.8z",
    THERE: "M4.3 12.3.4 8.4l1.1-1.1 2.8 2.8 5.7-5.8 1.1 1.1zM8.5 12.3 7.3 11.1l1.1-1.1.2.2 5.8-5.9 1.1 1.1z",
    ABSENT: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m-.9 3h1.8v5H7.1zm0 6.2h1.8V12H7.1z",
}
FACE = "M12 3.5a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4M3.8 20.5c0-4 3.7-6.7 8.2-6.7s8.2 2.7 8.2 6.7z"
WEEKDAYS = ("man.", "tirs.", "ons.", "tors.", "fre.", "lør.", "søn.")
MONTHS = ("jan.", "feb.", "marts", "april", "maj", "juni", "juli", "aug.", "sept.", "okt.", "nov.", "dec.")


class Phones:
    """The page and its assets."""

    def __init__(self, ledger: Ledger, *, can_answer: bool = False) -> None:
        self._ledger = ledger
        self.can_answer = can_answer

    def answer(self, path: str, query: Mapping[str, str], now: float) -> Answer:
        """The response to a GET. ``query`` may hold ``q`` (digits of a number), ``status`` and ``side`` (page)."""
        if path == "/":
            return Answer(200, self._page(query, now).encode(), "text/html; charset=utf-8", HEADERS)
        name = path.removeprefix("/assets/")
        if path.startswith("/assets/") and name in ASSET_TYPES:
            return Answer(200, (ASSETS / name).read_bytes(), ASSET_TYPES[name], HEADERS)
        return Answer(404, b"not found", "text/plain; charset=utf-8")

    def _page(self, query: Mapping[str, str], now: float) -> str:
        asked = query.get("q", "").strip()
        digits = "".join(sign for sign in asked if sign.isascii() and sign.isdigit()).removeprefix("00")
        chosen = query.get("status", "") if query.get("status", "") in FILTERS else ""
        side = max(int(query["side"]), 1) if query.get("side", "").isdecimal() else 1
        phones, total = self._ledger.phones(
            digits,
            FILTERS[chosen][1],
            TEXTS_ON_ONE_PHONE if _is_whole_number(digits) else TEXTS_ON_A_PHONE,
            (side - 1) * PHONES_ON_A_PAGE,
            PHONES_ON_A_PAGE,
        )
        cards = "".join(_phone(phone, now, self.can_answer) for phone in phones)
        return f"""<!doctype html>
<html lang="da">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Forældrenes telefoner – demo</title>
<link rel="stylesheet" href="/assets/phones.css">
<link rel="icon" href="/assets/phone.svg">
<noscript><meta http-equiv="refresh" content="5"></noscript>
<script src="/assets/phones.js" defer></script>
</head>
<body>
<header class="top"><div class="wide">
<div><h1>Forældrenes telefoner</h1>
<p>Sådan ser skolens sms'er ud hos forældrene. Telefonen med den nyeste sms står først.</p></div>
<p class="demo">Demo: intet sendes ud af denne maskine</p>
</div></header>
<main class="wide">
<div class="tools">
{_search(asked, chosen)}
{self._counts(digits, chosen)}
</div>
<div class="found">
<p data-part="found">{_found(total, digits)}</p>
<div class="live"><button type="button" id="pause" class="plain" hidden>Sæt opdatering på pause</button>
<p id="news" role="status"></p></div>
</div>
<div data-part="phones">{f'<div class="phones">{cards}</div>' if cards else _nothing(digits, chosen)}</div>
<div data-part="pages">{_pages(asked, chosen, side, total)}</div>
</main>
<footer class="foot"><div class="wide">
<p>Denne gateway svarer som den rigtige sms-leverandør, så demoen sender på samme måde som i drift. Den kender
kun denne maskine: telefonerne findes ikke, og ingen besked forlader computeren.</p>
<div data-part="refusals">{self._refusals(now)}</div>
{_special_numbers()}
</div></footer>
</body>
</html>
"""

    def _counts(self, digits: str, chosen: str) -> str:
        counted = self._ledger.statuses()
        links = []
        for key, (label, statuses) in FILTERS.items():
            count = sum(n for status, n in counted.items() if not statuses or status in statuses)
            current = ' aria-current="true"' if key == chosen else ""
            links.append(
                f'<li><a href="{_link(digits, key)}"{current}>{label} <b>{_thousands(count)}</b></a></li>'
            )
        return f'<nav aria-label="Sms\'er efter status"><ul class="counts" data-part="counts">{"".join(links)}</ul></nav>'

    def _refusals(self, now: float) -> str:
        rows = "".join(
            f"<tr><td>{_day(at, now)} {_time(at)}</td><td class='whole-line'>{escape(_spaced(number))}</td>"
            f"<td>{REFUSALS.get(code, 'afvist')} ({code})</td></tr>"
            for at, number, code in self._ledger.refusals(REFUSALS_SHOWN)
        )
        if not rows:
            return ""
        return (
            "<h2>Senest afvist ved modtagelsen</h2><table><thead><tr><th scope='col'>Tid</th>"
            f"<th scope='col'>Nummer</th><th scope='col'>Grund</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def _search(asked: str, chosen: str) -> str:
    keep = f'<input type="hidden" name="status" value="{chosen}">' if chosen else ""
    return (
        '<form class="search" role="search" action="/"><div><label for="q">Søg på nummer</label>'
        f'<input type="search" id="q" name="q" value="{escape(asked)}" inputmode="tel" autocomplete="off"></div>'
        f"{keep}<button>Søg</button></form>"
    )


def _found(total: int, digits: str) -> str:
    count = "1 telefon" if total == 1 else f"{_thousands(total)} telefoner"
    return f'{count} med {digits} i nummeret. <a href="/">Vis alle</a>' if digits else count


def _nothing(digits: str, chosen: str) -> str:
    if digits or chosen:
        return (
            '<div class="nothing"><h2>Ingen telefoner her</h2><p>Der er ingen sms\'er, som passer til søgningen. '
            '<a href="/">Vis alle</a></p></div>'
        )
    return (
        '<div class="nothing"><h2>Ingen sms\'er endnu</h2><p>Når en lærer har gemt fraværet, og ingen har givet '
        "besked om eleven, dukker sms'en til forældrene op her.</p></div>"
    )


def _pages(asked: str, chosen: str, side: int, total: int) -> str:
    last = -(-total // PHONES_ON_A_PAGE)
    if last <= 1:
        return ""
    newer = f'<a href="{_link(asked, chosen, side - 1)}">Nyere</a>' if side > 1 else ""
    older = f'<a href="{_link(asked, chosen, side + 1)}">Ældre</a>' if side < last else ""
    return f'<nav class="pages" aria-label="Sider">{newer}<span>Side {side} af {last}</span>{older}</nav>'


def _phone(phone: Phone, now: float, can_answer: bool) -> str:
    texts, day = [], ""
    since = phone.messages[0].created_at if phone.messages else 0.0
    said: list[tuple[float, str]] = [(one.created_at, _text(one)) for one in phone.messages]
    said += [(one.at, _answer(one)) for one in phone.replies if one.at >= since]
    for at, text in sorted(said):
        if (own_day := _day(at, now)) != day:
            day = own_day
            texts.append(f'<li class="day">{day}</li>')
        texts.append(text)
    count = "1 besked" if phone.total == 1 else f"{_thousands(phone.total)} beskeder"
    number = escape(phone.number)
    left_out = phone.total > len(phone.messages)
    whole = (
        f'<p class="whole"><a href="{_link(phone.number, "")}">Vis hele samtalen</a></p>' if left_out else ""
    )
    return (
        f'<article class="phone" data-number="{number}" aria-labelledby="nr{number[1:]}"><div class="owner">'
        f'<span class="face" aria-hidden="true"><svg width="26" height="26" viewBox="0 0 24 24"><path d="{FACE}"/>'
        f'</svg></span><div><h2 id="nr{number[1:]}">{_spaced(number)}</h2><p>{count}</p></div></div>'
        f'<div class="talk">{whole}<ol>{"".join(texts)}</ol>{_keys(phone) if can_answer else ""}</div></article>'
    )


def _answer(reply: Reply) -> str:
    taken = reply.outcome.startswith("2")
    words = "Modtaget af skolen" if taken else "Ikke modtaget endnu"
    return (
        f'<li class="text answer" data-sid="{reply.sid}"><p class="from">Svar</p>'
        f'<p class="bubble">{escape(reply.body)}</p>'
        f'<p class="state"><span>{_time(reply.at)}</span><span>{words}</span></p></li>'
    )


def _keys(phone: Phone) -> str:
    """What one may answer, if the latest message came from a number."""
    if not phone.messages or not replies.is_answerable(phone.messages[-1].sender):
        return '<p class="no-answer">Afsenderen er et navn: sms\'en kan ikke besvares.</p>'
    number = escape(phone.number)
    quick = "".join(
        f'<button name="body" value="{text}" class="plain" aria-label="Svar {text}">{text}</button>'
        for text in QUICK_ANSWERS
    )
    hidden = f'<input type="hidden" name="number" value="{number}">'
    return (
        f'<form class="keys" method="post" action="/reply">{hidden}{quick}</form>'
        f'<form class="keys" method="post" action="/reply">{hidden}'
        f'<label for="svar{number[1:]}">Svar</label><input id="svar{number[1:]}" name="body" maxlength="1600" '
        'autocomplete="off" required><button>Send</button></form>'
    )


def _text(message: Message) -> str:
    kind, words = STATUSES.get(message.status, (WAITING, message.status))
    if message.error:
        words += f": {REASONS.get(message.error, 'ukendt grund')}"
    return (
        f'<li class="text {kind}" data-sid="{message.sid}" data-status="{message.status}">'
        f'<p class="from">{escape(message.sender or "Skolen")}</p><p class="bubble">{escape(message.body)}</p>'
        f'<p class="state"><span>{_time(message.created_at)}</span><span class="chip {kind}">'
        f'<svg width="13" height="13" viewBox="0 0 16 16" aria-hidden="true"><path d="{ICONS[kind]}"/></svg>'
        f"{words}</span></p></li>"
    )


def _special_numbers() -> str:
    rows = "".join(
        f'<tr><th scope="row">…{suffix[:2]} {suffix[2:]}</th><td>{row.says}</td></tr>'
        for suffix, row in BY_SUFFIX.items()
    )
    return (
        "<details><summary>Numre, der opfører sig særligt</summary><p>De sidste fire cifre afgør, hvad der sker. "
        "Alle andre numre får deres sms.</p><table><thead><tr><th scope='col'>Ender på</th>"
        f"<th scope='col'>Hvad der sker</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _link(asked: str, status: str, side: int = 1) -> str:
    query = {"q": asked, "status": status, "side": str(side) if side > 1 else ""}
    given = {name: value for name, value in query.items() if value}
    return escape(f"/?{urlencode(given)}") if given else "/"


def _is_whole_number(digits: str) -> bool:
    return len(digits) >= 8


def _spaced(number: str) -> str:
    """A Danish number in pairs, others as they are."""
    if number.startswith("+45") and len(number) == 11:
        return "+45 " + " ".join(number[at : at + 2] for at in range(3, 11, 2))
    return number


def _thousands(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, LOCAL).strftime("%H.%M")


def _day(at: float, now: float) -> str:
    day, today = datetime.fromtimestamp(at, LOCAL).date(), datetime.fromtimestamp(now, LOCAL).date()
    if day == today:
        return "I dag"
    if (today - day).days == 1:
        return "I går"
    return f"{WEEKDAYS[day.weekday()].capitalize()} {day.day}. {MONTHS[day.month - 1]}"
