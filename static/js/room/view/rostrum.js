/** The rostrum's word to the corridors: what it says, the count when all are called back, and the card of those who may. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { may } from '../state.js'
import { clockFace } from '../timer.js'
import { figure, fill } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */

const MINUTES = [1, 2, 5, 10]

/** Above a conversation, and on the page one enters it from.
 * @param {Room} room */
export function fromTheRostrum(room) {
  const { corridors, rostrum } = room.state
  const left = corridors?.recall ? Math.max(0, Math.ceil((Date.parse(corridors.recall) - room.now()) / 1000)) : null
  return html`
    ${left === null ? nothing : html`<div class="notice" data-tone="soon">${icon('timer')}<div class="notice-body"><p><strong>${gettext('Everybody is called back to the meeting.')}</strong> ${gettext('Finish your sentence: the corridors empty when the time is over.')}</p></div>
      <p class="timer" data-state=${left <= 30 ? 'last-minute' : 'in-time'} role="timer" aria-live="off"><b>${clockFace(left)}</b></p></div>`}
    ${rostrum ? html`<div class="notice" data-tone="action">${icon('presentation')}<div class="notice-body"><p><strong>${gettext('From the rostrum')}</strong> <bdi>${rostrum}</bdi></p></div>
      <button class="button button--quiet button--small" aria-label=${gettext('Close this notice')} @click=${() => room.say({ type: 'page.rostrum.done' })}>${icon('x')}</button></div>` : nothing}`
}

/** For the chair and the officers: one sentence to all, or all back.
 * @param {Room} room */
export function toAll(room) {
  if (!may(room.state, 'run_floor') && !may(room.state, 'preside')) return nothing
  const signs = room.state.corridors?.corridors ?? []
  const inside = signs.reduce((sum, one) => sum + one.count, 0)
  return html`<section class="card" aria-labelledby="to-all"><h3 id="to-all">${gettext('To all corridors')}</h3>
    <p class="muted">${fill(ngettext('%(n)s person is in a corridor. Nobody sees who.', '%(n)s people are in corridors. Nobody sees who.', inside), { n: figure(inside) })}</p>
    <form class="compose" @submit=${(/** @type {SubmitEvent} */ event) => void speak(event, room)}><label class="visually-hidden" for="rostrum">${gettext('Message to all corridors')}</label>
      <input id="rostrum" name="text" maxlength="300" required autocomplete="off" placeholder=${gettext('Message to all corridors')}><button class="button" aria-label=${gettext('Send to all corridors')}>${icon('send')}</button></form>
    ${room.state.corridors?.recall
      ? html`<button class="button" @click=${() => room.wish('corridor.recall', { seconds: 0 })}>${icon('undo')}${gettext('Do not call them back')}</button>`
      : html`<form class="pick" @submit=${(/** @type {SubmitEvent} */ event) => void call(event, room)}><div class="field"><label for="recall">${gettext('Call everybody back in')}</label>
          <select id="recall" name="minutes">${MINUTES.map((n) => html`<option value=${n} ?selected=${n === 2}>${fill(ngettext('%(n)s minute', '%(n)s minutes', n), { n: figure(n) })}</option>`)}</select></div>
          <button class="button">${icon('bell')}${gettext('Call back')}</button></form>`}
    ${room.page.urls.cards ? html`<p><a href=${room.page.urls.cards}>${gettext('Cards for the tables in the hall')}</a></p>` : nothing}</section>`
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function speak(event, room) {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  if (!(await room.wish('corridor.rostrum', { text: String(new FormData(form).get('text') ?? '').trim() }))) return
  form.reset()
  room.note(gettext('Every corridor reads it.'), 'good')
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function call(event, room) {
  event.preventDefault()
  const minutes = Number(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('minutes'))
  await room.wish('corridor.recall', { seconds: minutes * 60 })
}
