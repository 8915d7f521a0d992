/** The chair's desk: run by whoever presides, or by an officer for the chair; a second desk sees every act at once. */

import { html, nothing, render } from 'lit'
import { icon } from './marks.js'
import { closeMenus } from './menus.js'
import * as names from './room/names.js'
import { currentItem, publishes } from './room/state.js'
import { announcer, toasts } from './room/view/announce.js'
import { deskBell } from './room/view/bell.js'
import { camera, microphone } from './room/view/controls.js'
import { floor, house, now, programme } from './room/view/desk.js'
import { deskDialogs } from './room/view/deskdialogs.js'
import { dialogs } from './room/view/dialogs.js'
import { noteDialog } from './room/view/notes.js'
import { obstacleText } from './room/view/obstacles.js'
import { pageData, Room } from './room/seat.js'
import { apart, changeSentence, fill, hostTime, itemTitle, momentSentence, personName, reading } from './room/view/sentences.js'
import { meetingState, notices } from './room/view/status.js'

const root = /** @type {HTMLElement} */ (document.getElementById('desk'))

/** @param {Room} room */
function head(room) {
  const { meeting, you } = room.state
  const item = currentItem(room.state)
  const title = names.text(meeting?.titles, reading())
  const run = you && meeting && you.person !== meeting.presiding && meeting.presiding !== null
    ? fill(gettext('Desk of the chair, run by %(officer)s for %(chair)s'), { officer: names.short(you.names, reading()), chair: personName(room.state, meeting.presiding) }) : gettext('Desk of the chair')
  return html`<header class="room-head"><div class="room-title"><p>${apart((item ? [run, title] : [run]).filter(Boolean).join(' · '))}</p><h1>${apart(item ? itemTitle(item) : title)}</h1></div>
    ${meetingState(room)} ${publishes(room.state) ? html`<div class="buttons">${microphone(room)} ${camera(room)}</div>` : nothing}
    ${room.page.urls.room ? html`<a class="button button--quiet" href=${room.page.urls.room}>${icon('presentation')}${gettext('Room')}</a>` : nothing}
    <p class="line-state"><time>${hostTime(room.now(), meeting?.zone)}</time></p></header>`
}

/** @param {Room} room */
function page(room) {
  return html`<div class="desk">${head(room)} ${notices(room)} ${now(room)} ${floor(room)} ${programme(room)} ${house(room)} ${toasts(room, deskBell(room))}</div>${deskDialogs(room)} ${dialogs(room)} ${noteDialog(room)}`
}

const room = new Room(pageData(), {
  draw: (room) => render(page(room), root), announce: announcer(document), say: changeSentence, moment: momentSentence, obstacle: obstacleText,
})
closeMenus(document)
setInterval(() => room.changed(), 1000)
room.open()
