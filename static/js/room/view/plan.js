/** The floor plan: tables before the rostrum, and the ground around mine. The list says and does all of it, too. */

import { html, nothing, svg } from 'lit'
import { icon } from '../../marks.js'
import { apart as distance, beside, layout, next, nextTo, SIDE, TABLE } from '../floorplan.js'
import { delegation, delegationOfSeat, isMySeat } from '../state.js'
import { figure, fill, personName, plateName } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../protocol.js').CorridorSign} Sign */
/** @typedef {import('../protocol.js').CorridorSeat} Seat */

const mirrored = () => document.dir === 'rtl'
const NARROW = matchMedia('(max-width: 40rem)')
const STEP = 8 // of the ground's 100, a press of an arrow key
const MARGIN = 12 // around the ground, for names
const CHAIRS = 8 // drawn at a table of the hall
/** @param {string} key
 * @returns {key is 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'} */
const isArrow = (key) => ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(key)

/** List or plan; whoever prefers the list keeps it.
 * @param {Room} room */
export function ways(room) {
  if (!room.page.summit.tables) return nothing
  const way = (/** @type {'list' | 'plan'} */ code, /** @type {string} */ mark, /** @type {string} */ label) => html`<button class="button button--small" aria-pressed=${String(room.media.around === (code === 'plan'))} @click=${() => room.media.walk(code === 'plan')}>${icon(mark)}${label}</button>`
  return html`<div class="row" role="group" aria-label=${gettext('How corridors are shown')}>${way('list', 'list', gettext('List'))}${way('plan', 'map-pin', gettext('Floor plan'))}</div>`
}

/** @param {Room} room
 * @param {number} table
 * @returns {Sign | undefined} */
const signOf = (room, table) => room.state.corridors?.corridors.find((sign) => sign.table === table)

/** "Table 3, 4 people, locked".
 * @param {number} table
 * @param {Sign | undefined} sign */
function tableWords(table, sign) {
  const name = fill(gettext('Table %(n)s'), { n: figure(table) })
  if (!sign) return [name, gettext('free')].join(gettext(', '))
  return [name, fill(ngettext('%(n)s person', '%(n)s people', sign.count), { n: figure(sign.count) }), sign.locked ? gettext('locked') : ''].filter(Boolean).join(gettext(', '))
}

/** Sits down, or says why not.
 * @param {Room} room
 * @param {number} table */
export function sit(room, table) {
  if (signOf(room, table)?.locked) room.note(gettext('The people at this table have locked it.'))
  else void room.wish('corridor.sit', { table })
}

/** The same in one line, for whoever reads the list.
 * @param {Room} room */
export function tableChoice(room) {
  const count = room.page.summit.tables
  if (!count || room.state.corridor) return nothing
  return html`<form class="pick" @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); sit(room, Number(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('table'))) }}>
    <div class="field"><label for="table">${gettext('Sit down at a table')}</label><select id="table" name="table">${Array.from({ length: count }, (_, place) => html`<option value=${place + 1}>${tableWords(place + 1, signOf(room, place + 1))}</option>`)}</select></div>
    <button class="button">${gettext('Sit down')}</button></form>`
}

/** The hall seen from above. One table is in the tab order; arrow keys go from table to table, Enter sits down.
 * @param {Room} room */
export function plan(room) {
  const { width, height, tables, rostrum, entrance } = layout(room.page.summit.tables, NARROW.matches ? 3 : undefined)
  const seen = tables.map((one) => ({ ...one, x: mirrored() ? width - one.x : one.x }))
  return html`<svg class="plan" viewBox=${`0 0 ${width} ${height}`} role="group" aria-label=${gettext('Floor plan: arrow keys go from table to table, Enter sits down')}>
    <path class="plan-rostrum" d=${`M ${rostrum.x - 110} 26 q 110 60 220 0 v 34 q -110 60 -220 0 z`}></path>
    <text class="plan-word" x=${rostrum.x} y=${rostrum.y + 28}>${gettext('Rostrum')}</text>
    ${seen.map((one) => table(room, one, seen))}
    <text class="plan-word" x=${entrance.x} y=${entrance.y + 20}>${gettext('Entrance')}</text>
    <circle class="plan-me" cx=${entrance.x} cy=${entrance.y - 14} r="13"></circle></svg>
    <p class="hint">${gettext('Sit down at a table, by mouse, touch or keyboard. What is said at a table reaches that table only; nobody sees who sits there.')}</p>`
}

/**
 * @param {Room} room
 * @param {{ table: number, x: number, y: number }} one
 * @param {{ table: number, x: number, y: number }[]} all
 */
function table(room, one, all) {
  const sign = signOf(room, one.table)
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); sit(room, one.table) }
    if (!isArrow(event.key)) return
    event.preventDefault()
    const there = next(all, one, event.key)
    if (!there) return
    room.set({ atTable: there.table })
    document.getElementById(`table-${there.table}`)?.focus() // at once: Enter may follow before the next frame
  }
  const chairs = Array.from({ length: CHAIRS }, (_, place) => {
    const turn = (place * 2 * Math.PI) / CHAIRS - Math.PI / 2
    return svg`<circle class="plan-chair" data-taken=${place < (sign?.count ?? 0) ? 'yes' : nothing} cx=${one.x + 54 * Math.cos(turn)} cy=${one.y + 54 * Math.sin(turn)} r="8"></circle>`
  })
  return svg`<g class="plan-table" id=${`table-${one.table}`} role="button" tabindex=${one.table === room.ui.atTable ? 0 : -1} aria-label=${tableWords(one.table, sign)} data-state=${sign?.locked ? 'locked' : nothing} @click=${() => sit(room, one.table)} @keydown=${key}>
    <circle class="plan-reach" cx=${one.x} cy=${one.y} r="68"></circle>${chairs}
    <circle class="plan-top" cx=${one.x} cy=${one.y} r="38"></circle><text class="plan-number" x=${one.x} y=${one.y + (sign?.locked ? 0 : 7)}>${figure(one.table)}</text>
    ${sign?.locked ? svg`<text class="plan-word" x=${one.x} y=${one.y + 20}>${gettext('locked')}</text>` : nothing}</g>`
}

/* Around my table */

/** @param {Room} room
 * @returns {Seat | undefined} */
export const mySeat = (room) => room.state.corridor?.seats.find((seat) => isMySeat(room.state, seat))

/** Who stands where: I move by pressing a place, dragging, or the arrow keys; who is nearer is louder.
 * @param {Room} room */
export function ground(room) {
  const { corridor } = room.state
  const me = mySeat(room)
  if (!corridor || !me || !room.media.around) return nothing
  const nearest = corridor.seats.filter((seat) => seat !== me).sort((a, b) => distance(me.at, a.at) - distance(me.at, b.at))[0]
  const size = SIDE + 2 * MARGIN
  return html`<figure class="ground"><svg viewBox=${`${-MARGIN} ${-MARGIN} ${size} ${size}`} role="group" aria-label=${gettext('Around the table: who is nearer is louder')}
      @pointerdown=${(/** @type {PointerEvent} */ event) => { /** @type {Element} */ (event.currentTarget).setPointerCapture(event.pointerId); point(room, event) }}
      @pointermove=${(/** @type {PointerEvent} */ event) => { if (event.buttons) point(room, event) }}>
      <rect class="ground-floor" x="0" y="0" width=${SIDE} height=${SIDE} rx="6"></rect><circle class="plan-top" cx=${SIDE / 2} cy=${SIDE / 2} r=${TABLE - 4}></circle>
      ${corridor.seats.map((seat) => token(room, seat, seat === me))}</svg>
    <figcaption class="hint" role="status">${nearest ? fill(gettext('Nearest to you: %(name)s'), { name: personName(room.state, nearest.person) }) : gettext('You are alone here.')}</figcaption>
    ${room.state.mode === 'remote' && room.state.device === 'media' ? html`<div class="choice"><input type="checkbox" id="headphones" .checked=${room.media.chosen.headphones} @change=${(/** @type {any} */ e) => room.wear(e.target.checked)}><label for="headphones">${gettext('I wear headphones: voices come from where people stand')}</label></div>` : nothing}</figure>`
}

/** @param {Room} room
 * @param {Seat} seat
 * @param {boolean} mine */
function token(room, seat, mine) {
  const [x, y] = [mirrored() ? SIDE - seat.at[0] : seat.at[0], seat.at[1]]
  const name = mine ? gettext('You') : plateName(room.state, seat)
  const code = delegation(room.state, delegationOfSeat(room.state, seat))?.code ?? ''
  const body = svg`<circle class=${mine ? 'plan-me' : 'plan-person'} cx=${x} cy=${y} r="5.5"></circle><text class="ground-code" x=${x} y=${y + 1.4}>${mine ? '' : code.slice(0, 3)}</text><text class="ground-name" x=${x} y=${y + 10}>${name}</text>`
  if (!mine) return svg`<g role="img" aria-label=${personName(room.state, seat.person)}>${body}</g>`
  return svg`<g class="ground-me" role="button" tabindex="0" aria-label=${gettext('You. Arrow keys move you.')} @keydown=${(/** @type {KeyboardEvent} */ event) => arrow(room, event, seat)}>${body}</g>`
}

/** @param {Room} room
 * @param {KeyboardEvent} event
 * @param {Seat} seat */
function arrow(room, event, seat) {
  if (!isArrow(event.key)) return
  event.preventDefault()
  const [dx, dy] = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key]
  room.stand(...beside(seat.at[0] + (mirrored() ? -dx : dx), seat.at[1] + dy))
}

/** @param {Room} room
 * @param {PointerEvent} event */
function point(room, event) {
  const drawn = /** @type {SVGSVGElement} */ (event.currentTarget)
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawn.getScreenCTM()?.inverse())
  room.stand(...beside(mirrored() ? SIDE - at.x : at.x, at.y))
}

/** For the list: beside this person in one press.
 * @param {Room} room
 * @param {number} id of the person */
export function standBeside(room, id) {
  const seat = room.state.corridor?.seats.find((one) => one.person === id)
  if (!seat || !room.media.around) return nothing
  return html`<button @click=${() => room.stand(...nextTo(seat.at))}>${icon('map-pin')}${gettext('Stand beside this person')}</button>`
}

/** In the hall a device speaks in a corridor only with headphones on: a loudspeaker there would howl.
 * @param {Room} room */
export function headphones(room) {
  const { state } = room
  if (state.device !== 'media' || !state.corridor) return nothing
  if (state.mode !== 'hall') return nothing
  return html`<div class="notice" data-tone=${state.headphones ? 'good' : 'action'}>${icon('headphones')}<div class="notice-body"><p>${state.headphones
    ? gettext('You are in the hall, with headphones on: this corridor hears you. In the plenary this device stays silent.')
    : html`<strong>${gettext('You are in the hall.')}</strong> ${gettext('With headphones on you may speak and hear in this corridor; without them you read and write.')}`}</p></div>
    <button class="button ${state.headphones ? '' : 'button--primary'}" @click=${() => room.wear(!state.headphones)}>${state.headphones ? gettext('I took them off') : gettext('I wear headphones')}</button></div>`
}

