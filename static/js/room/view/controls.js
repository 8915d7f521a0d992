/** The bar: my state in one sentence, then what I can do. Microphone, floor and leave keep their words at every width. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { fold } from '../../menus.js'
import { asking, myState } from '../standing.js'
import { may, publishes, talksInHall, unanswered, unread } from '../state.js'
import { fill, figure, mySentence, whyNot } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../state.js').Register} Register */

/** @param {Room} room */
export function bar(room) {
  return html`
    <footer class="bar">
      ${sentence(room)}
      <div class="controls" role="group" aria-label=${gettext('Your controls')}>
        ${microphone(room)} ${camera(room)}
        ${room.state.corridor ? corridorControls(room) : floorControls(room)}
        <div class="controls-end">${more(room)} ${leave(room)}</div>
      </div>
    </footer>`
}

const MARKS = /** @type {Record<string, string>} */ ({ floor: 'mic', heard: 'mic', lost: 'wifi-off', refused: 'circle-alert' })

/** @param {Room} room */
export function sentence(room) {
  const mine = mySentence(room.state, room.now())
  const mark = MARKS[mine.tone] ?? (mine.code.startsWith('muted') || mine.code === 'silenced' ? 'lock' : mine.code.startsWith('list') ? 'hand' : 'info')
  return html`<p class="my-state" data-state=${mine.tone || 'muted'} role="status">${icon(mark)}<span>${mine.text}</span></p>`
}

/**
 * Why my microphone cannot open now; null when it can.
 * @param {Room} room
 * @returns {string | null}
 */
export function micObstacle(room) {
  const { state } = room
  if (state.mode === 'hall' && state.device !== 'hall' && !talksInHall(state)) return 'hall'
  if (!publishes(state)) return state.device === 'companion' ? 'companion' : 'right'
  if (state.corridor || state.audible) return null
  return state.recording === 'asked' || state.recording === 'listening' ? 'recording' : 'rules'
}

/** @param {Room} room */
export function microphone(room) {
  const why = micObstacle(room)
  const on = room.state.sending.mic
  const called = ['floor.press', 'order.press'].includes(myState(room.state, room.now()).code)
  const words = html`<span class="short">${gettext('Mic')}</span><span class="long">${gettext('Microphone')}</span>`
  if (called && !room.state.corridor) {
    return html`<button class="control control--speak" id="mic" @click=${() => room.media.toggle('mic')}>${icon('mic')}<span>${gettext('Speak')}</span></button>`
  }
  return html`<button class="control" id="mic" data-state=${on ? 'on' : nothing} aria-pressed=${String(on)} aria-disabled=${why ? 'true' : nothing} aria-label=${gettext('Microphone')}
    data-reason=${why ?? nothing} @click=${() => (why ? room.note(whyNot(why)) : room.media.toggle('mic'))}>${icon(on ? 'mic' : 'mic-off')}<span>${words}</span></button>`
}

/** @param {Room} room */
export function camera(room) {
  const { state } = room
  const why = publishes(state) ? null : state.mode === 'hall' && state.device !== 'hall' ? 'hall' : state.device === 'companion' ? 'companion' : 'right'
  const on = state.sending.camera
  return html`<button class="control" id="camera" data-state=${on ? 'on' : nothing} aria-pressed=${String(on)} aria-disabled=${why ? 'true' : nothing}
    @click=${() => (why ? room.note(whyNot(why)) : room.media.toggle('camera'))}>${icon(on ? 'video' : 'video-off')}<span>${gettext('Camera')}</span></button>`
}

/** @param {Room} room */
function floorControls(room) {
  if (!may(room.state, 'ask') && !may(room.state, 'point_of_order') && !may(room.state, 'reply')) return nothing
  const held = room.state.floor.speaking
  const ends = held && myState(room.state, room.now()).code.startsWith('floor')
  return html`
    ${ends
      ? html`<button class="control" @click=${() => room.wish('floor.end', { turn: held.id })}>${icon('square')}<span class="long">${gettext('End my speech')}</span><span class="short">${gettext('End')}</span></button>`
      : ask(room, 'list', 'hand', gettext('Ask for the floor'), gettext('Floor'))}
    ${ask(room, 'order', 'flag', gettext('Point of order'), gettext('Order'))}
    ${may(room.state, 'reply') ? ask(room, 'reply', 'conversation', gettext('Right of reply'), gettext('Reply'), 'control--wide-only') : nothing}`
}

/**
 * A button that raises a hand, or lowers it when it is up.
 * @param {Room} room
 * @param {Register} register
 * @param {string} mark
 * @param {string} long
 * @param {string} short
 * @param {string} [kind]
 */
function ask(room, register, mark, long, short, kind = '') {
  const { can, why, turn } = asking(room.state, register)
  if (turn) {
    const withdraw = { list: gettext('Withdraw your request'), order: gettext('Withdraw the point of order'), reply: gettext('Withdraw the reply') }[register]
    return html`<button class="control ${kind}" aria-pressed="true" data-register=${register} aria-label=${withdraw} aria-busy=${room.busy('hand.lower')} @click=${() => lower(room, turn)}>${icon(mark)}<span class="long">${withdraw}</span><span class="short">${gettext('Withdraw')}</span></button>`
  }
  return html`<button class="control ${kind}" aria-pressed="false" data-register=${register} aria-disabled=${can ? nothing : 'true'} aria-label=${long} aria-busy=${room.busy('hand.raise')}
    @click=${() => (can ? raise(room, register) : room.note(whyNot(why)))}>${icon(mark)}<span class="long">${long}</span><span class="short">${short}</span></button>`
}

/**
 * In my delegation's own name; several delegations or a group: the dialog asks.
 * @param {Room} room
 * @param {Register} register
 */
export function raise(room, register) {
  const asked = room.state.you?.delegations.filter((own) => own.rights.includes({ list: 'ask', order: 'point_of_order', reply: 'reply' }[register])) ?? []
  if (asked.length > 1) return room.set({ dialog: 'ask', askFor: register })
  return room.wish('hand.raise', { register })
}

/**
 * @param {Room} room
 * @param {{ id: number }} turn
 */
const lower = (room, turn) => room.wish('hand.lower', { turn: turn.id })

/** @param {Room} room */
function corridorControls(room) {
  const { corridor } = room.state
  if (!corridor) return nothing
  return html`
    ${corridor.held_for.length ? nothing : html`<button class="control" id="lock-corridor" aria-pressed=${String(corridor.locked)} @click=${() => room.wish('corridor.lock', { on: !corridor.locked })}>${icon(corridor.locked ? 'lock' : 'unlock')}<span>${gettext('Lock')}</span></button>`}
    <button class="control" id="leave-corridor" @click=${() => room.leaveCorridor()}>${icon('door-open')}<span class="long">${room.page.meeting ? gettext('Back to the meeting') : gettext('Leave the corridor')}</span><span class="short">${gettext('Back')}</span></button>`
}

/** Everything else: panels on a phone, layout, share, devices, keys, help.
 * @param {Room} room */
function more(room) {
  const { state, ui } = room
  const count = state.corridor ? 0 : unread(state) // read in the meeting
  const calls = room.page.page === 'room' ? unanswered(state).length : 0 // the desks show them whole
  const calling = calls ? html` <span class="count" aria-label=${fill(ngettext('%(n)s call for help', '%(n)s calls for help', calls), { n: figure(calls) })}>${figure(calls)}</span>` : nothing
  const shares = may(state, 'share') && publishes(state)
  /** @type {[string, string, string][]} */
  const ofMeeting = [['speakers', 'list-ordered', gettext('Speakers')], ['people', 'users', gettext('People')], ['papers', 'file-text', gettext('Papers')], ['chat', 'message-square', gettext('Chat')], ['corridors', 'coffee', gettext('Corridors')]]
  /** @type {[string, string, string][]} */
  const panels = state.corridor ? [['inside', 'message-square', gettext('People and words here')]] : ofMeeting.filter(([name]) => name !== 'corridors' || may(state, 'corridor'))
  return html`<details class="menu menu--up" id="more"><summary class="control">${icon('more')}<span>${gettext('More')}${count && !ui.panel ? html` <span class="count">${figure(count)}</span>` : nothing}${calling}</span></summary>
    <div class="menu-list" @click=${fold}>
      ${panels.map(([name, mark, label]) => html`<button aria-pressed=${String(ui.panel === name)} @click=${() => room.openPanel(ui.panel === name ? '' : name)}>${icon(mark)}${label}${name === 'chat' && count ? html` <span class="count" aria-label=${fill(ngettext('%(n)s new', '%(n)s new', count), { n: count })}>${figure(count)}</span>` : nothing}</button>`)}
      <hr>
      ${state.corridor || !state.meeting ? nothing : html`<button @click=${() => room.set({ layout: ui.layout === 'grid' ? 'speaker' : 'grid' })}>${icon(ui.layout === 'grid' ? 'presentation' : 'grid')}${ui.layout === 'grid' ? gettext('Speaker layout') : gettext('Grid layout')}</button>`}
      ${may(state, 'ask') && !asking(state, 'list').turn ? html`<button @click=${() => room.set({ dialog: 'ask', askFor: 'list' })}>${icon('users')}${gettext('Ask on behalf of a group')}</button>` : nothing}
      ${may(state, 'reply') ? html`<button class="narrow-only" @click=${() => { const { turn } = asking(state, 'reply'); return turn ? lower(room, turn) : raise(room, 'reply') }}>${icon('conversation')}${asking(state, 'reply').turn ? gettext('Withdraw the reply') : gettext('Right of reply')}</button>` : nothing}
      ${shares ? html`<button @click=${() => room.media.toggle('screen')}>${icon('monitor-up')}${state.sending.screen ? gettext('Stop sharing the screen') : gettext('Share the screen')}</button>` : nothing}
      ${publishes(state) ? html`<button @click=${() => room.set({ dialog: 'devices' })}>${icon('settings')}${gettext('Microphone and camera')}</button>` : nothing}
      <button @click=${() => room.set({ dialog: 'line' })}>${icon('signal-low')}${gettext('Your connection')}</button>
      <button @click=${() => room.set({ dialog: 'keys' })}>${icon('keyboard')}${gettext('Keyboard')}</button>
      <button @click=${() => room.set({ dialog: 'help' })}>${icon('support')}${gettext('Ask for help')}</button>
      ${room.page.urls.desk && room.page.page === 'room' ? html`<a href=${`${room.page.urls.desk}?device=companion`} target="_blank">${icon('gavel')}${gettext('Desk of the chair')}${calling}</a>` : nothing}
      ${room.page.urls.hall && room.page.page === 'room' ? html`<a href=${`${room.page.urls.hall}?device=companion`} target="_blank">${icon('building')}${gettext('Desk of the hall')}${calling}</a>` : nothing}
    </div></details>`
}

/** @param {Room} room */
const leave = (room) => html`<button class="control control--leave" id="leave" @click=${() => room.leave()}>${icon('log-out')}<span>${gettext('Leave')}</span></button>`
