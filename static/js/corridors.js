/** The corridors of the summit, whether or not a meeting is on. A corridor has no address: one enters from here. */

import { html, nothing, render } from 'lit'
import { icon } from './marks.js'
import * as names from './room/names.js'
import { announcer, toasts } from './room/view/announce.js'
import { bar } from './room/view/controls.js'
import { corners, corridorHead, corridorPanel, corridorScene, doorbell, newCorner, openPeople, presence, reportDialog, truth, wordDialog } from './room/view/corridor.js'
import { dialogs } from './room/view/dialogs.js'
import { obstacleText } from './room/view/obstacles.js'
import { pageData, Room } from './room/seat.js'
import { apart, reading } from './room/view/sentences.js'
import { height, watch } from './room/view/sizes.js'
import { wanted } from './room/view/stage.js'
import { notices } from './room/view/status.js'

const root = /** @type {HTMLElement} */ (document.getElementById('corridors'))
const WIDE = matchMedia('(min-width: 52.01rem)')

/** @param {Room} room */
function inside(room) {
  const panel = WIDE.matches || room.ui.panel ? 'inside' : ''
  return html`<div class="room" data-layout="grid" data-panel=${panel}>${corridorHead(room)}
    <div class="room-notices"><div class="notice">${truth()}</div>${doorbell(room)}</div>
    ${corridorScene(room)}
    ${panel ? html`<aside class="panel" aria-label=${gettext('Corridor')}><div class="panel-head"><h2>${gettext('Corridor')}</h2><button class="button button--quiet" @click=${() => room.openPanel('')}>${icon('x')}${gettext('Close')}</button></div>${corridorPanel(room)}</aside>` : nothing}
    ${bar(room)} ${toasts(room, nothing)}</div>`
}

/** @param {Room} room */
function outside(room) {
  return html`<header class="room-head"><div class="room-title"><p>${apart(names.short(room.page.summit.names, reading()) || names.text(/** @type {any} */ (room.page.summit.names), reading()))}</p><h1>${gettext('Corridors')}</h1></div>
      ${room.page.urls.home ? html`<a class="button button--quiet" href=${room.page.urls.home}>${icon('arrow-left')}${gettext('Home')}</a>` : nothing}</header>
    ${notices(room)}
    <main id="main" class="corridors" tabindex="-1">
      <header>${truth()} ${doorbell(room)}</header>
      <section aria-labelledby="open-title"><h2 id="open-title">${gettext('Open to talk')}</h2>${openPeople(room)}</section>
      <aside class="stack"><h2>${gettext('Open corners')}</h2>${corners(room)} ${newCorner(room)} ${presence(room)}</aside>
    </main>${toasts(room, nothing)}`
}

/** @param {import('./room/seat.js').Room} room */
const look = (room) => room.look(() => wanted(room), height)

const room = new Room(pageData(), {
  draw: (room) => {
    render(html`${room.state.corridor ? inside(room) : outside(room)} ${dialogs(room)} ${wordDialog(room)} ${reportDialog(room)}`, root)
    look(room)
  },
  announce: announcer(document), obstacle: obstacleText,
})
document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(/** @type {Node} */ (event.target))) /** @type {HTMLDetailsElement} */ (menu).open = false
})
watch(() => look(room))
room.open()
