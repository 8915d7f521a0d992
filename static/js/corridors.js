/** The corridors of the summit, whether or not a meeting is on. A corridor has no address: one enters from here. */

import { html, nothing, render } from 'lit'
import { icon } from './marks.js'
import { closeMenus } from './menus.js'
import * as names from './room/names.js'
import { announcer, toasts } from './room/view/announce.js'
import { bar } from './room/view/controls.js'
import { corners, corridorHead, corridorPanel, corridorScene, doorbell, newCorner, ownRooms, reportDialog, truth, wordDialog } from './room/view/corridor.js'
import { noteDialog, noteToColleague } from './room/view/notes.js'
import { dialogs } from './room/view/dialogs.js'
import { reached } from './room/view/lines.js'
import { headphones, plan, sit, tableChoice, ways } from './room/view/plan.js'
import { obstacleText } from './room/view/obstacles.js'
import { coffee, openPeople, presence, seekOne } from './room/view/presence.js'
import { fromTheRostrum, toAll } from './room/view/rostrum.js'
import { pageData, Room } from './room/seat.js'
import { apart, changeSentence, delegationName, figure, fill, hostTime, reading } from './room/view/sentences.js'
import { height, watch } from './room/view/sizes.js'
import { wanted } from './room/view/stage.js'
import { notices } from './room/view/status.js'

const root = /** @type {HTMLElement} */ (document.getElementById('corridors'))
const WIDE = matchMedia('(min-width: 52.01rem)')

/** @param {Room} room */
function inside(room) {
  const panel = WIDE.matches || room.ui.panel ? 'inside' : ''
  return html`<div class="room" data-layout="grid" data-panel=${panel}>${corridorHead(room)}
    <div class="room-notices" role="region" aria-label=${gettext('What needs your attention')}><div class="notice">${truth()}</div>${headphones(room)}${reached(room)}${fromTheRostrum(room)}${doorbell(room)}</div>
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
      <header>${truth()} ${fromTheRostrum(room)} ${cardOnTable(room)} ${doors(room)} ${doorbell(room)} <div class="row row--apart">${ways(room)} ${desk(room)}</div></header>
      ${room.media.around && room.page.summit.tables ? html`<section class="corridors-plan" aria-label=${gettext('Floor plan')}>${plan(room)}</section>` : nothing}
      <section aria-labelledby="open-title"><h2 id="open-title">${gettext('Open to talk')}</h2>${openPeople(room)} ${seekOne(room)} ${noteToColleague(room)}</section>
      <aside class="stack"><h2>${gettext('Tables and corners')}</h2>${room.media.around ? nothing : tableChoice(room)} ${corners(room)} ${newCorner(room)} ${ownRooms(room)} ${presence(room)} ${coffee(room)} ${toAll(room)}</aside>
    </main>${toasts(room, nothing)}`
}

/** What my delegation has agreed to and is not over, and which of it is now.
 * @param {Room} room */
function agreed(room) {
  const coming = room.state.bilaterals.filter((one) => Date.parse(one.closes_at) > room.now())
  return { coming, now: coming.filter((one) => Date.parse(one.opens_at) <= room.now()) }
}

/** @param {Room} room
 * @param {{ starts_at: string, ends_at: string }} one */
const when = (room, one) => `${hostTime(one.starts_at, room.page.summit.zone)} – ${hostTime(one.ends_at, room.page.summit.zone)}`

/** The doors of meetings that are now.
 * @param {Room} room */
const doors = (room) => agreed(room).now.map((one) => html`<div class="knock"><p><strong>${fill(gettext('Bilateral meeting with %(name)s'), { name: delegationName(room.state, one.delegation) })}</strong> ${when(room, one)} ${one.about ? html`<bdi>${one.about}</bdi>` : nothing}</p>
  <p class="buttons"><button class="button button--primary" @click=${() => room.wish('corridor.meet', { bilateral: one.id })}>${icon('door-open')}${gettext('Go in')}</button></p></div>`)

/** The way to the desk, and what comes next.
 * @param {Room} room */
function desk(room) {
  if (!room.page.urls.bilaterals) return nothing
  const { coming, now } = agreed(room)
  const next = coming[now.length]
  return html`<p class="row">${next ? html`<span class="muted">${fill(gettext('Next: %(name)s, %(time)s'), { name: delegationName(room.state, next.delegation), time: when(room, next) })}</span>` : nothing}
    <a class="button button--small" href=${room.page.urls.bilaterals}>${icon('calendar')}${gettext('Bilateral meetings')}</a></p>`
}

/** Whoever scanned the card of a table is one press from it.
 * @param {Room} room */
function cardOnTable(room) {
  const table = Number(new URLSearchParams(location.search).get('table'))
  if (!Number.isInteger(table) || table < 1 || table > room.page.summit.tables || room.ui.carded) return nothing
  return html`<div class="knock"><p><strong>${fill(gettext('Table %(n)s'), { n: figure(table) })}</strong> ${gettext('Put on headphones before you speak there.')}</p>
    <p class="buttons"><button class="button button--primary" @click=${() => { room.set({ carded: true }); sit(room, table) }}>${gettext('Sit down')}</button></p></div>`
}

/** @param {import('./room/seat.js').Room} room */
const look = (room) => room.look(() => wanted(room), height)

const room = new Room(pageData(), {
  draw: (room) => {
    render(html`${room.state.corridor ? inside(room) : outside(room)} ${dialogs(room)} ${wordDialog(room)} ${noteDialog(room)} ${reportDialog(room)}`, root)
    look(room)
  },
  announce: announcer(document), say: changeSentence, obstacle: obstacleText,
})
closeMenus(document)
watch(() => look(room))
setInterval(() => room.changed(), 20_000) // a bilateral meeting comes near
room.open()
