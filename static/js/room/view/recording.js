/** The recording of sound: shown on every page while it is on, asked of everybody once, run from the desk. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { accepts, gaveUp, may } from '../state.js'
import { apart, delegationName, figure, fill, personName } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../protocol.js').Recording} Recording */

/** How long the sound is kept, and who may hear it, in one sentence.
 * @param {Recording} held */
function kept(held) {
  const long = held.days ? fill(ngettext('It is kept for %(n)s day.', 'It is kept for %(n)s days.', held.days), { n: figure(held.days) }) : gettext('It is deleted once the minutes are approved.')
  return `${gettext('Corridors are never recorded.')} ${long}`
}

/**
 * The banner of every page. Whoever has not answered is asked; the answer can be changed.
 * @param {Room} room
 */
export function recordingBanner(room) {
  const held = room.state.meeting?.recording
  if (!held) return nothing
  if (held.state === 'stopped') return broken(room, held)
  const { recording } = room.state
  const title = held.state === 'announced' ? gettext('The sound of the floor is about to be recorded.') : gettext('The sound of the floor is being recorded.')
  /** @type {Record<string, string>} */
  const said = {
    asked: gettext('Speak and be recorded, or stay and listen: you are heard once you have agreed.'),
    agreed: gettext('You agreed to be recorded when you speak.'),
    listening: gettext('You only listen: your microphone stays closed.'),
  }
  const words = said[recording] ?? ''
  return html`<div class="notice recording" data-tone=${recording === 'asked' ? 'action' : nothing} data-answer=${recording || nothing} id="recording" role="region" aria-label=${gettext('Recording')}>
    <span class="recording-dot" aria-hidden="true"></span>
    <div class="notice-body"><p><strong>${title}</strong> ${words}${recording === 'agreed' ? nothing : ` ${kept(held)}`}</p></div>
    ${recording === 'asked' || recording === 'listening' ? answer(room, held, true) : nothing}
    ${recording === 'asked' ? answer(room, held, false) : nothing}
    ${recording === 'agreed' ? answer(room, held, false, true) : nothing}</div>`
}

/**
 * @param {Room} room
 * @param {Recording} held
 * @param {boolean} consents
 * @param {boolean} [quiet]
 */
function answer(room, held, consents, quiet = false) {
  const hall = room.state.device === 'hall'
  const agree = hall ? gettext('The hall was told and agrees') : gettext('I agree')
  return html`<button class=${`button${consents ? ' button--primary' : ''}${quiet ? ' button--quiet button--small' : ''}`} data-consents=${String(consents)} aria-busy=${room.busy('recording.acknowledge')}
    @click=${() => room.wish('recording.acknowledge', { recording: held.id, consents })}>${consents ? agree : gettext('Only listen')}</button>`
}

/** The recorder gave up: loud for those who can do something, one line for the others.
 * @param {Room} room
 * @param {Recording} held */
function broken(room, held) {
  if (!gaveUp(held)) return nothing
  const officer = may(room.state, 'run_floor') || may(room.state, 'help')
  return html`<div class="notice" data-tone="over" id="recording" role="region" aria-label=${gettext('Recording')}>${icon('circle-alert')}
    <div class="notice-body"><p><strong>${gettext('The recording has stopped. The meeting goes on.')}</strong> ${officer ? why(held.why) : nothing}</p></div></div>`
}

/** @param {string} code */
function why(code) {
  /** @type {Record<string, string>} */
  const says = {
    disk: gettext('The server’s disk is full. Ask the operator to make room, then announce the recording again.'),
    slow: gettext('The server’s disk is too slow. Ask the operator, then announce the recording again.'),
    failed: gettext('The server could not write the file. Ask the operator, then announce the recording again.'),
    no_folder: gettext('The media server was given no folder for recordings. Ask the operator.'),
  }
  return says[code] ?? ''
}

/** On the desk: begin and end it, and who has answered.
 * @param {Room} room */
export function recordingControl(room) {
  const { consents, meeting } = room.state
  if (!meeting || !may(room.state, 'run_floor')) return nothing
  const held = meeting.recording
  if (!held || held.state === 'stopped') {
    if (meeting.state === 'closed') return nothing
    return html`<button class="button button--wide" id="record" ?disabled=${!accepts(room.state, 'recording.announce')} aria-busy=${room.busy('recording.announce')} @click=${() => room.wish('recording.announce')}>${icon('radio')}${gettext('Record the sound of the floor')}</button>`
  }
  const persons = [...new Set(room.state.people.seats.filter((seat) => seat.device === 'media' || seat.device === 'hall').map((seat) => seat.person))].filter((one) => one !== null)
  const { yes, no } = consents?.recording === held.id ? consents : { yes: /** @type {number[]} */ ([]), no: /** @type {number[]} */ ([]) }
  const silent = persons.filter((one) => !yes.includes(one) && !no.includes(one))
  const name = (/** @type {number} */ one) => delegationName(room.state, room.state.directory.persons[one]?.delegation) || personName(room.state, one)
  return html`<section class="stack-tight" aria-label=${gettext('Recording')}><h2>${gettext('Recording')}</h2>
    <p class="small"><span class="recording-dot" aria-hidden="true"></span> ${fill(gettext('%(yes)s agreed · %(no)s only listen · %(silent)s have not answered'), { yes: figure(yes.length), no: figure(no.length), silent: figure(silent.length) })}</p>
    ${silent.length ? html`<p class="small muted">${fill(gettext('Not answered: %(names)s'), { names: '' })}${apart(silent.map(name).join(gettext(', ')))}</p>` : nothing}
    ${held.gaps ? html`<p class="small"><strong>${gettext('There is a gap: the media server was restarted.')}</strong></p>` : nothing}
    <button class="button button--wide" id="record" aria-busy=${room.busy('recording.stop')} @click=${() => room.wish('recording.stop')}>${icon('square')}${gettext('Stop the recording')}</button></section>`
}

/** @type {AudioContext | undefined} */
let context

/** Two short tones, where this page plays the room's sound; nothing where the browser forbids it.
 * @param {Room} room */
export function recordingCue(room) {
  if (room.state.device !== 'media' || room.state.mode !== 'remote') return
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume().catch(() => {})
  for (const [at, hertz] of /** @type {const} */ ([[0, 660], [0.18, 880]])) {
    const [tone, loudness] = [context.createOscillator(), context.createGain()]
    tone.frequency.value = hertz
    loudness.gain.setValueAtTime(0.08, context.currentTime + at)
    loudness.gain.exponentialRampToValueAtTime(0.001, context.currentTime + at + 0.16)
    tone.connect(loudness).connect(context.destination)
    tone.start(context.currentTime + at)
    tone.stop(context.currentTime + at + 0.17)
  }
}
