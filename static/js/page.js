/** Small enhancements of ordinary pages. Every page works without them. */

import { closeMenus } from './menus.js'
import { readPage } from './trusted.js'

/** From the texts script; without it (an error page) the English stays.
 * @type {(text: string) => string} */
const gettext = /** @type {any} */ (globalThis).gettext ?? ((/** @type {string} */ text) => text)

/** Adds the reader's own clock to host times, where it differs: "14:00 host · 17:00 Nairobi". */
export function showLocalTimes(/** @type {ParentNode} */ root = document) {
  const mine = document.documentElement.dataset.zone || Intl.DateTimeFormat().resolvedOptions().timeZone
  const city = mine.split('/').pop()?.replaceAll('_', ' ') ?? mine
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', weekday: 'short', timeZone: mine })
  for (const time of root.querySelectorAll('time[data-local]')) {
    const zone = time.getAttribute('data-local') || undefined
    const moment = new Date(time.getAttribute('datetime') ?? '')
    if (Number.isNaN(moment.valueOf())) continue
    const there = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', weekday: 'short', timeZone: zone })
    if (!zone || there.format(moment) === clock.format(moment)) continue
    const shown = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: mine })
    const otherDay = new Intl.DateTimeFormat('en-CA', { timeZone: mine }).format(moment) !== new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(moment)
    const day = otherDay ? new Intl.DateTimeFormat(document.documentElement.lang, { weekday: 'short', timeZone: mine }).format(moment) + ' ' : ''
    const own = document.createElement('span')
    own.className = 'muted nowrap'
    own.textContent = ` ${gettext('host')} · ${day}${shown.format(moment)}\u00a0${city.replaceAll(' ', '\u00a0')}`
    time.after(own)
  }
}

/** Forms with data-confirm="id of a <dialog>" ask first; the dialog's button with value="yes" sends the form. */
function askFirst() {
  document.addEventListener('submit', (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target)
    const dialog = form.dataset.confirm && document.getElementById(form.dataset.confirm)
    if (!(dialog instanceof HTMLDialogElement) || form.dataset.confirmed) return
    event.preventDefault()
    const submitter = /** @type {SubmitEvent} */ (event).submitter
    dialog.showModal()
    dialog.addEventListener('close', () => {
      if (dialog.returnValue !== 'yes') return
      form.dataset.confirmed = 'yes'
      form.requestSubmit(submitter)
    }, { once: true })
  })
}

/** A form is sent once: its buttons rest while the answer is on its way. */
function sendOnce() {
  document.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return
    const { submitter } = /** @type {SubmitEvent} */ (event)
    setTimeout(() => submitter?.setAttribute('aria-busy', 'true'))
  })
  addEventListener('pageshow', () => {
    for (const button of document.querySelectorAll('[aria-busy="true"]')) button.removeAttribute('aria-busy')
  })
}

/** A box with data-chooses="name" ticks all boxes of that name in its form, and follows them. It may have that name
 * itself: without this script its own value stands for them all. */
function chooseAll() {
  for (const all of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[data-chooses]'))) {
    const boxes = /** @type {HTMLInputElement[]} */ ([...(all.form?.querySelectorAll(`input[name="${all.dataset.chooses}"]`) ?? [])]).filter((box) => box !== all)
    const follow = () => {
      const ticked = boxes.filter((box) => box.checked).length
      all.checked = ticked > 0 && ticked === boxes.length
      all.indeterminate = ticked > 0 && !all.checked
    }
    all.hidden = !boxes.length
    all.addEventListener('change', () => { for (const box of boxes) box.checked = all.checked })
    for (const box of boxes) box.addEventListener('change', follow)
    addEventListener('pageshow', follow) // a browser ticks again what was ticked
    follow()
  }
}

/** Appearance: as the system, light or dark; kept in this browser. */
function chooseTheme() {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('[data-theme-choice]'))
  const show = () => {
    const now = document.documentElement.dataset.theme ?? 'system'
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.themeChoice === now))
  }
  for (const button of buttons) {
    button.addEventListener('click', () => {
      const choice = button.dataset.themeChoice ?? 'system'
      if (choice === 'system') delete document.documentElement.dataset.theme
      else document.documentElement.dataset.theme = choice
      try {
        localStorage.setItem('theme', choice)
      } catch { /* kept for this page only */ }
      show()
    })
    button.closest('[hidden]')?.removeAttribute('hidden')
  }
  show()
}

/** After a refused form, the reader starts at the summary of what is wrong. */
function focusErrors() {
  const summary = /** @type {HTMLElement | null} */ (document.querySelector('.error-summary'))
  summary?.focus()
}

/** What a reader would notice of a part of the page: its words and where they lead.
 * @param {Element} part */
const contents = (part) => [part.textContent, ...[...part.querySelectorAll('a')].map((link) => link.getAttribute('href'))].join(' ').replaceAll(/\s+/g, ' ')

/** Keeps `data-live` (seconds between two looks) true: its sections, each with an id, are replaced when they changed.
 * What is new in a `data-say` sentence is told to screen readers. A hidden page rests. */
function keepFresh() {
  const live = /** @type {HTMLElement | null} */ (document.querySelector('[data-live]'))
  if (!live) return
  const known = new Map([...live.children].map((part) => [part.id, contents(part)]))
  const every = Number(live.dataset.live) * 1000
  let looked = Date.now()
  const look = async () => {
    looked = Date.now()
    const answer = await fetch(location.href, { headers: { 'X-Stamp': live.dataset.stamp ?? '' } }).catch(() => null)
    if (!answer?.ok || answer.status === 204 || answer.redirected) return
    const fresh = /** @type {HTMLElement | null} */ (readPage(await answer.text()).querySelector('[data-live]'))
    if (!fresh) return
    live.dataset.stamp = fresh.dataset.stamp
    const said = new Set(sentences(live))
    exchange(live, fresh, known)
    const news = sentences(live).filter((sentence) => !said.has(sentence))
    const voice = document.getElementById(live.dataset.said ?? '')
    if (voice && news.length) voice.textContent = news.join(' ')
  }
  const due = () => { if (!document.hidden && Date.now() - looked >= every) void look() }
  setInterval(due, every + Math.random() * 2000) // not all pages at once
  document.addEventListener('visibilitychange', due)
}

/** @param {Element} part */
const sentences = (part) => [...part.querySelectorAll('[data-say]')].map((one) => one.textContent?.replaceAll(/\s+/g, ' ').trim() ?? '')

/** @param {HTMLElement} live
 * @param {HTMLElement} fresh
 * @param {Map<string, string>} known */
function exchange(live, fresh, known) {
  const parts = [...fresh.children]
  const same = parts.length === live.children.length && parts.every((part, at) => part.id === live.children[at]?.id)
  const focused = document.activeElement?.getAttribute('href')
  for (const part of parts) {
    const now = contents(part)
    const old = document.getElementById(part.id)
    if (known.get(part.id) === now && old) {
      if (!same) part.replaceWith(old)
      continue
    }
    known.set(part.id, now)
    showLocalTimes(part)
    if (same) old?.replaceWith(part)
  }
  if (!same) live.replaceChildren(...fresh.children)
  if (focused && document.activeElement === document.body) {
    /** @type {HTMLElement | null} */ (live.querySelector(`[href="${CSS.escape(focused)}"]`))?.focus()
  }
}

keepFresh()
showLocalTimes()
closeMenus(document)
askFirst()
sendOnce()
chooseAll()
chooseTheme()
focusErrors()
