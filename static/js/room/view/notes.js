/** Notes passed to colleagues of one's delegation: relayed, never kept. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { person } from '../state.js'
import { dialog, dismiss } from './dialogs.js'
import { apart, fill, personName, reading } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../state.js').Seat} Seat */

/** Whether this person and I speak for the same delegation.
 * @param {Room} room
 * @param {number} id */
function colleague(room, id) {
  const mine = (room.state.you?.delegations ?? []).map((one) => one.id)
  return id !== room.state.you?.person && (person(room.state, id)?.delegations ?? []).some((one) => mine.includes(one))
}

/** Beside a colleague's name.
 * @param {Room} room
 * @param {Seat} seat */
export function noteButton(room, seat) {
  if (seat.person === null || seat.device === 'hall' || !colleague(room, seat.person)) return nothing
  const id = seat.person
  const label = fill(gettext('Pass a note to %(name)s'), { name: personName(room.state, id) })
  return html`<button class="button button--small button--quiet people-word" aria-label=${label} title=${label} @click=${() => room.set({ dialog: 'note', aim: { person: id } })}>${icon('pencil')}<span>${gettext('Pass a note')}</span></button>`
}

/** To one of my delegation, wherever in the summit they sit: the page of the corridors has no list of those present.
 * @param {Room} room */
export function noteToColleague(room) {
  const all = Object.keys(room.state.directory.persons).map(Number).filter((id) => colleague(room, id))
    .map((id) => /** @type {[number, string]} */ ([id, personName(room.state, id)])).sort(([, a], [, b]) => a.localeCompare(b, reading()))
  return all.length ? html`<form class="seek-one" @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); room.set({ dialog: 'note', aim: { person: Number(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('colleague')) } }) }}>
    <div class="field"><label for="colleague">${gettext('Colleague of your delegation')}</label>
      <select id="colleague" name="colleague" required><option value=""></option>${all.map(([id, name]) => html`<option value=${id}>${name}</option>`)}</select></div>
    <button class="button">${icon('pencil')}${gettext('Pass a note')}</button></form>` : nothing
}

/** The notes I was passed, until I put them away.
 * @param {Room} room */
export function noteCards(room) {
  return room.state.notes.map((note) => html`<div class="knock" role="group" aria-label=${gettext('A note from your delegation')}><p><strong>${apart(personName(room.state, note.person))}</strong> ${gettext('passes you a note.')} ${apart(`“${note.text}”`)}</p>
    <p class="buttons"><button class="button" @click=${() => room.set({ dialog: 'note', aim: { person: note.person } })}>${gettext('Answer by a note')}</button>
      <button class="button" @click=${() => room.say({ type: 'page.note.done', at: note.at })}>${gettext('Close')}</button></p></div>`)
}

/** @param {Room} room */
export function noteDialog(room) {
  const { aim, dialog: open } = room.ui
  if (open !== 'note' || aim?.person === undefined) return nothing
  return dialog(room, fill(gettext('Pass a note to %(name)s'), { name: personName(room.state, aim.person) }), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ event) => void pass(event, room)}>
    <div class="field"><label for="note">${gettext('Note')}</label><textarea id="note" name="text" maxlength="1000" required autofocus></textarea><span class="hint">${gettext('Only this person reads it. It is not kept.')}</span></div>
    <div class="buttons"><button type="button" class="button" @click=${dismiss}>${gettext('Cancel')}</button><button class="button button--primary">${icon('send')}${gettext('Pass a note')}</button></div></form>`)
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function pass(event, room) {
  event.preventDefault()
  const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('text') ?? '').trim()
  if (!text || !(await room.wish('note.pass', { person: room.ui.aim?.person, text }))) return
  dismiss(event)
  room.note(gettext('Your note was passed.'), 'good')
}
