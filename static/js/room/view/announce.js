/** Words for those who do not look, and short notices for those who do. */

import { html, repeat } from 'lit'
import { icon } from '../../marks.js'

/** @typedef {import('../seat.js').Room} Room */

/**
 * Two live regions, one polite, one urgent, that are there before anything is said, as screen readers want it. What lies
 * beneath a modal dialog is dead to them, so every dialog has its own two.
 * @param {HTMLElement} host
 * @returns {{ polite: HTMLElement, assertive: HTMLElement }}
 */
export function regions(host) {
  const [polite, assertive] = /** @type {const} */ (['polite', 'assertive']).map((way) => {
    const known = host.querySelector(`:scope > [aria-live=${way}].visually-hidden`)
    if (known instanceof HTMLElement) return known
    const region = host.ownerDocument.createElement('div')
    region.className = 'visually-hidden'
    if (host === host.ownerDocument.body) region.id = `announce-${way}`
    region.setAttribute('aria-live', way)
    region.setAttribute('role', way === 'polite' ? 'status' : 'alert')
    host.append(region)
    return region
  })
  return { polite, assertive }
}

/**
 * Says a sentence where a screen reader hears it.
 * @param {Document} page
 * @returns {(text: string, urgent: boolean) => void}
 */
export function announcer(page) {
  regions(page.body)
  return (text, loud) => {
    if (!text) return
    const open = /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll('dialog:modal'))
    const region = regions([...open].at(-1) ?? page.body)[loud ? 'assertive' : 'polite']
    const line = page.createElement('p')
    line.textContent = text
    region.append(line)
    setTimeout(() => line.remove(), 10_000)
  }
}

const MARKS = { good: 'circle-check', soon: 'info', over: 'circle-alert', action: 'bell' }

/**
 * Refusals and short news above the bar; they leave by themselves, or when pressed away.
 * @param {Room} room
 * @param {unknown} more
 */
export function toasts(room, more) {
  return html`<div class="announce" role="region" aria-label=${gettext('Notices')}>${more}${repeat(room.state.notices, (notice) => notice.id, (notice) => html`<div class="notice" data-tone=${notice.tone}>${icon(MARKS[notice.tone])}
    <div class="notice-body"><p>${notice.text}</p></div><button class="button button--quiet button--small" aria-label=${gettext('Close this notice')} @click=${() => room.say({ type: 'page.seen', notice: notice.id })}>${icon('x')}</button></div>`)}</div>`
}
