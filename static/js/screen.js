/** The hall screen: the State's name, who speaks, what is next, the time. No controls; a lost line only leaves a mark. */

import { html, live, nothing, render } from 'lit'
import { flag, icon } from './marks.js'
import * as names from './room/names.js'
import { currentItem, delegation, screenShown, seatOf, sourceOf, voice } from './room/state.js'
import { pageData, Room } from './room/seat.js'
import { apart, delegationName, fill, hostTime, itemTitle, personLine, reading, turnName } from './room/view/sentences.js'
import { height, watch } from './room/view/sizes.js'
import { timer } from './room/view/status.js'
import { voteOnScreen } from './room/view/vote.js'

const root = /** @type {HTMLElement} */ (document.getElementById('screen'))
root.className = 'screen'
const page = pageData()
page.seat = { ...page.seat, device: 'screen' }
const NEXT = 4

/** @param {string} name */
const size = (name) => (name.length > 48 ? 'longest' : name.length > 24 ? 'long' : nothing)

/** The clock at the host, and a quiet mark while the line is down.
 * @param {Room} room */
const clock = (room) => html`<time class="screen-clock">${room.state.link === 'open' ? nothing : icon('wifi-off', gettext('Reconnecting'))} ${hostTime(room.now(), page.summit.zone)}</time>`

/**
 * Doors closed, suspended, not yet open, over: a card.
 * @param {Room} room
 * @returns {{ mark: string, title: string, line: string } | null}
 */
function card(room) {
  const meeting = room.state.meeting ?? page.meeting
  const title = names.text(meeting?.titles, reading())
  if (room.state.link === 'closed') return { mark: 'landmark', title: names.short(page.summit.names, reading()) || names.text(page.summit.names, reading()), line: gettext('This screen has been switched off.') }
  if (meeting.openness === 'closed') return { mark: 'door-closed', title: gettext('Closed meeting'), line: title }
  if (meeting.state === 'planned') return { mark: 'clock', title, line: fill(gettext('Opens at %(time)s'), { time: hostTime(meeting.starts_at, meeting.zone) }) }
  if (meeting.state === 'suspended') return { mark: 'pause', title: gettext('The meeting is suspended'), line: meeting.resumes_at ? fill(gettext('Resumes at %(time)s'), { time: hostTime(meeting.resumes_at, meeting.zone) }) : title }
  if (meeting.state === 'adjourned') return { mark: 'landmark', title: gettext('The meeting is adjourned'), line: title }
  return meeting.state === 'closed' ? { mark: 'landmark', title: gettext('The meeting is closed'), line: title } : null
}

/** @param {Room} room */
function view(room) {
  const shown = card(room)
  if (shown) return html`<main id="main" class="screen-card">${icon(shown.mark)}<h1 class="screen-name" data-length=${size(shown.title)}>${apart(shown.title)}</h1><p class="screen-person">${apart(shown.line)}</p>${recorded(room)}${clock(room)}</main>`
  const turn = voice(room.state)
  const vote = turn ? null : voteOnScreen(room)
  if (vote) return html`<main id="main" class="screen-card screen-vote" aria-live="polite">${vote}${recorded(room)}${clock(room)}</main>`
  const picture = pictureOf(room)
  const name = turn ? turnName(room.state, turn) : names.text((room.state.meeting ?? page.meeting).titles, reading())
  const item = currentItem(room.state)
  return html`<main id="main" class="screen-inside">
    <section class="screen-who" data-state=${turn ? nothing : 'empty'} aria-live="polite">
      ${turn ? html`<div class="screen-flag">${flag(delegation(room.state, turn.delegation)?.flag ?? 'org')}</div>` : nothing}
      <h1 class="screen-name" data-length=${size(name)}>${apart(name)}</h1>
      ${turn ? html`<p class="screen-person">${apart([turn.register === 'order' ? gettext('Point of order') : turn.register === 'reply' ? gettext('Right of reply') : '', personLine(room.state, turn.speaker ?? (turn.mode === 'remote' ? seatOf(room.state, turn)?.person : null))].filter(Boolean).join(' · '))}</p>` : nothing}
      <p class="screen-item">${apart(item ? itemTitle(item) : turn ? '' : gettext('Nobody has the floor'))}</p></section>
    ${picture ? html`<div class="screen-picture" data-source=${wanted(room)[0]}><video .srcObject=${live(picture)} autoplay .muted=${true} playsinline aria-hidden="true"></video></div>` : nothing}
    <footer class="screen-foot">${recorded(room)}<p class="screen-next">${next(room)}</p>${timer(room)} ${clock(room)}</footer></main>`
}

/** The remote speaker, or the screen that is shown; who speaks in the hall is seen in the hall.
 * @param {Room} room */
function pictureOf(room) {
  const source = wanted(room)[0]
  return source ? room.media.picture(source) : null
}

/** @param {Room} room
 * @returns {string[]} */
function wanted(room) {
  const turn = voice(room.state)
  const source = screenShown(room.state)?.source ?? (turn?.mode === 'remote' ? sourceOf(seatOf(room.state, turn), 'camera') : undefined)
  return source ? [source] : []
}

/** Who stands before a screen is told as everybody else.
 * @param {Room} room */
function recorded(room) {
  const held = room.state.meeting?.recording
  return held && held.state !== 'stopped' ? html`<p class="screen-recording"><span class="recording-dot" aria-hidden="true"></span>${gettext('The sound of the floor is being recorded.')}</p>` : nothing
}

/** @param {Room} room */
function next(room) {
  const { list } = room.state.floor
  if (!list.length) return nothing
  return html`<strong>${gettext('Next')}</strong> ${apart(list.slice(0, NEXT).map((turn) => delegationName(room.state, turn.delegation)).join(' · '))}`
}

/** @param {Room} room */
const look = (room) => room.look(() => wanted(room), height)

const room = new Room(page, {
  draw: (room) => {
    render(view(room), root)
    look(room)
  },
})
watch(() => look(room))
room.open()
