/** The room page: sits down, draws, listens to the keyboard. */

import { html, nothing, render } from 'lit'
import { icon } from '../marks.js'
import { closeMenus } from '../menus.js'
import { obstacleText } from './view/obstacles.js'
import { chatPanel } from './view/chat.js'
import { bar, micObstacle, raise } from './view/controls.js'
import { corridorHead, corridorPanel, corridorScene, corridorsPanel, doorbell, reportDialog, truth, wordDialog } from './view/corridor.js'
import { noteDialog } from './view/notes.js'
import { dialogs } from './view/dialogs.js'
import { floorPanel } from './view/floor.js'
import { reached } from './view/lines.js'
import { papersPanel } from './view/papers.js'
import { peoplePanel } from './view/people.js'
import { headphones } from './view/plan.js'
import { recordingBanner, recordingCue } from './view/recording.js'
import { voteBanner } from './view/vote.js'
import { lettersAct, meant } from './keys.js'
import { pageData, Room } from './seat.js'
import { changeSentence, figure, momentSentence, whyNot } from './view/sentences.js'
import { height, watch } from './view/sizes.js'
import { scene, wanted } from './view/stage.js'
import { asking } from './standing.js'
import { may, ordersWaiting, unread } from './state.js'
import { fromTheRostrum } from './view/rostrum.js'
import { head, notices } from './view/status.js'
import { announcer, toasts } from './view/announce.js'

const root = /** @type {HTMLElement} */ (document.getElementById('room'))
const WIDE = matchMedia('(min-width: 52.01rem)')

/** @type {Record<string, (room: Room) => unknown>} */
const PANELS = { speakers: floorPanel, people: peoplePanel, papers: papersPanel, chat: chatPanel, corridors: corridorsPanel }

/** @param {Room} room */
function page(room) {
  const inside = room.state.corridor
  const panel = inside ? (WIDE.matches || room.ui.panel ? 'inside' : '') : room.ui.panel
  return html`
    <div class="room" data-layout=${inside ? 'grid' : room.ui.layout} data-panel=${panel} data-link=${room.state.link}>
      ${inside ? corridorHead(room) : head(room)}
      ${inside ? html`<div class="room-notices" role="region" aria-label=${gettext('What needs your attention')}>${recordingBanner(room)}${voteBanner(room)}<div class="notice">${truth()}</div>${headphones(room)}${reached(room)}${fromTheRostrum(room)}${doorbell(room)}</div>` : html`${notices(room, voteBanner(room))}`}
      ${inside ? corridorScene(room) : scene(room)}
      ${panel ? sheet(room, panel) : nothing}
      ${bar(room)}
      ${toasts(room, inside ? nothing : doorbell(room))}
    </div>
    ${dialogs(room)} ${wordDialog(room)} ${noteDialog(room)} ${reportDialog(room)}`
}

/**
 * The one panel that is open.
 * @param {Room} room
 * @param {string} name
 */
function sheet(room, name) {
  const count = room.state.floor.list.length + ordersWaiting(room.state).length
  const fresh = unread(room.state)
  /** @type {[string, string, number][]} */
  const tabs = [['speakers', gettext('Speakers'), count], ['people', gettext('People'), 0], ['papers', gettext('Papers'), 0], ['chat', gettext('Chat'), fresh]]
  if (may(room.state, 'corridor')) tabs.push(['corridors', gettext('Corridors'), 0])
  const title = tabs.find(([tab]) => tab === name)?.[1] ?? gettext('Corridor')
  return html`<aside class="panel" aria-label=${title}>
    <div class="panel-head"><h2>${title}</h2><button class="button button--quiet" @click=${() => room.openPanel('')}>${icon('x')}${gettext('Close')}</button></div>
    ${name === 'inside' ? nothing : html`<div class="tabs wide-only" role="tablist" aria-label=${gettext('Panels')}>${tabs.map(([tab, label, n]) => html`<button role="tab" id=${`tab-${tab}`} aria-selected=${String(tab === name)} tabindex=${tab === name ? 0 : -1}
      @click=${() => room.openPanel(tab)} @keydown=${(/** @type {KeyboardEvent} */ e) => step(e, room, tabs.map(([t]) => t), tab)}>${label}${n ? html` <span class="count">${figure(n)}</span>` : nothing}</button>`)}</div>`}
    ${name === 'inside' ? corridorPanel(room) : room.state.meeting ? PANELS[name](room) : html`<div class="panel-body"><p class="skeleton">${gettext('Taking your seat.')}</p></div>`}
  </aside>`
}

/**
 * Arrow keys walk the tabs, in the direction of reading.
 * @param {KeyboardEvent} event
 * @param {Room} room
 * @param {string[]} tabs
 * @param {string} tab
 */
function step(event, room, tabs, tab) {
  const forward = document.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
  const back = document.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft'
  const by = event.key === forward ? 1 : event.key === back ? -1 : 0
  if (!by) return
  const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length]
  room.openPanel(next)
  requestAnimationFrame(() => document.getElementById(`tab-${next}`)?.focus())
}

/** @param {Room} room */
const look = (room) => room.look(() => wanted(room), height)

const say = announcer(document)
const room = new Room(pageData(), {
  draw: (room) => {
    render(page(room), root)
    look(room)
  },
  announce: say,
  say: (state, change) => {
    if (change.code === 'recording.announced') recordingCue(room)
    return changeSentence(state, change)
  },
  moment: momentSentence, obstacle: obstacleText,
})
if (WIDE.matches) room.ui.panel = 'speakers'
WIDE.addEventListener('change', () => room.set({ [room.state.corridor ? 'behind' : 'panel']: WIDE.matches ? 'speakers' : '' }))

/** @param {EventTarget | null} target */
const writes = (target) => target instanceof Element && !!target.closest('input, textarea, select, [contenteditable], dialog')
let talking = false

/** @type {Record<string, (room: Room) => unknown>} */
const KEYS = {
  m: () => (micObstacle(room) ? room.note(whyNot(micObstacle(room))) : room.media.toggle('mic')),
  c: () => document.getElementById('camera')?.click(),
  f: () => hand('list'),
  o: () => hand('order'),
  g: () => room.set({ layout: room.ui.layout === 'grid' ? 'speaker' : 'grid' }),
  '?': () => room.set({ dialog: 'keys' }),
  Escape: () => room.openPanel(''),
}
for (const [index, name] of Object.keys(PANELS).entries()) KEYS[String(index + 1)] = () => room.openPanel(room.ui.panel === name ? '' : name)

/** @param {'list' | 'order'} register */
function hand(register) {
  if (room.state.corridor) return
  const { can, why, turn } = asking(room.state, register)
  if (turn) void room.wish('hand.lower', { turn: turn.id })
  else if (can) void raise(room, register)
  else room.note(whyNot(why))
}

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return
  if (event.key === ' ' && !(event.target instanceof Element && event.target.closest('button, a, summary, [tabindex="0"]'))) {
    event.preventDefault()
    if (event.repeat || talking || room.state.sending.mic) return
    const why = micObstacle(room)
    if (why) return room.note(whyNot(why))
    talking = true
    void room.media.open('mic')
    return
  }
  const key = meant(event)
  if (key.length === 1 && !lettersAct()) return
  const act = KEYS[key.length === 1 ? key.toLowerCase() : key]
  if (act && !event.repeat) act(room)
})
addEventListener('keyup', (event) => {
  if (event.key !== ' ' || !talking) return
  talking = false
  void room.media.stop('mic')
})
addEventListener('blur', () => {
  if (!talking) return
  talking = false
  void room.media.stop('mic')
})
closeMenus(document)

watch(() => look(room))
room.open()
if (room.state.device === 'media' && room.state.mode === 'remote') void room.media.enumerate()
