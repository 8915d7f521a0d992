/** Everybody's line, worst first: for the chair, the officers and the technicians, with what they can do about it. */

import { html, nothing, repeat } from 'lit'
import { flag, icon } from '../../marks.js'
import { delegation, delegationOfSeat } from '../state.js'
import { dialog, dismiss } from './dialogs.js'
import { theirLine, theirWay } from './quality.js'
import { apart, figure, fill, hostTime, personName, plateName, reading } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../state.js').Seat} Seat */
/** @typedef {import('../protocol.js').Trouble} Trouble */

const FIRST = 4 // as many stand beside the rest of the house
const percent = new Intl.NumberFormat(reading(), { style: 'percent' })
const TONES = ['good', 'soon', 'over', 'over'] // by weight

/** The section beside the house: the worst, and the way to all.
 * @param {Room} room */
export function lines(room) {
  const found = troubles(room)
  return html`<section id="lines" class="stack-tight" aria-label=${gettext('Lines')}><div class="row row--apart"><h2>${gettext('Lines')} <span class="count">${figure(found.length)}</span></h2>
      <button class="button button--small" id="all-lines" @click=${() => room.set({ dialog: 'lines', aim: null })}>${gettext('All lines')}</button></div>
    ${ours(found)}
    ${found.length ? html`<ul class="troubles">${repeat(found.filter(([line]) => line.what !== 'server').slice(0, FIRST), ([line]) => line.seat, ([line, seat]) => trouble(room, line, seat))}</ul>`
      : html`<p class="muted">${gettext('Every line is good.')}</p>`}</section>`
}

/** Most lines are bad at once: said once, not of each.
 * @param {[Trouble, Seat][]} found */
function ours(found) {
  const many = found.filter(([line]) => line.what === 'server').length
  return many ? html`<div class="notice" data-tone="over">${icon('circle-alert')}<div class="notice-body"><p><strong>${theirLine('server')}</strong> ${fill(gettext('Lines concerned: %(n)s.'), { n: figure(many) })}</p></div></div>` : nothing
}

/** Whoever has trouble, with their seat; worst first, as the server says.
 * @param {Room} room
 * @returns {[Trouble, Seat][]} */
function troubles(room) {
  const { lines, people } = room.state
  return (lines?.lines ?? []).flatMap((line) => {
    const seat = people.seats.find((one) => one.seat === line.seat)
    return seat ? [/** @type {[Trouble, Seat]} */ ([line, seat])] : []
  })
}

/** @param {Room} room
 * @param {Seat} seat */
const name = (room, seat) => (seat.device === 'screen' ? gettext('Hall screen') : plateName(room.state, seat))

/** @param {Seat} seat */
const where = (seat) => (seat.mode === 'hall' || seat.device === 'hall' || seat.device === 'screen' ? gettext('hall') : gettext('remote'))

/**
 * @param {Room} room
 * @param {Trouble} line
 * @param {Seat} seat
 */
function trouble(room, line, seat) {
  const { state } = room
  const zone = state.meeting?.zone
  const asked = (state.help?.calls ?? []).find((call) => call.person === seat.person && call.obstacle === 'reach.low_data')
  return html`<li class="trouble" data-seat=${line.seat}>${flag(delegation(state, delegationOfSeat(state, seat))?.flag ?? 'org')}
    <div><p class="speakers-name">${apart(name(room, seat))}<small>${apart([personName(state, seat.person), where(seat)].filter(Boolean).join(' · '))}</small></p>
      <p class="dot" data-tone=${TONES[line.weight]}>${theirLine(line.what)}</p>
      <p class="small muted">${[fill(gettext('since %(time)s'), { time: hostTime(line.since, zone) }), theirWay(line.action), asked ? fill(gettext('asked %(time)s'), { time: hostTime(asked.at, zone) }) : ''].filter(Boolean).join(' · ')}</p></div>
    ${seat.person === null || seat.person === state.you?.person ? nothing : html`<p class="buttons buttons--tight">
      ${line.action === 'low_data' ? html`<button class="button button--small" aria-label=${fill(gettext('Ask %(name)s to switch to low data'), { name: name(room, seat) })} @click=${() => void offer(room, seat)}>${icon('signal-low')}${gettext('Ask: low data')}</button>` : nothing}
      <button class="button button--small" aria-label=${fill(gettext('Write to %(name)s'), { name: personName(state, seat.person) })} @click=${() => room.set({ dialog: 'reach', aim: { person: seat.person ?? 0 } })}>${icon('support')}${gettext('Write')}</button></p>`}</li>`
}

/** @param {Room} room
 * @param {Seat} seat */
async function offer(room, seat) {
  if (await room.wish('help.reach', { person: seat.person, offer: 'low_data' })) room.note(fill(gettext('%(name)s was asked.'), { name: personName(room.state, seat.person) }), 'good')
}

/** All delegations: those with trouble and their figures, then those whose line is good.
 * @param {Room} room */
export function allLines(room) {
  const found = troubles(room)
  const bad = new Set(found.map(([line]) => line.seat))
  const good = room.state.people.seats.filter((seat) => !bad.has(seat.seat) && seat.device !== 'companion') // words only: nothing to be heard or missed
  return dialog(room, gettext('All lines, worst first'), html`<div class="stack">
    ${ours(found)}
    ${found.length ? html`<ul class="troubles">${repeat(found, ([line]) => line.seat, ([line, seat]) => html`${trouble(room, line, seat)}
      <li class="trouble-figures"><dl class="line-figures">${figures(line).map(([what, value]) => html`<div><dt>${what}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl></li>`)}</ul>` : html`<p>${gettext('Every line is good.')}</p>`}
    ${good.length ? html`<h3>${fill(gettext('Good lines: %(n)s'), { n: figure(good.length) })}</h3><ul class="good-lines">${repeat(good, (seat) => seat.seat, (seat) => html`<li>${flag(delegation(room.state, delegationOfSeat(room.state, seat))?.flag ?? 'org')}<span>${apart(name(room, seat))} <small class="muted">${apart([personName(room.state, seat.person), where(seat)].filter(Boolean).join(' · '))}</small></span></li>`)}</ul>` : nothing}
    <div class="buttons"><button class="button" @click=${dismiss}>${gettext('Close')}</button></div></div>`)
}

/** @param {Trouble} line
 * @returns {[string, string][]} */
function figures(line) {
  const ms = (/** @type {number | null} */ n) => (n === null ? '–' : fill(gettext('%(n)s ms'), { n: figure(n) }))
  const kbps = (/** @type {number} */ n) => fill(gettext('%(n)s kbit/s'), { n: figure(n) })
  return [
    [gettext('They lose, sending'), percent.format(line.up / 100)], [gettext('They lose, receiving'), percent.format(line.down / 100)], [gettext('There and back'), ms(line.rtt)], [gettext('Unevenness'), ms(line.jitter)],
    [gettext('They send'), kbps(line.out)], [gettext('They receive'), kbps(line.in)], [gettext('Sound filled in'), percent.format(line.made_up / 100)], [gettext('Picture stood still'), fill(gettext('%(n)s s'), { n: figure(Math.round(line.frozen / 100) / 10) })],
  ]
}

/** Write to somebody first.
 * @param {Room} room */
export function reach(room) {
  const who = room.ui.aim?.person ?? null
  return dialog(room, fill(gettext('Write to %(name)s'), { name: personName(room.state, who) }), html`
    <form class="form" @submit=${(/** @type {SubmitEvent} */ event) => void written(event, room, who)}>
      <div class="field"><label for="reach-text">${gettext('Your message')}</label><textarea id="reach-text" name="text" maxlength="300" required></textarea>
        <span class="hint">${gettext('It stays on their page until they close it. Their answer comes to the calls for help.')}</span></div>
      <div class="buttons"><button type="button" class="button" @click=${dismiss}>${gettext('Cancel')}</button><button class="button button--primary">${icon('send')}${gettext('Send')}</button></div>
    </form>`)
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 * @param {number | null} person
 */
async function written(event, room, person) {
  event.preventDefault()
  const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('text') ?? '').trim()
  if (!text || !(await room.wish('help.reach', { person, text }))) return
  dismiss(event)
  room.note(gettext('Your message is on their page.'), 'good')
}

/** What the help desk wrote to me, until I close it.
 * @param {Room} room */
export function reached(room) {
  return room.state.reached.map((one) => {
    const done = () => room.say({ type: 'page.reached.done', call: one.call })
    const lower = one.offer === 'low_data' && room.media.most === 'high'
    return html`<div class="notice reached" data-tone="action">${icon('support')}<div class="notice-body"><p><strong>${gettext('The help desk writes:')}</strong> ${apart(one.text || gettext('Please choose low data: pictures become small, and your voice comes through.'))}</p></div>
      ${lower ? html`<button class="button button--primary" @click=${() => void room.limit('low').then(done)}>${gettext('Low data')}</button>` : nothing}
      <button class="button" @click=${() => room.set({ dialog: 'help' })}>${gettext('Answer')}</button>
      <button class="button button--quiet" aria-label=${gettext('Close this notice')} @click=${done}>${icon('x')}</button></div>`
  })
}
