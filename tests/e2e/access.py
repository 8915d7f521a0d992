"""What everybody can use: people who see little, who want no motion, who have only a keyboard (WCAG 2.2 AA)."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """() => [...document.querySelectorAll('main *')].filter((one) => {
  const style = getComputedStyle(one)
  const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
  const hides = style.overflowX === 'hidden' || style.overflowX === 'clip' || style.overflowY === 'hidden' || style.overflowY === 'clip'
  return words && hides && style.clip === 'auto' && style.clipPath === 'none' && style.textOverflow !== 'ellipsis'
    && one.clientHeight > 1 && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
}).map((one) => one.outerHTML.slice(0, 120))"""  # what is hidden on purpose, for screen readers, is clipped or a pixel high
# What moves, or would: elements and what is drawn before and after them, by style or by script.
MOVES = """() => {
  const lasts = (times) => times.split(',').some((time) => parseFloat(time) > 0.01)
  const moves = (style) => lasts(style.transitionDuration) || (style.animationName !== 'none' && lasts(style.animationDuration))
  const parts = (one) => ['', '::before', '::after'].map((part) => getComputedStyle(one, part))
  const found = [...document.querySelectorAll('body, body *')].filter((one) => parts(one).some(moves))
  const running = document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 10).map((one) => one.effect.target)
  return [...found, ...running].map((one) => one.outerHTML.slice(0, 120))
}"""
# Where the keyboard is: what it is called, and whether one sees that it is there.
FOCUSED = """() => {
  const at = document.activeElement
  if (!at || at === document.body) return null
  const style = getComputedStyle(at), box = at.getBoundingClientRect(), card = at.closest('.choice-card')
  const name = at.getAttribute('aria-label') || at.innerText || at.labels?.[0]?.innerText || at.title || at.value || ''
  const ring = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || (card && getComputedStyle(card).outlineStyle !== 'none')
  return { tag: at.tagName, name: name.trim(), ring, width: box.width }
}"""

# Everything the keyboard must reach, in reading order; of a group of choices only the one that is chosen, if any.
# Then, at every stop: which of them it is, whether it is in sight, not beneath something, and has a ring.
WATCH = """() => {
  const shown = (one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }) && !one.closest('[inert]')
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(shown)
    .filter((one) => one.type !== 'radio' || one.checked || !document.querySelector(`[name="${one.name}"]:checked`))
  const look = ({ target }) => {
    const style = getComputedStyle(target), box = target.getBoundingClientRect()
    const inner = [(Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2]
    const above = document.elementFromPoint(...inner)
    const seen = above && (target.contains(above) || above.contains(target) || [...(target.labels ?? [])].some((one) => one.contains(above)))
    stops.push([all.indexOf(target), seen && (style.outlineStyle !== 'none' || style.boxShadow !== 'none')])
  }
  window.stops = []
  document.activeElement.blur()
  document.addEventListener('focusin', look)
  all[0].focus()
  return all.map((one) => one.outerHTML.slice(0, 120))
}"""
NO_CONTROLS = {"generic", "option", "region", "RootWebArea"}
STOPS = "() => [stops, document.activeElement === document.body]"


def everybody_can_use(page: Page) -> None:
    """Axe finds nothing in either theme, text of twice the size is neither cut off nor wider than the window, a window of 320
    pixels holds everything (WCAG 1.4.10), nothing moves for whoever wants no motion, and the Tab key goes by named stops
    that one sees."""
    was = (page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") and "dark") or "light"
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found = Axe().run(page).response["violations"]
        assert not found, (
            theme,
            [(fault["id"], [node["html"][:160] for node in fault["nodes"]][:3]) for fault in found],
        )
    assert not (moves := page.evaluate(MOVES)), f"{moves} although the reader wants no motion"
    page.emulate_media(color_scheme=was, reduced_motion="no-preference")
    assert not (wrong := twice_the_size(page)), wrong
    window = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 800})
    assert (wide := page.evaluate(TOO_WIDE)) <= 0, f"{wide} px too wide for 320"
    if window is not None:
        page.set_viewport_size(window)
    page.locator(".skip").focus()
    wrong = walked(page)
    assert not wrong, wrong


def everybody_can_use_in_arabic(page: Page) -> None:
    """The page again, from right to left; afterwards as it was. It is one that a browser may ask for several times."""
    was = page.evaluate("document.documentElement.lang")
    for language in ("ar", was):
        page.context.clear_cookies(name="django_language")
        page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
        page.reload()
        assert page.evaluate("document.documentElement.lang") == language
        if language == "ar":
            assert page.evaluate("document.documentElement.dir") == "rtl"
            everybody_can_use(page)


def twice_the_size(page: Page) -> list[str]:
    """What is wrong with the page when its text has twice the size (WCAG 1.4.4)."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide, cut = page.evaluate(TOO_WIDE), page.evaluate(CUT_OFF)
    page.evaluate("document.documentElement.style.fontSize = ''")
    return [*([f"{wide} px too wide"] if wide > 0 else []), *cut]


def walked(page: Page) -> list[str]:
    """What is wrong with the first sixty stops of the Tab key from where it is: without a name, or without a focus ring."""
    wrong = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None or stop["tag"] in {"BODY", "HTML"}:
            break
        if not stop["name"] or not stop["ring"]:
            wrong.append(f"{'no focus ring' if stop['name'] else 'no name'}: {stop}")
    return wrong


def gone_through(page: Page) -> list[str]:
    """What is wrong when the Tab key goes through the whole page: a control is left out, out of the order in which one reads,
    a trap, not seen, or called as another is. (On a page that is left afterwards: the watch stays.)"""
    controls = page.evaluate(WATCH)
    for _ in controls:  # it stands on the first; the last step leads out
        page.keyboard.press("Tab")
    stops, out = page.evaluate(STOPS)
    reached = [at for at, _seen in stops]
    wrong = [] if out else ["the Tab key does not lead out"]
    wrong += [f"not reached: {one}" for at, one in enumerate(controls) if at not in reached]
    wrong += [f"out of order: {controls[at]}" for before, at in pairwise(reached) if at <= before]
    wrong += [f"not seen: {controls[at]}" for at, seen in stops if not seen]
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    names = Counter(filter(None, map(_called, tree)))
    return wrong + [f"called the same, or nothing: {name}" for name, times in names.items() if times > 1 or not name[1]]


def _called(node: dict[str, Any]) -> tuple[str, str] | None:
    """Role and name of a control; of links that lead to another page only those that have no name: several may lead there."""
    traits = {
        trait["name"]: trait["value"]["value"] for trait in node.get("properties", ()) if "value" in trait["value"]
    }
    role, name = node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "")
    leads_away = name and role == "link" and "#" not in traits.get("url", "")
    return None if leads_away or not traits.get("focusable") or role in NO_CONTROLS else (role, name)
