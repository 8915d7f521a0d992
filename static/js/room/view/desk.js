/** The chair's desk: the next step and the agenda; the speaker and the list; the house. */

import { html, nothing, repeat } from 'lit'
import { flag, icon } from '../../marks.js'
import { fold } from '../../menus.js'
import * as names from '../names.js'
import { accepts, currentItem, delegation, may, openVote, ordersWaiting, person, seatOf, sourceOf, voice } from '../state.js'
import { nextStep } from '../step.js'
import { clockFace, phase, secondsLeft, usedMs } from '../timer.js'
import { actSentence, capacityWord, stepSentence } from './deskwords.js'
import { theirObstacle } from './obstacles.js'
import { apart, delegationName, figure, fill, hostTime, itemTitle, personLine, personName, reading, turnName, wait } from './sentences.js'
import { lines } from './lines.js'
import { recordingControl } from './recording.js'
import { turnSound } from './sound.js'
import { toAll } from './rostrum.js'
import { timer } from './status.js'
import { voteDesk } from './vote.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../state.js').Turn} Turn */

const MINUTE = 60

/* Now: the next step, undo; the agenda stands under it, and on a phone after the floor */

/** @param {Room} room */
export function now(room) {
  return html`<section class="desk-now" aria-label=${gettext('Next step')}>${step(room)} ${undo(room)}</section>`
}

/** @param {Room} room */
export function programme(room) {
  return html`<section class="desk-agenda" aria-labelledby="desk-agenda"><h2 id="desk-agenda">${gettext('Agenda')}</h2>${agenda(room)}</section>`
}

/** @param {Room} room */
function step(room) {
  const next = nextStep(room.state)
  if (!next) return html`<article class="next-step"><p class="say"><span class="skeleton">${gettext('Taking your place')}</span></p></article>`
  const { say, button, wish, fields, dialog } = stepSentence(room.state, next)
  const act = () => (dialog ? room.set({ dialog, aim: next.turn ? { turn: next.turn.id } : null }) : room.wish(wish, fields))
  return html`<article class="next-step" data-step=${next.code}><h2>${button ? gettext('Say') : gettext('Now')}</h2><p class="say">${say}</p>
    ${button && (next.code !== 'rule' || mayRule(room)) ? html`<button class="button button--primary button--large" id="next-step" aria-busy=${room.busy(wish)} @click=${act}>${button}</button>` : nothing}</article>`
}

/** @param {Room} room */
export function undo(room) {
  const held = room.state.desk?.undo
  const left = held ? Math.ceil((Date.parse(held.until) - room.now()) / 1000) : 0
  if (!held || left <= 0) return nothing
  const act = room.state.desk?.acts.find((one) => one.entry === held.entry)
  return html`<p class="undo"><span role="status">${actSentence(act ?? { ...held, at: '', facts: {} })}</span>
    <button class="button button--small" aria-busy=${room.busy('act.undo')} @click=${() => room.wish('act.undo', { entry: held.entry })}>${icon('undo')}${gettext('Undo')} <b aria-hidden="true">${left > 90 ? clockFace(left) : fill(gettext('%(n)s s'), { n: figure(left) })}</b></button></p>`
}

/** @param {Room} room */
function agenda(room) {
  const { items } = room.state.agenda
  const current = currentItem(room.state)
  const at = current ? items.indexOf(current) : -1
  const open = accepts(room.state, 'item.take')
  if (!items.length) return html`<p class="muted">${gettext('The programme of this meeting has no items yet. The secretariat adds them in the admin.')}</p>`
  return html`<ol class="agenda">${items.map((item, place) => html`<li data-level=${item.depth + 1} data-state=${place < at ? 'done' : nothing} aria-current=${item === current ? 'true' : nothing}>
    <span class="agenda-number">${item.number}</span><span>${apart(names.text(item.titles, reading()))}${item.unheard && item !== current ? html` <small class="muted">${fill(ngettext('%(n)s hand', '%(n)s hands', item.unheard), { n: figure(item.unheard) })}</small>` : nothing}</span>
    ${item === current ? html`<span>${gettext('now')}</span>` : open ? html`<button class="button button--small" aria-label=${fill(gettext('Take %(item)s'), { item: itemTitle(item) })} @click=${() => room.wish('item.take', { item: item.id })}>${gettext('Take')}</button>` : place < at ? icon('check', gettext('done')) : nothing}</li>`)}</ol>`
}

/* The floor: interruptions, the speaker, the registers */

/** @param {Room} room */
export function floor(room) {
  const { state } = room
  return html`<main id="main" class="desk-floor" tabindex="-1">
    ${repeat(ordersWaiting(state), (turn) => turn.id, (turn) => interruption(room, turn))}
    ${voteDesk(room)} ${speaker(room)} ${list(room)} ${replies(room)} ${acts(room)}
  </main>`
}

/**
 * @param {Room} room
 * @param {Turn} turn
 */
function interruption(room, turn) {
  const name = delegationName(room.state, turn.delegation)
  const waited = Math.max(0, Math.floor((room.now() - Date.parse(turn.asked_at)) / 1000))
  return html`<article class="interruption">${icon('flag')}<div><p class="interruption-title">${apart(fill(gettext('Point of order: %(name)s'), { name }))}</p>
    <p>${turn.mode === 'hall' ? gettext('In the hall') : gettext('Remote')}, ${gettext('waiting')} <time>${clockFace(waited)}</time></p></div>
    ${accepts(room.state, 'floor.give') ? html`<p class="buttons"><button class="button button--primary" aria-label=${fill(gettext('Hear the point of order of %(name)s'), { name })} @click=${() => room.wish('floor.give', { turn: turn.id })}>${gettext('Hear')}</button></p>` : nothing}</article>`
}

/** @param {Room} room */
function speaker(room) {
  const { floor, meeting } = room.state
  const turn = floor.order ?? floor.speaking
  if (!turn) return html`<article class="on-floor" data-state="empty">${icon('mic-off')}<div><p class="on-floor-name">${meeting?.state === 'open' ? gettext('Nobody has the floor') : gettext('The meeting is not open')}</p></div></article>`
  const used = Math.min(turn.granted, Math.round(usedMs(turn, room.now()) / 1000))
  const left = secondsLeft(turn, room.now())
  return html`<article class="on-floor">${flag(delegation(room.state, turn.delegation)?.flag ?? 'org')}
    <div><p class="on-floor-name">${apart(turnName(room.state, turn))}</p><p class="muted">${apart([turn.register === 'order' ? gettext('point of order') : turn.register === 'reply' ? gettext('right of reply') : '', personLine(room.state, turn.speaker), turn.mode === 'hall' ? gettext('hall') : gettext('remote')].filter(Boolean).join(' · '))} ${speakerSelect(room, turn)}</p>${turnSound(room, turn)}</div>
    ${timer(room)}
    ${turn.granted ? html`<progress max=${turn.granted} .value=${used} data-state=${phase(turn, room.now())} aria-label=${gettext('Time used')}></progress>` : nothing}
    <p class="buttons">${turn.register === 'order'
      ? mayRule(room) ? html`<button class="button button--primary" @click=${() => room.set({ dialog: 'rule', aim: { turn: turn.id } })}>${icon('scale')}${gettext('Rule on it')}</button>` : nothing
      : html`${!accepts(room.state, turn.running_since ? 'floor.pause' : 'floor.resume') ? nothing : turn.running_since
          ? html`<button class="button" @click=${() => room.wish('floor.pause', { turn: turn.id })}>${icon('pause')}${gettext('Pause')}</button>`
          : html`<button class="button button--primary" @click=${() => room.wish('floor.resume', { turn: turn.id })}>${icon('play')}${gettext('Resume')}</button>`}
        <button class="button" ?disabled=${left === null} @click=${() => room.wish('floor.extend', { turn: turn.id, seconds: MINUTE })}>${icon('plus')}${gettext('One minute')}</button>
        <button class="button button--danger set-apart" @click=${() => room.wish('floor.end', { turn: turn.id })}>${icon('square')}${gettext('End the speech')}</button>`}</p>
    ${floor.order && floor.speaking ? html`<p class="muted">${icon('pause')} ${apart(fill(gettext('%(name)s waits; the remaining time is kept.'), { name: turnName(room.state, floor.speaking) }))}</p>` : nothing}</article>`
}

/** Only whoever may preside rules, while the meeting is open.
 * @param {Room} room */
const mayRule = (room) => accepts(room.state, 'floor.rule') && may(room.state, 'preside')

/** Who speaks for the delegation, when nobody was named.
 * @param {Room} room
 * @param {Turn} turn */
function speakerSelect(room, turn) {
  if (turn.speaker !== null || seatOf(room.state, turn)) return nothing
  return html`<span class="small">${turn.mode === 'hall' ? nothing : gettext('not in the room')}</span>`
}

/** @param {Room} room */
function list(room) {
  const { floor, meeting } = room.state
  const open = floor.list_state === 'open'
  return html`<div class="row row--apart"><h2>${gettext('Speakers, in the order of asking')} <span class="count">${figure(floor.list.length)}</span></h2>
      ${floor.item && accepts(room.state, open ? 'list.close' : 'list.open') ? html`<button class="button button--small" @click=${() => room.wish(open ? 'list.close' : 'list.open', { item: floor.item })}>${icon(open ? 'lock' : 'unlock')}${open ? gettext('Close the list') : gettext('Open the list')}</button>` : nothing}</div>
    ${floor.list.length ? html`<ol class="speakers speakers--desk" aria-label=${gettext('List of speakers; move one with Alt and an arrow key')}>${repeat(floor.list, (turn) => turn.id, (turn, place) => listed(room, turn, place))}</ol>`
      : html`<p class="muted">${meeting?.state === 'closed' ? gettext('The meeting is over.') : !floor.item ? gettext('The list opens with the first item.') : open ? gettext('Nobody has asked. Delegations appear here in the order of asking.') : gettext('Everyone on the list was heard. The list is closed.')}</p>`}`
}

/**
 * @param {Room} room
 * @param {Turn} turn
 * @param {number} place from 0
 */
function listed(room, turn, place) {
  const { state } = room
  const name = delegationName(state, turn.delegation)
  const zone = state.meeting?.zone
  const why = [capacityWord(turn), fill(gettext('asked %(time)s'), { time: hostTime(turn.asked_at, zone) }), personName(state, turn.speaker)]
  const [gives, moves] = [accepts(state, 'floor.give'), accepts(state, 'floor.move')]
  return html`<li class=${moves ? 'moves' : ''} draggable=${String(moves)} data-turn=${turn.id} tabindex="0" aria-label=${fill(gettext('%(place)s, %(name)s'), { place: figure(place + 1), name })}
      @keydown=${(/** @type {KeyboardEvent} */ e) => void moveByKey(e, room, place)} @dragstart=${(/** @type {DragEvent} */ e) => e.dataTransfer?.setData('text/plain', String(turn.id))}
      @dragover=${(/** @type {DragEvent} */ e) => e.preventDefault()} @drop=${(/** @type {DragEvent} */ e) => dropped(e, room, turn)}>
    <span class="speakers-place">${figure(place + 1)}</span>${flag(delegation(state, turn.delegation)?.flag ?? 'org')}
    <span class="speakers-name">${apart(name)}<small>${apart(why.filter(Boolean).join(' · '))}</small>${turnSound(room, turn, { short: place > 0 })}</span>
    <span class="speakers-when">${turn.mode === 'hall' ? html`${icon('building')}${gettext('hall')} ` : nothing}${wait(state.floor.forecast[turn.id])}</span>
    <span class="speakers-acts">${gives ? html`<button class="button button--small" aria-label=${fill(gettext('Give the floor to %(name)s'), { name })} @click=${() => room.wish('floor.give', { turn: turn.id })}>${gettext('Give the floor')}</button>` : nothing}
      <details class="menu"><summary class="button button--small button--quiet" aria-label=${fill(gettext('More for %(name)s'), { name })}>${icon('more')}</summary><div class="menu-list" @click=${fold}>
        ${moves ? html`<button ?disabled=${place === 0} @click=${() => move(room, place, place - 1)}>${icon('arrow-up')}${gettext('Earlier')}</button>
        <button ?disabled=${place === state.floor.list.length - 1} @click=${() => move(room, place, place + 1)}>${icon('arrow-down')}${gettext('Later')}</button>` : nothing}
        ${named(room, turn)}
        <button @click=${() => room.wish('hand.lower', { turn: turn.id })}>${icon('x')}${gettext('Take off the list')}</button></div></details></span></li>`
}

/** Who will speak: one of the delegation.
 * @param {Room} room
 * @param {Turn} turn */
function named(room, turn) {
  const members = Object.entries(room.state.directory.persons).filter(([, one]) => one.delegations.includes(turn.delegation))
  return members.map(([id, one]) => html`<button aria-checked=${String(Number(id) === turn.speaker)} role="menuitemradio" @click=${() => room.wish('floor.speaker', { turn: turn.id, person: Number(id) })}>${icon('user')}${apart(names.short(one.names, reading()))}</button>`)
}

/**
 * Put the turn at `from` to the place `to`; both from 0.
 * @param {Room} room
 * @param {number} from
 * @param {number} to
 */
function move(room, from, to) {
  const { list } = room.state.floor
  if (!accepts(room.state, 'floor.move') || to < 0 || to >= list.length || to === from) return Promise.resolve(null)
  const others = list.filter((_, place) => place !== from)
  return room.wish('floor.move', { turn: list[from].id, before: others[to]?.id ?? null, reason: '' })
}

/**
 * @param {KeyboardEvent} event
 * @param {Room} room
 * @param {number} place
 */
async function moveByKey(event, room, place) {
  const by = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined
  if (!by) return
  event.preventDefault()
  const row = /** @type {HTMLElement} */ (event.currentTarget)
  if (await move(room, place, place + by)) requestAnimationFrame(() => row.focus())
}

/**
 * @param {DragEvent} event
 * @param {Room} room
 * @param {Turn} onto
 */
function dropped(event, room, onto) {
  event.preventDefault()
  const { list } = room.state.floor
  const from = list.findIndex((turn) => String(turn.id) === event.dataTransfer?.getData('text/plain'))
  if (from >= 0) void move(room, from, list.indexOf(onto))
}

/** @param {Room} room */
function replies(room) {
  const { replies } = room.state.floor
  return html`<h2>${gettext('Right of reply, after the list')}</h2>
    ${replies.length ? html`<ol class="speakers speakers--desk">${repeat(replies, (turn) => turn.id, (turn, place) => html`<li><span class="speakers-place">${figure(place + 1)}</span>${flag(delegation(room.state, turn.delegation)?.flag ?? 'org')}
      <span class="speakers-name">${apart(delegationName(room.state, turn.delegation))}<small>${fill(gettext('asked %(time)s'), { time: hostTime(turn.asked_at, room.state.meeting?.zone) })}</small></span><span class="speakers-when">${turn.mode === 'hall' ? html`${icon('building')}${gettext('hall')}` : nothing}</span>
      ${accepts(room.state, 'floor.give') ? html`<span class="speakers-acts"><button class="button button--small" @click=${() => room.wish('floor.give', { turn: turn.id })}>${gettext('Give the floor')}</button></span>` : nothing}</li>`)}</ol>` : html`<p class="muted">${gettext('Nobody has asked.')}</p>`}`
}

/** Acts that are rare, set apart at the foot.
 * @param {Room} room */
function acts(room) {
  const { meeting } = room.state
  if (!meeting) return nothing
  const offers = (/** @type {string} */ act) => accepts(room.state, act)
  return html`<p class="buttons">
    ${offers('decision.gavel') ? html`<button class="button" @click=${() => room.set({ dialog: 'decide' })}>${icon('gavel')}${gettext('It was so decided')}</button>` : nothing}
    ${offers('vote.open') && meeting.item && !openVote(room.state) && !voice(room.state) ? html`<button class="button" id="open-vote" @click=${() => room.set({ dialog: 'vote' })}>${icon('stamp')}${gettext('Put to the vote')}</button>` : nothing}
    ${offers('meeting.suspend') ? html`<button class="button" @click=${() => room.set({ dialog: 'suspend' })}>${icon('pause')}${gettext('Suspend until …')}</button>` : nothing}
    ${offers('meeting.close') ? html`<button class="button button--danger" id="close-meeting" @click=${() => room.set({ dialog: 'close' })}>${offers('meeting.adjourn') ? gettext('Adjourn or close') : gettext('Close the meeting')}</button>` : nothing}</p>
    ${history(room)}`
}

/** What was done last; what is older than its undo is corrected, never changed.
 * @param {Room} room */
function history(room) {
  const acts = room.state.desk?.acts ?? []
  if (!acts.length) return nothing
  return html`<details><summary>${gettext('Last acts')}</summary><ol class="timeline">${acts.map((act) => html`<li><time>${hostTime(act.at, room.state.meeting?.zone)}</time>
    <span class="row row--apart"><span>${act.facts.undone ? html`<del>${actSentence(act)}</del> <small class="muted">${gettext('undone')}</small>` : actSentence(act)}</span>
    ${act.facts.undone ? nothing : html`<button class="button button--small button--quiet" @click=${() => room.set({ dialog: 'correct', aim: { turn: act.entry } })}>${gettext('Correct')}</button>`}</span></li>`)}</ol></details>`
}

/* The house */

/** @param {Room} room */
export function house(room) {
  const { floor, meeting, people } = room.state
  const offers = (/** @type {string} */ act) => accepts(room.state, act)
  const ends = Math.max(0, ...Object.values(floor.forecast))
  const hands = floor.list.length + floor.replies.length + floor.orders.length
  const members = Object.values(room.state.directory.delegations).filter((one) => one.category === 'member').length
  return html`<aside class="desk-house" aria-label=${gettext('The house')}>
    <dl class="tallies">
      <div><dt>${gettext('Presiding')}</dt><dd>${apart(personName(room.state, meeting?.presiding) || gettext('nobody'))}</dd></div>
      ${meeting?.state === 'closed' ? nothing : html`<div><dt>${gettext('Present')}</dt><dd>${fill(gettext('%(here)s of %(all)s'), { here: figure(people.counts.delegations), all: figure(Object.keys(room.state.directory.delegations).length) })}<small>${fill(gettext('%(hall)s hall · %(remote)s remote · %(members)s members'), { hall: figure(people.counts.hall), remote: figure(people.counts.remote), members: figure(members) })}</small></dd></div>
      <div><dt>${gettext('Hands')}</dt><dd>${figure(hands)}</dd></div>
      ${floor.list.length ? html`<div><dt>${gettext('List ends about')}</dt><dd>${hostTime(room.now() + ends * 1000, meeting?.zone)}</dd></div>` : nothing}`}
    </dl>
    ${calls(room)}
    ${lines(room)}
    ${ways(room)}
    ${recordingControl(room)}
    ${mayTakeOver(room) ? html`<button class="button button--wide" aria-busy=${room.busy('meeting.preside')} @click=${() => room.wish('meeting.preside', { person: room.state.you?.person })}>${icon('gavel')}${gettext('Take the chair')}</button>` : nothing}
    ${offers('meeting.preside') ? html`<button class="button button--wide" @click=${() => room.set({ dialog: 'preside' })}>${icon('user-check')}${gettext('Change who presides')}</button>` : nothing}
    ${offers('meeting.silence') ? html`<button class="button button--wide" aria-pressed=${String(!!meeting?.silenced)} @click=${() => room.wish('meeting.silence', { on: !meeting?.silenced })}>${icon('volume-x')}${meeting?.silenced ? gettext('The room is silenced: let it speak') : gettext('Silence the room')}</button>` : nothing}
    ${offers('person.remove') ? html`<button class="button button--wide" @click=${() => room.set({ dialog: 'remove', seek: '' })}>${icon('user-x')}${gettext('Ask a person to leave')}</button>` : nothing}
    ${removed(room)}
    ${room.state.corridors ? html`<details><summary>${gettext('To all corridors')}</summary>${toAll(room)}</details>` : nothing}
  </aside>`
}

/** A chair or deputy who does not preside just now takes over in one click; ten seconds long it can be undone.
 * @param {Room} room */
function mayTakeOver(room) {
  const { meeting, you } = room.state
  return !!meeting && !!you && accepts(room.state, 'meeting.preside') && you.person !== meeting.presiding && you.offices.some((office) => office === 'chair' || office === 'deputy')
}

/** @param {Room} room */
function ways(room) {
  const { meeting } = room.state
  if (!meeting) return nothing
  const select = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ value, /** @type {[string, string][]} */ options) => !accepts(room.state, `meeting.${id}`) ? nothing : html`<div class="field"><label for=${id}>${label}</label>
    <select id=${id} .value=${value} @change=${(/** @type {any} */ e) => room.wish(`meeting.${id}`, { [id]: e.target.value })}>${options.map(([code, word]) => html`<option value=${code} ?selected=${code === value}>${word}</option>`)}</select></div>`
  return html`${select('speech', gettext('Way of speaking'), meeting.speech, [['rostrum', gettext('Rostrum')], ['discussion', gettext('Discussion')]])}
    ${select('chat', gettext('Chat'), meeting.chat, [['off', gettext('Off')], ['secretariat', gettext('To the secretariat')], ['open', gettext('Open')]])}
    ${select('screens', gettext('Shared screens'), meeting.screens, [['one', gettext('One at a time')], ['several', gettext('Several')]])}
    ${sharing(room)}
    ${select('openness', gettext('Doors'), meeting.openness, [['open', gettext('Open')], ['restricted', gettext('Restricted')], ['closed', gettext('Closed')]])}`
}

/** Who shares a screen now, with the way to end it.
 * @param {Room} room */
function sharing(room) {
  const seats = room.state.people.seats.filter((seat) => seat.person !== null && sourceOf(seat, 'screen'))
  return seats.map((seat) => html`<p class="row row--apart"><span>${icon('monitor-up')} ${apart(fill(gettext('%(name)s shares a screen.'), { name: personName(room.state, seat.person) }))}</span>
    <button class="button button--small" @click=${() => room.wish('person.unshare', { person: seat.person })}>${gettext('End it')}</button></p>`)
}

/** People who asked for help.
 * @param {Room} room */
export function calls(room) {
  const open = (room.state.help?.calls ?? []).filter((call) => !call.answered_at)
  if (!open.length) return nothing
  return html`<section aria-label=${gettext('Calls for help')} class="stack-tight"><h2>${gettext('Calls for help')}</h2>${repeat(open, (call) => call.call, (call) => html`<div class="notice" data-tone="action">${icon('support')}<div class="notice-body">
    <p><strong>${apart(personName(room.state, call.person))}</strong> ${apart(delegationName(room.state, person(room.state, call.person)?.delegation))}</p><p class="small">${apart([theirObstacle(call.obstacle), call.text].filter(Boolean).join(gettext(': ')) || gettext('Asks for a person.'))}</p>
    <form class="compose" @submit=${(/** @type {SubmitEvent} */ event) => void answer(event, room, call.call)}><label class="visually-hidden" for=${`reply-${call.call}`}>${gettext('Answer')}</label><input id=${`reply-${call.call}`} name="reply" maxlength="300" required placeholder=${gettext('Answer')} autocomplete="off"><button class="button" aria-label=${gettext('Send the answer')}>${icon('send')}</button></form></div></div>`)}</section>`
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 * @param {number} call
 */
async function answer(event, room, call) {
  event.preventDefault()
  const reply = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('reply') ?? '').trim()
  if (reply) await room.wish('help.answer', { call, reply })
}

/** @param {Room} room */
function removed(room) {
  const out = room.state.desk?.removed ?? []
  if (!out.length) return nothing
  return html`<h2>${gettext('Asked to leave')}</h2><ul class="lines">${out.map((one) => html`<li class="line"><span class="line-main">${apart(personName(room.state, one.person))}<small class="muted"> ${apart(one.reason)}</small></span>
    ${accepts(room.state, 'person.readmit') ? html`<button class="button button--small" @click=${() => room.wish('person.readmit', { person: one.person })}>${gettext('Let in')}</button>` : nothing}</li>`)}</ul>`
}
