/** Who is here: the panel "People". Delegations in protocol order, their people beneath. */

import { html, nothing, repeat } from 'lit'
import { flag, icon } from '../../marks.js'
import * as names from '../names.js'
import { delegation, delegationOfSeat, may, person, tiles } from '../state.js'
import { noteButton } from './notes.js'
import { askPerson } from './presence.js'
import { apart, delegationName, figure, fill, personLine, personName, plateName, reading } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../state.js').Seat} Seat */

const MANY = 12 // from here on a search helps

/** @param {Room} room */
export function peoplePanel(room) {
  const { state } = room
  const { counts } = state.people
  const seats = everyone(room)
  const sought = room.ui.seek.trim()
  const found = sought ? seats.filter((seat) => fits(room, seat, sought)) : seats
  return html`
    <div class="panel-body" tabindex="0">
      ${seats.length > MANY ? html`<div class="field"><label class="visually-hidden" for="seek">${gettext('Find a person or delegation')}</label>
        <input class="input" id="seek" type="search" placeholder=${gettext('Find a person or delegation')} .value=${room.ui.seek} @input=${(/** @type {any} */ e) => room.set({ seek: e.target.value })}></div>` : nothing}
      <ul class="people" aria-label=${gettext('People in the room')}>${repeat(found, (seat) => seat.seat, (seat) => line(room, seat))}</ul>
      ${found.length ? nothing : html`<p class="muted">${sought ? gettext('Nobody here has this name.') : gettext('You see people here as they take their seats.')}</p>`}
      ${hall(room)}
    </div>
    <div class="panel-foot muted small">${fill(gettext('%(delegations)s delegations: %(hall)s in the hall, %(remote)s remote.'), { delegations: figure(counts.delegations), hall: figure(counts.hall), remote: figure(counts.remote) })}</div>`
}

/** One seat a person, in the order of the tiles; companions at the end.
 * @param {Room} room */
function everyone(room) {
  const first = tiles(room.state, reading())
  const known = new Set(first.map((seat) => seat.person))
  const others = room.state.people.seats.filter((seat) => seat.device === 'companion' && seat.person !== null && !known.has(seat.person))
  return [...first, ...others]
}

/**
 * @param {Room} room
 * @param {Seat} seat
 * @param {string} sought
 */
function fits(room, seat, sought) {
  return names.matches(person(room.state, seat.person)?.names, sought) || names.matches(delegation(room.state, delegationOfSeat(room.state, seat))?.names, sought)
}

/**
 * @param {Room} room
 * @param {Seat} seat
 */
function line(room, seat) {
  const { state } = room
  const where = seat.away ? gettext('away') : seat.mode === 'hall' ? gettext('hall') : gettext('remote')
  const own = delegation(state, delegationOfSeat(state, seat))
  return html`<li>${flag(own?.flag ?? 'org')}
    <span class="speakers-name">${apart(plateName(state, seat))}<small>${apart(seat.device === 'hall' ? gettext('microphones and camera of the hall') : personLine(state, seat.person) || personName(state, seat.person))}</small></span>
    <span class="speakers-when">${icon(seat.mode === 'hall' ? 'building' : 'monitor')}${where}</span> ${noteButton(room, seat)} ${word(room, seat)}</li>`
}

/** "A word?" in one click; they come with another.
 * @param {Room} room
 * @param {Seat} seat */
function word(room, seat) {
  if (seat.person === null || seat.device === 'hall' || seat.person === room.state.you?.person || !may(room.state, 'corridor')) return nothing
  const id = seat.person
  const label = fill(gettext('Ask %(name)s for a word'), { name: personName(room.state, id) })
  return html`<button class="button button--small button--quiet people-word" aria-label=${label} title=${label} @click=${() => askPerson(room, id)}>${icon('conversation')}<span>${gettext('A word?')}</span></button>`
}

/** Delegations that are in the hall without a device of their own.
 * @param {Room} room */
function hall(room) {
  const { state } = room
  const seen = new Set(everyone(room).map((seat) => delegationOfSeat(state, seat)))
  const others = Object.entries(state.people.present).filter(([id, where]) => where.hall && !seen.has(Number(id)))
  if (!others.length) return nothing
  return html`<h3>${gettext('In the hall')}</h3><ul class="people">${others.map(([id]) => html`<li>${flag(delegation(state, Number(id))?.flag ?? 'org')}
    <span class="speakers-name">${apart(delegationName(state, Number(id)))}</span><span class="speakers-when">${icon('building')}${gettext('hall')}</span></li>`)}</ul>`
}
