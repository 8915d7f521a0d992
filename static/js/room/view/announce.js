/** Words for those who do not look, and short notices for those who do. */

import { html, repeat } from 'lit'
import { icon } from '../../marks.js'

/** @typedef {import('../seat.js').Room} Room */

/**
 * Two live regions that are there from the start, as screen readers want it: one polite, one urgent.
 * @param {Document} page
 * @returns {(text: string, urgent: boolean) => void}
 */
export function announcer(page) {
  const [polite, urgent] = ['polite', 'assertive'].map((way) => {
    const region = page.createElement('div')
    region.className = 'visually-hidden'
    region.id = `announce-${way}`
    region.setAttribute('aria-live', way)
    region.setAttribute('role', way === 'polite' ? 'status' : 'alert')
    page.body.append(region)
    return region
  })
  return (text, loud) => {
    if (!text) return
    const region = loud ? urgent : polite
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
