/** The hall operator's page: who is in the hall, their hands on their behalf, the hall's own line and its screens. */

import { html, nothing, render, repeat } from 'lit'
import { flag, icon } from './marks.js'
import * as names from './room/names.js'
import { currentItem, may, voice } from './room/state.js'
import { announcer, toasts } from './room/view/announce.js'
import { deskBell } from './room/view/bell.js'
import { calls } from './room/view/desk.js'
import { dialogs } from './room/view/dialogs.js'
import { lines } from './room/view/lines.js'
import { noteDialog } from './room/view/notes.js'
import { pageData, askSeat, Room } from './room/seat.js'
import { apart, changeSentence, delegationName, figure, fill, hostTime, itemTitle, momentSentence, reading, turnName } from './room/view/sentences.js'
import { turnSound } from './room/view/sound.js'
import { meetingState, notices, timer } from './room/view/status.js'
import { entry } from './room/view/vote.js'

/** @typedef {import('./room/state.js').Register} Register */
/** @typedef {import('./room/protocol.js').Delegation} Delegation */

const root = /** @type {HTMLElement} */ (document.getElementById('hall'))
let link = '' // of a new screen, shown once
let onAir = '' // why the hall could not be put on the air

/** @param {Room} room */
function head(room) {
  const { meeting } = room.state
  const item = currentItem(room.state)
  const title = names.text(meeting?.titles, reading())
  return html`<header class="room-head"><div class="room-title"><p>${apart((item ? [gettext('Desk of the hall'), title] : [gettext('Desk of the hall')]).join(' · '))}</p><h1>${apart(item ? itemTitle(item) : title)}</h1></div>
    ${meetingState(room)} ${room.page.urls.room ? html`<a class="button button--quiet" href=${room.page.urls.room}>${icon('presentation')}${gettext('Room')}</a>` : nothing}
    <p class="line-state"><time>${hostTime(room.now(), meeting?.zone)}</time></p></header>`
}

/** Delegations in protocol order, those sought first narrowed.
 * @param {Room} room
 * @returns {[number, Delegation][]} */
function sought(room) {
  const language = reading()
  const rank = (/** @type {Delegation} */ one) => one.order[language] ?? one.order.en ?? 1e6
  return Object.entries(room.state.directory.delegations)
    .filter(([, one]) => !['secretariat', 'press'].includes(one.category) && (!room.ui.seek.trim() || names.matches(one.names, room.ui.seek) || one.code.toLowerCase() === room.ui.seek.trim().toLowerCase()))
    .map(([id, one]) => /** @type {[number, Delegation]} */ ([Number(id), one]))
    .sort(([, a], [, b]) => rank(a) - rank(b))
}

/** Nothing more can be done for it.
 * @param {Room} room */
const isOver = (room) => room.state.meeting?.state === 'closed'

/** @param {Room} room */
function delegations(room) {
  const found = sought(room)
  return html`<main id="main" class="desk-floor" tabindex="-1">
    <div class="field"><label for="seek">${gettext('Find a delegation')}</label><input class="input" id="seek" type="search" autocomplete="off" .value=${room.ui.seek} @input=${(/** @type {any} */ e) => room.set({ seek: e.target.value })}></div>
    <ul class="hall-list" aria-label=${gettext('Delegations')}>${repeat(found, ([id]) => id, ([id, one]) => line(room, id, one))}</ul>
    ${found.length ? nothing : html`<p class="muted">${gettext('No delegation has this name or code.')}</p>`}</main>`
}

/**
 * @param {Room} room
 * @param {number} id
 * @param {Delegation} one
 */
function line(room, id, one) {
  const { floor, people } = room.state
  const where = people.present[id] ?? { hall: false, remote: false }
  const name = delegationName(room.state, id)
  const state = [where.hall ? gettext('in the hall') : '', where.remote ? gettext('remote') : '', !where.hall && !where.remote ? gettext('not present') : ''].filter(Boolean).join(', ')
  const turn = (/** @type {Register} */ register) => ({ list: floor.list, order: floor.orders, reply: floor.replies })[register].find((held) => held.delegation === id)
  const listed = turn('list')
  const place = listed ? floor.list.indexOf(listed) + 1 : 0
  return html`<li>${flag(one.flag)}<span class="speakers-name">${apart(name)}<small>${state}${place ? ` · ${fill(gettext('number %(place)s on the list'), { place: figure(place) })}` : ''}${voice(room.state)?.delegation === id ? ` · ${gettext('has the floor')}` : ''}</small></span>
    ${isOver(room) ? nothing : html`<span class="hall-acts">${entry(room, id)}<span class="buttons buttons--tight"><button class="button button--small" aria-pressed=${String(where.hall)} aria-label=${fill(gettext('%(name)s: in the hall'), { name })} @click=${() => room.wish('hall.present', { delegation: id, present: !where.hall })}>${icon(where.hall ? 'check' : 'user')}${gettext('In the hall')}</button>
      ${hand(room, id, name, 'list', 'hand', gettext('List'), gettext('Put %(name)s on the list'))}
      ${hand(room, id, name, 'order', 'flag', gettext('Order'), gettext('Point of order for %(name)s'))}
      ${hand(room, id, name, 'reply', 'conversation', gettext('Reply'), gettext('Right of reply for %(name)s'))}</span></span>`}</li>`
}

/**
 * @param {Room} room
 * @param {number} id
 * @param {string} name
 * @param {Register} register
 * @param {string} mark
 * @param {string} word
 * @param {string} label
 */
function hand(room, id, name, register, mark, word, label) {
  const { floor } = room.state
  const turn = { list: floor.list, order: floor.orders, reply: floor.replies }[register].find((held) => held.delegation === id)
  const wish = () => (turn ? room.wish('hand.lower', { turn: turn.id }) : room.wish('hall.raise', { delegation: id, register, capacity: 'national', on_behalf_of: '', person: null }))
  return html`<button class="button button--small" aria-pressed=${String(!!turn)} aria-label=${fill(turn ? gettext('Withdraw for %(name)s') : label, { name })} @click=${wish}>${icon(mark)}${word}</button>`
}

/** The speaker, and the hall's own line.
 * @param {Room} room */
function now(room) {
  const turn = voice(room.state)
  return html`<section class="desk-now" aria-label=${gettext('The floor and the hall')}>
    <article class="on-floor" data-state=${turn ? nothing : 'empty'}>${turn ? flag(room.state.directory.delegations[turn.delegation]?.flag ?? 'org') : icon('mic-off')}
      <div><p class="on-floor-name">${turn ? apart(turnName(room.state, turn)) : gettext('Nobody has the floor')}</p>${turn ? html`<p class="muted">${turn.mode === 'hall' ? gettext('speaks in the hall') : gettext('speaks remotely: the hall listens')}</p>${turnSound(room, turn)}` : nothing}</div>${timer(room)}</article>
    <h2>${gettext('Next')}</h2>
    ${room.state.floor.list.length ? html`<ol class="speakers">${room.state.floor.list.slice(0, 6).map((next, place) => html`<li><span class="speakers-place">${figure(place + 1)}</span>${flag(room.state.directory.delegations[next.delegation]?.flag ?? 'org')}<span class="speakers-name">${apart(turnName(room.state, next))}${turnSound(room, next, { short: place > 0 })}</span><span class="speakers-when">${next.mode === 'hall' ? html`${icon('building')}${gettext('hall')} ` : nothing}
        ${may(room.state, 'run_floor') ? html`<button class="button button--small" aria-label=${fill(gettext('Give the floor to %(name)s'), { name: delegationName(room.state, next.delegation) })} @click=${() => room.wish('floor.give', { turn: next.id })}>${gettext('Give the floor')}</button>` : nothing}</span></li>`)}</ol>`
      : html`<p class="muted">${gettext('Nobody is on the list.')}</p>`}
    ${isOver(room) ? nothing : air(room)}</section>`
}

/** The hall as one participant: the mixer's line in, the programme out without the hall's own sound.
 * @param {Room} room */
function air(room) {
  const seat = room.state.people.seats.find((one) => one.device === 'hall')
  return html`<h2>${gettext('The hall’s line')}</h2>
    ${seat ? html`<p class="dot" data-tone=${seat.away ? 'over' : 'good'}>${seat.away ? gettext('The hall’s computer is away') : seat.audible ? gettext('The hall is on the air and heard') : gettext('The hall is connected and listens')}</p>`
      : html`<p class="muted">${gettext('No computer stands for the hall yet.')}</p>`}
    <button class="button button--wide" @click=${() => void standForHall(room, !!seat)}>${icon('radio')}${seat ? gettext('Let this computer stand for the hall instead') : gettext('Let this computer stand for the hall')}</button>
    <p class="hint">${gettext('Connect the mixer’s line to its input and the loudspeakers to its output. The line is taken as it comes; the hall never hears itself.')}</p>
    ${onAir ? html`<p class="error" role="alert">${icon('circle-alert')}${onAir}</p>` : nothing}`
}

/**
 * @param {Room} room
 * @param {boolean} taken
 */
async function standForHall(room, taken) {
  const tab = open('about:blank', '_blank') // within the press, or the browser blocks it
  const { status, body } = await askSeat(room.page, { ...room.page.seat.ask, device: 'hall', mode: 'hall', opens_alone: true, move: taken }).catch(() => ({ status: 0, body: /** @type {any} */ ({}) }))
  onAir = status === 200 ? '' : body.message || gettext('The server does not answer.')
  if (status === 200 && tab) tab.location.replace(body.next)
  else tab?.close()
  room.changed()
}

/** @param {Room} room */
function house(room) {
  const { people } = room.state
  return html`<aside class="desk-house" aria-label=${gettext('The house')}>
    <dl class="tallies"><div><dt>${gettext('In the hall')}</dt><dd>${figure(people.counts.hall)}</dd></div><div><dt>${gettext('Remote')}</dt><dd>${figure(people.counts.remote)}</dd></div></dl>
    ${calls(room)} ${lines(room)} ${screens(room)}</aside>`
}

/** Hall screens by revocable links.
 * @param {Room} room */
function screens(room) {
  const made = room.state.help?.screens ?? []
  if (isOver(room) && !made.length) return nothing
  const make = async () => {
    const answer = await room.wish('screen.link')
    if (answer) { link = new URL(answer.url, location.href).href; room.changed() }
  }
  return html`<h2>${gettext('Hall screens')}</h2>
    ${made.length ? html`<ul class="lines">${made.map((one) => html`<li class="line"><span class="line-main">${fill(gettext('Link of %(time)s'), { time: hostTime(one.made_at, room.state.meeting?.zone) })}</span><button class="button button--small button--danger" @click=${() => room.wish('screen.revoke', { link: one.link })}>${gettext('Withdraw')}</button></li>`)}</ul>` : html`<p class="muted">${gettext('No screen has a link.')}</p>`}
    ${isOver(room) ? nothing : html`<button class="button button--wide" id="new-screen" @click=${make}>${icon('monitor')}${gettext('Make a link for a screen')}</button>`}
    ${link ? html`<div class="notice" data-tone="good">${icon('link')}<div class="notice-body"><p>${gettext('Open this on the screen’s computer. It is shown once.')}</p><p><a id="screen-link" href=${link} target="_blank" rel="noopener"><bdi>${link}</bdi></a></p></div></div>` : nothing}`
}

/** @param {Room} room */
const page = (room) => html`<div class="desk">${head(room)} ${notices(room)} ${now(room)} ${delegations(room)} ${house(room)} ${toasts(room, deskBell(room))}</div>${dialogs(room)} ${noteDialog(room)}`

const room = new Room(pageData(), {
  draw: (room) => render(page(room), root), announce: announcer(document), say: changeSentence, moment: momentSentence,
})
setInterval(() => room.changed(), 1000)
room.open()
