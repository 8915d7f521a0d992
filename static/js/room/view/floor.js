/** The speakers' list, the replies and who was heard: what the panel "Speakers" shows. */

import { html, nothing, repeat } from 'lit'
import { flag, icon } from '../../marks.js'
import * as names from '../names.js'
import { delegation, isMine, ordersWaiting, voice } from '../state.js'
import { apart, delegationName, fill, figure, hostTime, personName, reading, turnName, wait } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../state.js').Turn} Turn */

/** @param {Room} room */
export function floorPanel(room) {
  const { floor } = room.state
  const held = voice(room.state)
  const waiting = floor.list.length + ordersWaiting(room.state).length
  return html`
    <div class="panel-body" tabindex="0">
      ${ordersWaiting(room.state).length ? html`<h3>${gettext('Points of order before the chair')}</h3>
        <ol class="speakers">${repeat(ordersWaiting(room.state), (turn) => turn.id, (turn) => line(room, turn, icon('flag')))}</ol>` : nothing}
      ${held || waiting
        ? html`<ol class="speakers" aria-label=${gettext('List of speakers')}>
            ${held ? current(room, held) : nothing}
            ${floor.order && floor.speaking ? line(room, floor.speaking, icon('pause'), gettext('paused')) : nothing}
            ${repeat(floor.list, (turn) => turn.id, (turn, place) => line(room, turn, figure(place + 1)))}
          </ol>`
        : html`<div class="empty">${icon('hand')}<p class="empty-title">${gettext('Nobody has asked for the floor.')}</p>
            <p>${nobody(room)}</p></div>`}
      ${floor.replies.length ? html`<h3>${gettext('Right of reply, after the list')}</h3>
        <ol class="speakers">${repeat(floor.replies, (turn) => turn.id, (turn, place) => line(room, turn, figure(place + 1)))}</ol>` : nothing}
      ${floor.heard.length ? html`<h3>${gettext('Heard')}</h3>
        <ol class="speakers">${repeat(floor.heard, (turn) => turn.id, (turn) => line(room, turn, icon('check'), spoke(room, turn)))}</ol>` : nothing}
    </div>
    <div class="panel-foot muted small">${foot(room)}</div>`
}

/** What an empty list means now.
 * @param {Room} room */
function nobody(room) {
  const { floor, meeting } = room.state
  if (meeting?.state === 'closed') return gettext('The meeting is over.')
  if (!floor.item) return gettext('The list opens when the chair takes an item.')
  return floor.list_state === 'open' ? gettext('Delegations appear here in the order of asking.') : gettext('The list of speakers is closed.')
}

/** @param {Room} room */
function foot(room) {
  const { floor, meeting } = room.state
  if (meeting?.state === 'closed') return ''
  if (!floor.item) return gettext('No item is being taken.')
  const ends = Math.max(0, ...Object.values(floor.forecast))
  const state = floor.list_state === 'open' ? gettext('The list is open.') : gettext('The list is closed. Points of order and replies stay possible.')
  return floor.list.length ? `${state} ${fill(gettext('The last begins about %(time)s.'), { time: hostTime(room.now() + ends * 1000, meeting?.zone) })}` : state
}

/** @param {Room} room
 * @param {Turn} turn */
const spoke = (room, turn) => hostTime(turn.began_at, room.state.meeting?.zone)

/**
 * @param {Room} room
 * @param {Turn} turn
 */
function current(room, turn) {
  const { state } = room
  return html`<li aria-current="true"><span class="speakers-place">${icon('mic', gettext('has the floor'))}</span>${flag(delegation(state, turn.delegation)?.flag ?? 'org')}
    <span class="speakers-name">${apart(turnName(state, turn))}<small>${turn.register === 'order' ? gettext('point of order') : apart(personName(state, turn.speaker))}</small></span>
    <span class="speakers-when">${turn.mode === 'hall' ? html`${icon('building')}${gettext('hall')}` : gettext('now')}</span></li>`
}

/**
 * One line of a register.
 * @param {Room} room
 * @param {Turn} turn
 * @param {unknown} place
 * @param {string} [when]
 */
function line(room, turn, place, when) {
  const { state } = room
  const mine = isMine(state, turn)
  const small = [turn.on_behalf_of ? fill(gettext('on behalf of %(group)s'), { group: names.text(turn.on_behalf_of, reading()) }) : '', mine ? gettext('you') : '']
  return html`<li class=${mine ? 'speakers-mine' : nothing}><span class="speakers-place">${place}</span>${flag(delegation(state, turn.delegation)?.flag ?? 'org')}
    <span class="speakers-name">${apart(delegationName(state, turn.delegation))}<small>${apart(small.filter(Boolean).join(' · '))}</small></span>
    <span class="speakers-when">${turn.mode === 'hall' ? html`${icon('building')}${gettext('hall')} ` : nothing}${when ?? wait(state.floor.forecast[turn.id])}</span></li>`
}
