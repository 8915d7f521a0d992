/** How a voice sounds: to its owner with what to do, to the chair and the technicians with what to ask for. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { myState } from '../standing.js'
import { publishes, seatOf } from '../state.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../grade.js').Grade} Grade */
/** @typedef {import('../protocol.js').Sound} Sound */

export const TONES = { green: 'good', amber: 'soon', red: 'over' }

/** My sound in a few words, with what to do.
 * @param {Grade['why']} why */
export function mySound(why) {
  return {
    good: () => gettext('Good'), silent: () => gettext('Nothing is heard: is the microphone switched off?'), quiet: () => gettext('Very quiet: come closer'),
    clipped: () => gettext('Too loud: move back a little'), noisy: () => gettext('Noisy: find a quieter place'),
    narrow: () => gettext('Narrow, as through a telephone: choose another microphone'),
  }[why]()
}

/** Somebody's sound, for whoever can ask them to change something.
 * @param {Sound['why']} why */
function theirSound(why) {
  return {
    good: () => gettext('Sound: good'), silent: () => gettext('Sound: nothing is heard. Is their microphone on?'), quiet: () => gettext('Sound: very quiet. Ask them to come closer.'),
    clipped: () => gettext('Sound: too loud. Ask them to move back.'), noisy: () => gettext('Sound: noisy. Ask for a quieter place.'),
    narrow: () => gettext('Sound: narrow, as through a telephone. Ask them to change microphone.'), lost: () => gettext('Sound: words are lost on their line.'),
  }[why]()
}

/**
 * How the voice of a turn sounds, on the desks; nothing while it is not known, or in the hall's own microphones.
 * @param {Room} room
 * @param {import('../state.js').Turn} turn
 * @param {{ short?: boolean }} [how] short: only where something is wrong
 */
export function turnSound(room, turn, { short = false } = {}) {
  const seat = seatOf(room.state, turn)
  const sound = room.state.lines?.sounds.find((one) => one.seat === seat?.seat)
  if (!sound || (short && sound.grade === 'green')) return nothing
  return html`<span class="dot sound-dot" data-tone=${TONES[sound.grade]} data-why=${sound.why}>${theirSound(sound.why)}</span>`
}

/** To me: before I speak the offer to try my microphone, and what is wrong with it then and while I speak.
 * @param {Room} room */
export function soundStrip(room) {
  const { state, ui } = room
  if (!publishes(state) || state.corridor || !state.meeting) return nothing
  const next = !state.sending.mic && myState(state, room.now()).code === 'list.next'
  const wrong = state.sound && state.sound.grade !== 'green' && (state.sending.mic || next) ? state.sound : null
  if (state.trial === 'on') return strip('action', 'mic', gettext('Say a sentence as you would in the room.'), gettext('Nobody hears it but this page.'))
  if (wrong && ui.soundSeen !== wrong.why) {
    return strip(TONES[wrong.grade], 'mic', gettext('Your sound:'), mySound(wrong.why), html`${next ? check(room, gettext('Check again')) : nothing}
      <button class="button" @click=${() => room.set({ dialog: 'devices' })}>${icon('settings')}${gettext('Microphone and camera')}</button>
      <button class="button button--quiet" aria-label=${gettext('Close this notice')} @click=${() => room.set({ soundSeen: wrong.why })}>${icon('x')}</button>`)
  }
  if (!next || wrong || state.sound) return nothing
  const heard = state.trial === 'nothing' ? gettext('Nothing was heard.') : gettext('You speak next.')
  return strip('action', 'mic', heard, gettext('Check how the room will hear you.'), check(room, gettext('Check my sound')))
}

/**
 * @param {Room} room
 * @param {string} words
 */
const check = (room, words) => html`<button class="button button--primary" id="try-out" @click=${() => void room.media.hearing.tryOut()}>${words}</button>`

/**
 * @param {string} tone
 * @param {string} mark
 * @param {string} title
 * @param {string} text
 * @param {unknown} [buttons]
 */
const strip = (tone, mark, title, text, buttons = nothing) => html`<div class="notice" id="sound-strip" data-tone=${tone}>${icon(mark)}<div class="notice-body"><p><strong>${title}</strong> ${text}</p></div>${buttons}</div>`

/** The same, said once to who does not look.
 * @param {import('../state.js').State} state */
export const soundSaid = (state) => (state.sound ? `${gettext('Your sound:')} ${mySound(state.sound.why)}` : '')
