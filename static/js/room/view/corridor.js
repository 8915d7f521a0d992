/** Corridors: who is open to talk, the corners that stand open, and the conversation one is in. Nothing of it is kept. */

import { html, nothing, repeat } from 'lit'
import { flag, icon } from '../../marks.js'
import { fold } from '../../menus.js'
import * as names from '../names.js'
import { delegation, overheard, person, voice } from '../state.js'
import { clockFace, secondsLeft } from '../timer.js'
import { answers, invitations } from './bell.js'
import { dialog, dismiss } from './dialogs.js'
import { noteCards } from './notes.js'
import { askPerson, coffee, openPeople, presence, seekOne, who } from './presence.js'
import { ground, sit, standBeside } from './plan.js'
import { toAll } from './rostrum.js'
import { apart, delegationName, figure, fill, hostTime, inviteAnswered, knockAnswered, personName, reading, turnName } from './sentences.js'
import { tile } from './stage.js'

/** @typedef {import('../seat.js').Room} Room */

/** What is true, always on screen. */
export const truth = () => html`<p class="truth">${icon('eye-off')}<span><strong>${gettext('Not recorded.')}</strong> ${gettext('Nothing said here is kept. Not yet end-to-end encrypted.')}</span></p>`

/** The floor goes on, quietly: of the meeting I sit in, or of one I may enter; how loud is mine to say.
 * @param {Room} room */
export function aloud(room) {
  const { floors, meeting } = room.state
  const on = floors?.on ?? []
  if (!meeting && !on.length) return nothing
  const off = !room.media.quiet || (!meeting && floors?.heard === null)
  return html`<details class="menu"><summary class="floor-aloud">${icon(off ? 'volume-x' : 'volume')}<span>${off ? gettext('The floor is off.') : floorNow(room)}</span>${icon('chevron-down')}</summary>
    <div class="menu-list">${on.length ? html`<p class="menu-title">${gettext('Floor of')}</p>${on.map((one) => html`<button aria-pressed=${String(one.meeting === floors?.heard)} @click=${() => room.hearFloor(one.meeting)}>${apart(names.text(one.titles, reading()))}</button>`)}<hr>` : nothing}
      <label class="floor-volume">${gettext('Volume of the floor')}<input type="range" min="0" max="100" step="5" .value=${String(Math.round(100 * room.media.quiet))} @input=${(/** @type {InputEvent} */ event) => room.quieten(Number(/** @type {HTMLInputElement} */ (event.target).value) / 100)}></label></div></details>`
}

/** Who has it, and for how long.
 * @param {Room} room */
function floorNow(room) {
  const turn = room.state.meeting ? voice(room.state) : overheard(room.state)?.turn ?? null
  const left = turn ? secondsLeft(turn, room.now()) : null
  return turn
    ? left === null ? fill(gettext('The floor, quietly: %(name)s'), { name: turnName(room.state, turn) })
      : fill(gettext('The floor, quietly: %(name)s, %(time)s left'), { name: turnName(room.state, turn), time: clockFace(left) })
    : gettext('The floor is silent.')
}

/** The panel in the room, and the heart of the corridors page.
 * @param {Room} room */
export function corridorsPanel(room) {
  return html`<div class="panel-body" tabindex="0">${truth()}
    <h3>${gettext('Open to talk')}</h3>${openPeople(room)} ${seekOne(room)}
    ${ownRooms(room)}<h3>${gettext('Open corners')}</h3>${corners(room)} ${newCorner(room)} ${presence(room)} ${coffee(room)} ${toAll(room)}</div>`
}

/** The private rooms of one's delegations: no list shows them.
 * @param {Room} room */
export function ownRooms(room) {
  const { corridor, you } = room.state
  return html`<p class="buttons">${(you?.delegations ?? []).filter((one) => one.id !== corridor?.delegation).map((one) => html`<button class="button" @click=${() => room.wish('corridor.own', { delegation: one.id })}>${icon('door-closed')}${fill(gettext('Private room of %(name)s'), { name: delegationName(room.state, one.id) })}</button>`)}</p>`
}

/** What stands on the door.
 * @param {{ topic: string, table: number | null }} one */
const signName = (one) => (one.table ? fill(gettext('Table %(n)s'), { n: figure(one.table) }) : one.topic || gettext('A conversation'))

/** @param {Room} room */
export function corners(room) {
  const open = room.state.corridors?.corridors ?? []
  if (!open.length) return html`<p class="muted">${gettext('No corner is open. Open one, and others may knock.')}</p>`
  return html`<ul class="corners">${repeat(open, (one) => one.corridor, (one) => html`<li>
    <div><p class="person-name">${apart(signName(one))}</p><p class="person-about">${fill(ngettext('%(n)s person', '%(n)s people', one.count), { n: figure(one.count) })}${one.locked ? ` · ${gettext('locked')}` : ''}</p></div>
    ${one.corridor === room.state.corridor?.corridor ? html`<span class="tag" data-state="current">${gettext('you are here')}</span>`
      : one.locked ? html`<button class="button" aria-disabled="true" @click=${() => room.note(gettext('The people inside have locked this corner.'))}>${gettext('Locked')}</button>`
      : one.table ? html`<button class="button" aria-label=${fill(gettext('Sit down: %(table)s'), { table: signName(one) })} @click=${() => sit(room, Number(one.table))}>${gettext('Sit down')}</button>`
      : html`<button class="button" aria-label=${fill(gettext('Knock: %(topic)s'), { topic: one.topic || gettext('A conversation') })} @click=${() => room.set({ dialog: 'word', aim: { corridor: one.corridor } })}>${gettext('Knock')}</button>`}</li>`)}</ul>`
}

/** @param {Room} room */
export function newCorner(room) {
  if (room.state.corridor) return nothing
  return html`<form class="compose" @submit=${(/** @type {SubmitEvent} */ event) => void openCorner(event, room)}>
    <label class="visually-hidden" for="topic">${gettext('What about')}</label><input id="topic" name="topic" maxlength="80" autocomplete="off" placeholder=${gettext('What about (may stay empty)')}>
    <button class="button">${icon('plus')}${gettext('Open a corner')}</button></form>`
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function openCorner(event, room) {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  if (await room.wish('corridor.open', { topic: String(new FormData(form).get('topic') ?? '').trim() })) form.reset()
}

/** Asking for a word or knocking: one line, then it is sent.
 * @param {Room} room */
export function wordDialog(room) {
  const { aim } = room.ui
  if (room.ui.dialog !== 'word' || !aim) return nothing
  const title = aim.person !== undefined ? fill(gettext('A word with %(name)s'), { name: personName(room.state, aim.person) }) : gettext('Knock')
  return dialog(room, title, html`<form class="form" @submit=${(/** @type {SubmitEvent} */ event) => void word(event, room)}>
    <div class="field"><label for="line">${gettext('One line, if you like')}</label><input id="line" name="line" maxlength="120" autocomplete="off" autofocus></div>
    ${truth()}
    <div class="buttons"><button type="button" class="button" @click=${dismiss}>${gettext('Cancel')}</button><button class="button button--primary">${aim.person !== undefined ? gettext('Ask for a word') : gettext('Knock')}</button></div></form>`)
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function word(event, room) {
  event.preventDefault()
  const { aim } = room.ui
  const line = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('line') ?? '').trim()
  if (aim?.person !== undefined) {
    if (await askPerson(room, aim.person, line)) dismiss(event)
    return
  }
  if (!(await room.wish('corridor.knock', { corridor: aim?.corridor, line }))) return
  dismiss(event)
  room.note(gettext('You knocked. The people inside see your name and your line.'), 'good')
}

/** Someone knocks, someone asks for a word, someone answered.
 * @param {Room} room */
export function doorbell(room) {
  const { asked, inviteAnswer, knocks, knockAnswer } = room.state
  return html`${noteCards(room)}
    ${asked.map((one) => html`<div class="knock knock--mine" role="status"><p>${one.delegation ? fill(gettext('Asked whoever of %(name)s is here. You hear the answer here; meanwhile nothing changes.'), { name: delegationName(room.state, one.delegation) }) : fill(gettext('Asked %(name)s for a word. You hear the answer here; meanwhile nothing changes.'), { name: personName(room.state, one.person) })}</p>
      <p class="buttons"><button class="button" @click=${() => room.withdraw(one.invite)}>${gettext('Withdraw')}</button></p></div>`)}
    ${inviteAnswer ? html`<div class="knock"><p>${inviteAnswered(room.state, inviteAnswer)}</p>
      <p class="buttons"><button class="button" @click=${() => room.say({ type: 'page.inviteAnswer.done' })}>${gettext('Close')}</button></p></div>` : nothing}
    ${knocks.map((knock) => html`<div class="knock" role="alertdialog" aria-label=${gettext('Somebody knocks')}><p><strong>${who(room, knock.person)}</strong> ${gettext('knocks.')} ${knock.line ? apart(`“${knock.line}”`) : nothing}</p>
      <p class="buttons">${answers((answer) => room.answerKnock(knock.knock, answer))}</p></div>`)}
    ${invitations(room)}
    ${knockAnswer ? html`<div class="knock"><p>${knockAnswered(knockAnswer)}</p>
      <p class="buttons">${knockAnswer.answer === 'come_in' ? html`<button class="button button--primary" @click=${() => void room.enterCorridor(knockAnswer.corridor)}>${gettext('Go in')}</button>` : nothing}
        <button class="button" @click=${() => room.say({ type: 'page.knockAnswer.done' })}>${gettext('Close')}</button></p></div>` : nothing}`
}

/** The conversation: its people as tiles, its words beside.
 * @param {Room} room */
export function corridorScene(room) {
  const { corridor } = room.state
  if (!corridor) return nothing
  const alone = corridor.persons.length < 2
  return html`<main id="main" class="scene" data-around=${room.media.around ? 'yes' : nothing} tabindex="-1">
    ${ground(room)}<ul class="tiles" tabindex="0" aria-label=${gettext('People in the corridor')}>${repeat(corridor.seats, (seat) => seat.seat, (seat) => tile(room, seat))}
      ${alone ? html`<li class="tile"><p class="speaker-note">${corridor.delegation ? gettext('You are alone here. Only members of your delegation can come in, and nobody else sees this room.') : corridor.held_for.length ? gettext('You are alone here. Only members of the two delegations can come in.') : gettext('You are alone here. Others see the topic and may knock.')}</p></li>` : nothing}</ul></main>`
}

/** @param {Room} room */
export function corridorHead(room) {
  const { corridor } = room.state
  return html`<header class="room-head"><div class="room-title"><p>${gettext('Corridor')}</p><h1>${apart(!corridor ? '' : corridor.delegation ? fill(gettext('Private room of %(name)s'), { name: delegationName(room.state, corridor.delegation) }) : signName(corridor))}</h1></div>${aloud(room)}</header>`
}

/** Words inside the corridor, relayed and gone with the page; and what one can do about a person.
 * @param {Room} room */
export function corridorPanel(room) {
  const { corridor, said, you } = room.state
  if (!corridor) return nothing
  const others = corridor.persons.filter((id) => id !== you?.person)
  return html`<div class="panel-body" tabindex="0" role="group" aria-label=${gettext('People and words here')}>
    <ul class="people">${others.map((id) => html`<li>${flag(delegation(room.state, person(room.state, id)?.delegation)?.flag ?? 'org')}<span class="speakers-name">${who(room, id)}</span>
      <details class="menu"><summary class="button button--small button--quiet" aria-label=${fill(gettext('About %(name)s'), { name: personName(room.state, id) })}>${icon('more')}</summary><div class="menu-list" @click=${fold}>${standBeside(room, id)}
        <button @click=${() => room.wish('corridor.block', { person: id, on: true }).then((done) => done && room.note(gettext('This person can no longer reach you in corridors. Nobody is told.'), 'good'))}>${icon('eye-off')}${gettext('Do not let this person reach me')}</button>
        <button @click=${() => room.set({ dialog: 'report', aim: { person: id } })}>${icon('flag')}${gettext('Report to an officer')}</button></div></details></li>`)}</ul>
    <div role="log" aria-label=${gettext('Words in the corridor')}><ol class="chat">${said.map((line) => html`<li><p class="meta"><strong>${apart(personName(room.state, line.person))}</strong> <time>${hostTime(line.at)}</time></p><p>${apart(line.text)}</p></li>`)}</ol></div></div>
    <div class="panel-foot"><form class="compose" @submit=${(/** @type {SubmitEvent} */ event) => void sayInside(event, room)}><label class="visually-hidden" for="inside">${gettext('Message to the people here')}</label>
      <input id="inside" name="text" maxlength="1000" required autocomplete="off" placeholder=${gettext('Message to the people here')}><button class="button button--primary" aria-label=${gettext('Send')}>${icon('send')}</button></form></div>`
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function sayInside(event, room) {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  const text = String(new FormData(form).get('text') ?? '').trim()
  if (text && (await room.wish('corridor.say', { text }))) form.reset()
}

/** A report carries only what its writer writes.
 * @param {Room} room */
export function reportDialog(room) {
  const { aim } = room.ui
  if (room.ui.dialog !== 'report' || aim?.person === undefined) return nothing
  return dialog(room, fill(gettext('Report %(name)s'), { name: personName(room.state, aim.person) }), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ event) => void report(event, room)}>
    <div class="field"><label for="report">${gettext('What happened')}</label><textarea id="report" name="text" maxlength="1000" required></textarea><span class="hint">${gettext('A conference officer reads only what you write here. Nothing of the conversation is attached.')}</span></div>
    <div class="buttons"><button type="button" class="button" @click=${dismiss}>${gettext('Cancel')}</button><button class="button button--primary">${gettext('Send the report')}</button></div></form>`)
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function report(event, room) {
  event.preventDefault()
  const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('text') ?? '').trim()
  if (!(await room.wish('corridor.report', { person: room.ui.aim?.person, text }))) return
  dismiss(event)
  room.note(gettext('The report is with a conference officer.'), 'good')
}

