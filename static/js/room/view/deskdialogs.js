/** The questions the desk asks before an act that is rare or cannot be taken back. */

import { html, nothing, repeat } from 'lit'
import { icon } from '../../marks.js'
import * as names from '../names.js'
import { accepts, currentItem, delegation, openVote } from '../state.js'
import { underRuling, unheard, wallToUtc } from '../step.js'
import { dialog, dismiss, dismissal } from './dialogs.js'
import { apart, delegationName, figure, fill, hostTime, itemTitle, personLine, personName, reading } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */

/** @param {Room} room */
export function deskDialogs(room) {
  return DIALOGS[room.ui.dialog]?.(room) ?? nothing
}

/** @type {Record<string, (room: Room) => unknown>} */
const DIALOGS = { decide, vote, withdraw, rule, suspend, close, preside, remove, correct }

/**
 * Sends a wish from a form and closes its dialog; a refusal leaves what was written.
 * @param {SubmitEvent} event
 * @param {Room} room
 * @param {string} type
 * @param {(form: FormData) => Record<string, unknown>} fields
 */
async function send(event, room, type, fields) {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  if (await room.wish(type, fields(new FormData(form)))) form.closest('dialog')?.close()
}

/** @param {FormData} form
 * @param {string} name */
const text = (form, name) => String(form.get(name) ?? '').trim()

/** @param {string} label
 * @param {string} [kind] */
const buttons = (label, kind = 'button--primary') => html`<div class="buttons"><button type="button" class="button" @click=${dismiss}>${gettext('Cancel')}</button><button class="button ${kind}">${label}</button></div>`

/** @param {Room} room */
function decide(room) {
  const item = currentItem(room.state)
  const papers = item?.papers ?? []
  return dialog(room, gettext('It was so decided'), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ e) => send(e, room, 'decision.gavel', (form) => ({ text: text(form, 'text'), symbol: text(form, 'symbol'), item: room.state.meeting?.item ?? null }))}>
    <p class="muted">${item ? itemTitle(item) : gettext('No item is being taken; the decision stands on its own.')}</p>
    <div class="field"><label for="decision">${gettext('The decision, as it goes into the record')}</label><textarea id="decision" name="text" required maxlength="4000" autofocus></textarea></div>
    <div class="field"><label for="symbol">${gettext('Symbol of the paper')}</label><input id="symbol" name="symbol" maxlength="60" list="symbols" autocomplete="off"><datalist id="symbols">${papers.map((paper) => html`<option value=${paper.symbol}></option>`)}</datalist></div>
    ${buttons(gettext('It was so decided'))}</form>`)
}

/** @param {Room} room */
function vote(room) {
  const item = currentItem(room.state)
  const papers = item?.papers ?? []
  return dialog(room, gettext('Put to the vote'), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ e) => send(e, room, 'vote.open', (form) => ({ text: text(form, 'text'), symbol: text(form, 'symbol'), majority: text(form, 'majority') }))}>
    <p class="muted">${itemTitle(item)}</p>
    <div class="field"><label for="put">${gettext('What is put to the vote, as it goes into the record')}</label><textarea id="put" name="text" required maxlength="4000" autofocus></textarea></div>
    <div class="field"><label for="symbol">${gettext('Symbol of the paper')}</label><input id="symbol" name="symbol" maxlength="60" list="symbols" autocomplete="off"><datalist id="symbols">${papers.map((paper) => html`<option value=${paper.symbol}></option>`)}</datalist></div>
    <div class="field"><label for="majority">${gettext('Majority required, of those present and voting')}</label><select id="majority" name="majority"><option value="simple">${gettext('Simple majority')}</option><option value="two_thirds">${gettext('Two thirds')}</option></select>
    <span class="hint">${gettext('Every delegation with the right to vote is asked at once. Until the vote is closed only points of order interrupt it.')}</span></div>
    ${buttons(gettext('Open the vote'))}</form>`)
}

/** @param {Room} room */
function withdraw(room) {
  const held = openVote(room.state)
  if (!held) return nothing
  return dialog(room, gettext('Withdraw the vote'), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ e) => send(e, room, 'vote.withdraw', (form) => ({ vote: held.id, reason: text(form, 'reason') }))}>
    <p>${gettext('It ends without a result: what was cast counts for nothing.')}</p>
    <div class="field"><label for="reason">${gettext('Reason, for the journal')}</label><input id="reason" name="reason" required maxlength="200" autocomplete="off" autofocus></div>${buttons(gettext('Withdraw the vote'), 'button--danger-final')}</form>`)
}

/** @param {Room} room */
function rule(room) {
  const turn = underRuling(room.state, room.ui.aim?.turn)
  if (!turn) return nothing
  return dialog(room, fill(gettext('Ruling on the point of order of %(name)s'), { name: delegationName(room.state, turn.delegation) }), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ e) => send(e, room, 'floor.rule', (form) => ({ turn: turn.id, ruling: text(form, 'ruling') }))}>
    <div class="field"><label for="ruling">${gettext('The ruling, as it goes into the record')}</label><textarea id="ruling" name="ruling" required maxlength="1000" autofocus></textarea>
    <span class="hint">${gettext('The point of order ends and the speech it interrupted goes on with its remaining time.')}</span></div>
    ${buttons(gettext('Give the ruling'))}</form>`)
}

/** @param {Room} room */
function suspend(room) {
  const { meeting } = room.state
  const zone = meeting?.zone ?? 'UTC'
  const soon = hostTime(Math.ceil((room.now() + 15 * 60_000) / 300_000) * 300_000, zone)
  return dialog(room, gettext('Suspend the meeting'), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ e) => send(e, room, 'meeting.suspend', (form) => ({ until: wallToUtc(text(form, 'until'), zone, room.now()) }))}>
    <div class="field"><label for="until">${gettext('Until, at the host')}</label><input class="input--short" id="until" name="until" type="time" value=${soon} autofocus><span class="hint">${gettext('Empty: without a time. Every page and corridor shows it; lists and hands are kept.')}</span></div>
    ${buttons(gettext('Suspend the meeting'))}</form>`)
}

/** The dialog closes when the wish is granted; the button may be gone by then, the meeting being adjourned already.
 * @param {Event} event
 * @param {Promise<unknown>} wish */
async function done(event, wish) {
  const leave = dismissal(event)
  if (await wish) leave()
}

/** @param {Room} room */
function close(room) {
  const count = unheard(room.state)
  const waiting = room.state.floor.list.map((turn) => delegationName(room.state, turn.delegation))
  const here = room.state.people.counts.delegations
  const adjourn = (/** @type {Event} */ event) => void done(event, room.wish('meeting.adjourn'))
  const end = (/** @type {Event} */ event) => void done(event, room.wish('meeting.close', { unheard: count }))
  return dialog(room, gettext('Adjourn or close'), html`
    <p>${count ? fill(ngettext('%(n)s delegation has not been heard: %(names)s.', '%(n)s delegations have not been heard: %(names)s.', count), { n: figure(count), names: waiting.join(gettext(', ')) || gettext('on other items') }) : gettext('Everyone who asked was heard.')}</p>
    <p class="muted">${gettext('Adjourning ends this sitting and keeps the lists for the next one. Closing ends the meeting, archives the minutes and lets people stay ten minutes off the record. It can be undone for five minutes.')}</p>
    <div class="buttons"><button class="button" autofocus @click=${dismiss}>${gettext('Cancel')}</button>
      ${accepts(room.state, 'meeting.adjourn') ? html`<button class="button button--danger" @click=${adjourn}>${gettext('Adjourn')}</button>` : nothing}
      <button class="button button--danger-final" id="close-finally" @click=${end}>${fill(ngettext('Close the meeting for %(n)s delegation', 'Close the meeting for all %(n)s delegations', here), { n: figure(here) })}</button></div>`)
}

/** @param {Room} room */
function preside(room) {
  const able = Object.entries(room.state.directory.persons).filter(([id, one]) => one.offices.some((office) => office === 'chair' || office === 'deputy') && Number(id) !== room.state.meeting?.presiding)
  return dialog(room, gettext('Change who presides'), html`
    ${able.length ? html`<ul class="lines">${able.map(([id, one]) => html`<li class="line"><span class="line-main">${apart(names.formal(one.names, reading()))} <small class="muted">${one.offices.includes('chair') ? gettext('chair') : gettext('deputy chair')}</small></span>
      <button class="button button--primary button--small" @click=${(/** @type {Event} */ e) => void done(e, room.wish('meeting.preside', { person: Number(id) }))}>${gettext('Presides now')}</button></li>`)}</ul>` : html`<p>${gettext('This meeting has no other chair or deputy. An organiser names one in the admin.')}</p>`}
    <div class="buttons"><button class="button" @click=${dismiss}>${gettext('Cancel')}</button></div>`)
}

/** @param {Room} room */
function remove(room) {
  const here = [...new Set(room.state.people.seats.flatMap((seat) => (seat.person !== null && seat.person !== room.state.you?.person ? [seat.person] : [])))]
  const found = here.filter((id) => !room.ui.seek || names.matches(room.state.directory.persons[id]?.names, room.ui.seek) || names.matches(delegation(room.state, room.state.directory.persons[id]?.delegation)?.names, room.ui.seek))
  const aim = room.ui.aim?.person
  if (aim !== undefined) {
    return dialog(room, fill(gettext('Ask %(name)s to leave'), { name: personName(room.state, aim) }), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ e) => send(e, room, 'person.remove', (form) => ({ person: aim, reason: text(form, 'reason') }))}>
      <p>${apart(personLine(room.state, aim))}</p>
      <div class="field"><label for="reason">${gettext('Reason, for the journal')}</label><input id="reason" name="reason" required maxlength="200" autocomplete="off" autofocus></div>${buttons(gettext('Ask to leave'), 'button--danger-final')}</form>`)
  }
  return dialog(room, gettext('Ask a person to leave'), html`
    <div class="field"><label for="who">${gettext('Find a person or delegation')}</label><input class="input" id="who" type="search" .value=${room.ui.seek} @input=${(/** @type {any} */ e) => room.set({ seek: e.target.value })}></div>
    <ul class="lines">${repeat(found.slice(0, 20), (id) => id, (id) => html`<li class="line"><span class="line-main">${apart(personName(room.state, id))} <small class="muted">${apart(delegationName(room.state, room.state.directory.persons[id]?.delegation))}</small></span>
      <span class="buttons"><button class="button button--small" @click=${() => room.wish('person.mute', { person: id })}>${icon('mic-off')}${gettext('Mute')}</button>
      <button class="button button--small button--danger" @click=${() => room.set({ aim: { person: id } })}>${gettext('Ask to leave')}</button></span></li>`)}</ul>
    <div class="buttons"><button class="button" @click=${dismiss}>${gettext('Close')}</button></div>`)
}

/** @param {Room} room */
function correct(room) {
  const entry = room.ui.aim?.turn
  return dialog(room, gettext('Correct an act'), html`<form class="form" @submit=${(/** @type {SubmitEvent} */ e) => send(e, room, 'act.correct', (form) => ({ entry, reason: text(form, 'reason'), text: text(form, 'text') }))}>
    <p class="muted">${gettext('The journal keeps what was entered and adds the correction; the minutes show the corrected fact.')}</p>
    <div class="field"><label for="corrected">${gettext('What is right')}</label><textarea id="corrected" name="text" required maxlength="4000" autofocus></textarea></div>
    <div class="field"><label for="why">${gettext('Why')}</label><input id="why" name="reason" required maxlength="200" autocomplete="off"></div>${buttons(gettext('Enter the correction'))}</form>`)
}
