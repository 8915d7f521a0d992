/** What stands above the scene: the item, the meeting's state in words, the timer, the line, what is wrong. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import * as names from '../names.js'
import { currentItem, goesOn, queued, voice } from '../state.js'
import { clockFace, phase, secondsLeft, usedMs } from '../timer.js'
import { weakLine } from './line.js'
import { reached } from './lines.js'
import { lineSentence } from './quality.js'
import { recordingBanner } from './recording.js'
import { apart, fill, hostTime, itemTitle, meetingWord, mySentence, queueSentence, reading, restingSentence } from './sentences.js'
import { soundStrip } from './sound.js'

/** @typedef {import('../seat.js').Room} Room */

/** @param {Room} room */
export function head(room) {
  const { meeting } = room.state
  const item = currentItem(room.state)
  const title = names.text(meeting?.titles, reading())
  const summit = names.short(room.page.summit.names, reading()) || names.text(/** @type {any} */ (room.page.summit.names), reading())
  return html`
    <header class="room-head">
      <div class="room-title">
        <p>${apart((item ? [title, summit] : [summit]).filter(Boolean).join(' · '))}</p>
        <h1>${apart(item ? itemTitle(item) : title)}</h1>
      </div>
      ${meetingState(room)} ${lineMark(room)} ${timer(room)}
    </header>`
}

/** "Open · recorded".
 * @param {Room} room */
export function meetingState(room) {
  const { meeting } = room.state
  if (!meeting) return nothing
  const more = [
    meeting.state === 'suspended' && meeting.resumes_at ? fill(gettext('until %(time)s'), { time: hostTime(meeting.resumes_at, meeting.zone) }) : '',
    { open: '', restricted: gettext('restricted'), closed: gettext('closed doors') }[meeting.openness],
    meeting.speech === 'discussion' ? gettext('discussion') : '',
    meeting.recorded ? gettext('on the record') : gettext('off the record'),
  ]
  return html`<p class="meeting-state" data-state=${meeting.state}>${icon('circle-dot')}<span><strong>${meetingWord(meeting.state)}</strong>${more.filter(Boolean).map((word) => ` · ${word}`)}</span></p>`
}

/** @param {Room} room */
function lineMark(room) {
  const line = lineSentence(room.state)
  if (['fine', 'speaker', 'server'].includes(line.code)) return nothing // nothing is wrong with this line
  const lost = line.code === 'lost' || line.code === 'reconnecting' || line.code === 'no-media'
  const short = lost ? line.text : gettext('Weak line')
  return html`<p class="line-state wide-only" data-state=${lost ? 'lost' : 'weak'} title=${line.text}>${icon(lost ? 'wifi-off' : 'signal-low')}<span>${short}</span></p>`
}

/**
 * Time of the speech by the server's clock. Not a live region: it is spoken at 60, 30 and 0 only.
 * @param {Room} room
 */
export function timer(room) {
  const turn = voice(room.state) ?? room.state.floor.speaking
  if (!turn) return nothing
  const now = room.now()
  const left = secondsLeft(turn, now)
  const state = phase(turn, now)
  const figures = clockFace(left ?? Math.floor(usedMs(turn, now) / 1000))
  const words = { open: gettext('used'), good: gettext('left'), 'last-minute': gettext('left'), over: gettext('over'), paused: gettext('paused') }
  return html`<p class="timer" data-state=${state === 'good' ? 'in-time' : state} role="timer" aria-live="off"><b>${state === 'over' && left !== null ? clockFace(-left) : figures}</b> <span>${words[state]}</span></p>`
}

/** Everything that stands in the way, each with its way out.
 * @param {Room} room
 * @param {unknown} [asked] what the meeting asks of whoever sits here */
export function notices(room, asked = nothing) {
  const { state } = room
  const line = lineSentence(state)
  return html`<div class="room-notices" role="region" aria-label=${gettext('What needs your attention')}>
    ${recordingBanner(room)}
    ${asked}
    ${state.link === 'reconnecting' || (state.link === 'connecting' && room.late) ? lost(room) : nothing}
    ${state.link === 'closed' ? ended(room) : nothing}
    ${state.link === 'open' && state.resting.length ? strip('soon', 'circle-alert', restingSentence(state), gettext('Sound and picture go on.')) : nothing}
    ${queued(state) ? strip('soon', 'users', queueSentence(state), gettext('The list, the chat and your hand go on.')) : nothing}
    ${line.code === 'no-media' && !queued(state) ? strip('soon', 'refresh-cw', line.text, gettext('The list, the chat and your hand go on.')) : nothing}
    ${weakLine(room)}
    ${soundStrip(room)}
    ${reached(room)}
    ${room.media.silent ? html`<div class="notice" data-tone="action">${icon('volume-x')}<div class="notice-body"><p>${gettext('The browser waits for you before it plays sound.')}</p></div>
      <button class="button button--primary" @click=${() => room.media.listen()}>${gettext('Hear the room')}</button></div>` : nothing}
  </div>`
}

/** @param {Room} room */
function lost(room) {
  const sentence = room.state.meeting ? mySentence(room.state, room.now()).text : gettext('The server does not answer yet.')
  return html`<div class="notice" data-tone="over">${icon('wifi-off')}<div class="notice-body"><p><strong>${sentence}</strong> ${gettext('What you see is as it was.')} ${goesOn(room.state) ? gettext('Sound and picture go on.') : nothing}</p></div>
    <button class="button" @click=${() => room.signal.nudge()}>${gettext('Try now')}</button></div>`
}

/** @param {Room} room */
function ended(room) {
  const { bye, closed } = room.state
  /** @type {Record<string, string>} */
  const says = {
    elsewhere: gettext('You opened this seat on another page.'), over: gettext('The meeting is over.'),
    'not-allowed': gettext('You are no longer admitted to this meeting.'), 'signed-out': gettext('You are signed out.'),
    fault: gettext('This page and the server no longer understand each other.'), left: gettext('You left the meeting.'),
  }
  const text = bye?.message || (says[closed?.state ?? ''] ?? '')
  const back = closed?.state === 'elsewhere' || closed?.state === 'fault' || closed?.state === 'left'
  return html`<div class="notice" data-tone="over">${icon('circle-alert')}<div class="notice-body"><p><strong>${text}</strong></p></div>
    ${back ? html`<button class="button button--primary" @click=${() => location.reload()}>${gettext('Use this page')}</button>` : nothing}
    <a class="button" href=${bye?.next ?? room.page.urls.home ?? '/'}>${gettext('Home')}</a></div>`
}

/**
 * @param {string} tone
 * @param {string} mark
 * @param {string} text
 * @param {string} [more]
 */
const strip = (tone, mark, text, more = '') =>
  html`<div class="notice" data-tone=${tone}>${icon(mark)}<div class="notice-body"><p><strong>${text}</strong> ${more}</p></div></div>`
