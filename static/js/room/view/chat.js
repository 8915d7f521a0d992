/** The meeting's chat: off, to the secretariat, or open. */

import { html, nothing, ref, repeat } from 'lit'
import { icon } from '../../marks.js'
import { may } from '../state.js'
import { keepAtEnd } from './ending.js'
import { apart, delegationName, hostTime, personName } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */

let letGo = () => {}

/** @param {Element} [box] of the lines, while it is drawn */
function follow(box) {
  letGo()
  letGo = box ? keepAtEnd(/** @type {HTMLElement} */ (box)) : () => {}
}

/** @param {Room} room */
export function chatPanel(room) {
  const { state } = room
  const { lines } = state.chat
  const mode = state.meeting?.chat ?? 'off'
  return html`
    <div class="panel-body" tabindex="0" ${ref(follow)}>
      <div role="log" aria-label=${gettext('Chat')} aria-live="polite"><ol class="chat">${repeat(lines, (line) => line.line, (line) => html`<li>
        <p class="meta"><strong>${apart(delegationName(state, line.delegation) || personName(state, line.person))}</strong> ${delegationName(state, line.delegation) ? apart(personName(state, line.person)) : nothing}
          <time>${hostTime(line.at, state.meeting?.zone)}</time> ${line.to_secretariat ? html`<span>${gettext('to the secretariat')}</span>` : nothing}</p>
        <p>${apart(line.text)}</p></li>`)}</ol></div>
      ${lines.length ? nothing : html`<div class="empty">${icon('message-square')}<p class="empty-title">${gettext('No messages.')}</p><p>${explain(mode)}</p></div>`}
    </div>
    <div class="panel-foot">${may(state, 'chat') && mode !== 'off' ? compose(room, mode) : html`<p class="muted small">${explain(mode)}</p>`}</div>`
}

/** @param {string} mode */
function explain(mode) {
  if (mode === 'off') return gettext('The chair has switched the chat off. “Ask for help” under More still reaches a person.')
  return mode === 'open' ? gettext('Everyone in the room reads what is written to the room.') : gettext('Only the secretariat and the chair’s desk read what you write.')
}

/**
 * @param {Room} room
 * @param {string} mode
 */
function compose(room, mode) {
  const toRoom = mode === 'open' && room.ui.chatTo === 'room'
  return html`
    <form class="stack-tight" @submit=${(/** @type {SubmitEvent} */ event) => void say(event, room, toRoom ? 'room' : 'secretariat')}>
      ${mode === 'open' ? html`<div class="row small">${[['room', gettext('To the room')], ['secretariat', gettext('To the secretariat')]].map(([to, label]) => html`<label class="row"><input type="radio" name="to" value=${to} .checked=${(room.ui.chatTo === to)} @change=${() => room.set({ chatTo: /** @type {any} */ (to) })}>${label}</label>`)}</div>` : nothing}
      <div class="compose"><label class="visually-hidden" for="say">${toRoom ? gettext('Message to the room') : gettext('Message to the secretariat')}</label>
        <input id="say" name="text" maxlength="1000" required autocomplete="off" placeholder=${toRoom ? gettext('Message to the room') : gettext('Message to the secretariat')}>
        <button class="button button--primary" aria-label=${gettext('Send')}>${icon('send')}</button></div>
    </form>`
}

/**
 * The text leaves the field only once the server has it.
 * @param {SubmitEvent} event
 * @param {Room} room
 * @param {'room' | 'secretariat'} to
 */
async function say(event, room, to) {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem('text'))
  const text = field.value.trim()
  if (text && (await room.wish('chat.say', { text, to })) && field.value.trim() === text) field.value = ''
}

