/** The questions the room asks: on whose behalf, which devices, what help; and the list of keys. */

import { html, nothing, ref } from 'lit'
import { icon } from '../../marks.js'
import { letLettersAct, lettersAct } from '../keys.js'
import * as names from '../names.js'
import { regions } from './announce.js'
import { connection } from './line.js'
import { allLines, reach } from './lines.js'
import { meanwhile, nobodyHelps, reading } from './sentences.js'
import { mySound, TONES } from './sound.js'

/** @typedef {import('../seat.js').Room} Room */

/**
 * A modal dialog that is open while it is drawn, with what is refused meanwhile: notices lie dimmed beneath it. Escape and
 * Cancel close it; focus goes back by itself.
 * @param {Room} room
 * @param {string} title
 * @param {unknown} body
 */
export function dialog(room, title, body) {
  return html`<dialog ${ref(show)} aria-labelledby="dialog-title" @close=${() => room.set({ dialog: '' })}><h2 id="dialog-title">${title}</h2>${refused(room)}${body}</dialog>`
}

/** @param {Room} room */
const refused = (room) => room.state.notices.filter((notice) => notice.tone === 'over' && notice.id > room.ui.noticed)
  .map((notice) => html`<p class="error">${icon('circle-alert')}${notice.text}</p>`)

/** @param {Element} [element] */
function show(element) {
  // Lit hands the element over before it stands in the page.
  queueMicrotask(() => {
    if (!(element instanceof HTMLDialogElement) || !element.isConnected || element.open) return
    element.showModal()
    regions(element)
  })
}

/** Closes the dialog the event comes from.
 * @param {Event} event */
export const dismiss = (event) => dismissal(event)()

/** The same for later: what was pressed may be gone from the dialog by then.
 * @param {Event} event */
export function dismissal(event) {
  const from = /** @type {Element} */ (event.target).closest('dialog')
  return () => from?.close()
}

/** @param {Room} room */
export function dialogs(room) {
  const drawn = DIALOGS[room.ui.dialog]
  return drawn ? drawn(room) : nothing
}

/** @type {Record<string, (room: Room) => unknown>} */
const DIALOGS = { keys, ask, devices, help, unattended, line: connection, lines: allLines, reach }

/** @param {Room} room */
function keys(room) {
  const rows = [
    ['M', gettext('Microphone')], [gettext('Space (hold)'), gettext('Push to talk, while the room may hear you')], ['C', gettext('Camera')],
    ['F', gettext('Ask for the floor, or withdraw')], ['O', gettext('Point of order, or withdraw')], ['G', gettext('Grid or speaker layout')],
    ['1 – 5', gettext('Speakers, people, papers, chat, corridors')], [gettext('Esc'), gettext('Close the panel')], ['?', gettext('These keys')],
  ]
  return dialog(room, gettext('Keyboard'), html`<table><tbody>${rows.map(([key, what]) => html`<tr><th scope="row"><kbd>${key}</kbd></th><td>${what}</td></tr>`)}</tbody></table>
    <label class="choice"><input type="checkbox" id="keys-act" .checked=${lettersAct()} @change=${(/** @type {any} */ e) => letLettersAct(e.target.checked)}><span>${gettext('Letters and figures act on this page')}<span class="hint">${gettext('Switch this off if you dictate, or use a screen reader with letter keys. Space and Esc stay.')}</span></span></label>
    <div class="buttons"><button class="button" autofocus @click=${dismiss}>${gettext('Close')}</button></div>`)
}

/** @param {Room} room */
function ask(room) {
  const own = room.state.you?.delegations ?? []
  const list = room.ui.askFor === 'list'
  return dialog(room, list ? gettext('Ask for the floor') : room.ui.askFor === 'order' ? gettext('Point of order') : gettext('Right of reply'), html`
    <form class="form" @submit=${(/** @type {SubmitEvent} */ event) => void asked(event, room)}>
      ${own.length > 1 ? html`<div class="field"><label for="ask-delegation">${gettext('In whose name')}</label><select id="ask-delegation" name="delegation">${own.map((one) => html`<option value=${one.id}>${names.short(one.names, reading())}</option>`)}</select></div>` : nothing}
      ${list ? capacity(room, own.map((one) => one.id)) : nothing}
      <div class="buttons"><button type="button" class="button" @click=${dismiss}>${gettext('Cancel')}</button><button class="button button--primary">${gettext('Ask')}</button></div>
    </form>`)
}

/** For whom one speaks: a group one belongs to; typed where the summit has named none.
 * @param {Room} room
 * @param {number[]} own delegations */
function capacity(room, own) {
  const groups = Object.entries(room.state.directory.groups)
  if (!groups.length) {
    return html`<div class="field"><label for="ask-group">${gettext('On behalf of')}</label><input id="ask-group" name="group" maxlength="120" autocomplete="off">
      <span class="hint">${gettext('The group as it should be announced, for example “Group of 77 and China”. Empty: in your own capacity.')}</span></div>`
  }
  const mine = groups.filter(([, group]) => own.some((id) => group.members.includes(id)))
  return mine.length ? html`<div class="field"><label for="ask-group">${gettext('On behalf of')}</label><select id="ask-group" name="group"><option value="">${gettext('In our own capacity')}</option>
    ${mine.map(([code, group]) => html`<option value=${code}>${names.short(group.names, reading())}</option>`)}</select></div>` : nothing
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function asked(event, room) {
  event.preventDefault()
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target))
  const group = String(form.get('group') ?? '').trim()
  const delegation = form.get('delegation')
  const wish = { register: room.ui.askFor, ...(group ? { capacity: 'group', on_behalf_of: group } : {}), ...(delegation ? { delegation: Number(delegation) } : {}) }
  if (await room.wish('hand.raise', wish)) dismiss(event)
}

/** @param {Room} room */
function devices(room) {
  const { choices, chosen } = room.media
  /** @type {['mic' | 'camera' | 'speaker', string][]} */
  const rows = [['mic', gettext('Microphone')], ['camera', gettext('Camera')], ['speaker', gettext('Loudspeaker')]]
  return dialog(room, gettext('Microphone and camera'), html`
    <div class="devices">${rows.map(([kind, label]) => html`<div class="field"><label for=${`device-${kind}`}>${label}</label>
      <select id=${`device-${kind}`} @change=${(/** @type {any} */ e) => room.media.choose(kind, e.target.value)}>${(choices[kind] ?? []).map((one) => html`<option value=${one.id} ?selected=${one.id === chosen[kind]}>${one.label || label}</option>`)}</select></div>`)}</div>
    ${room.state.sound ? html`<p>${gettext('Your sound:')} <span class="dot" data-tone=${TONES[room.state.sound.grade]}>${mySound(room.state.sound.why)}</span></p>` : nothing}
    <label class="choice"><input type="checkbox" .checked=${room.media.opensAlone} @change=${(/** @type {any} */ e) => room.consent(e.target.checked)}><span>${gettext('Open my microphone when I am called')}<span class="hint">${gettext('Otherwise you press once to speak.')}</span></span></label>
    <div class="buttons"><button class="button" @click=${dismiss}>${gettext('Close')}</button></div>`)
}

/** @param {Room} room */
function help(room) {
  return dialog(room, gettext('Ask for help'), html`
    <form class="form" @submit=${(/** @type {SubmitEvent} */ event) => void called(event, room)}>
      <div class="field"><label for="help-text">${gettext('What is wrong?')}</label><textarea id="help-text" name="text" maxlength="300"></textarea>
        <span class="hint">${gettext('A conference officer or technician reads this and answers here. You may leave it empty.')}</span></div>
      <div class="buttons"><button type="button" class="button" @click=${dismiss}>${gettext('Cancel')}</button><button class="button button--primary">${icon('support')}${gettext('Call a person')}</button></div>
    </form>`)
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function called(event, room) {
  event.preventDefault()
  const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('text') ?? '').trim()
  const answer = await room.wish('help.call', { obstacle: room.media.obstacle ?? '', text })
  if (!answer) return
  dismiss(event)
  if (answer.attended) room.note(gettext('A person was called. The answer comes here.'), 'good')
  else setTimeout(() => room.set({ dialog: 'unattended' })) // the form's dialog closes first
}

/** Nobody who helps has a page of this meeting open: what becomes of the call, and what to do meanwhile.
 * @param {Room} room */
function unattended(room) {
  return dialog(room, gettext('Your call is waiting'), html`
    <p><strong>${nobodyHelps()}</strong></p><p>${meanwhile()}</p>
    <div class="buttons"><button class="button button--primary" @click=${dismiss}>${gettext('Close')}</button></div>`)
}
