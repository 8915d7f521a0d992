/** My line in words: what I get of pictures and why, the figures behind it, and how much I want at most. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { lineState, pictures } from '../state.js'
import { dialog, dismiss } from './dialogs.js'
import { figure, fill, lineSentence, reading } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../equipment.js').Limit} Limit */

const percent = new Intl.NumberFormat(reading(), { style: 'percent' })

/**
 * What I get and why, in one sentence; empty while everything comes.
 * @param {import('../state.js').State} state
 */
export function pictureSentence(state) {
  const { pictures: level, by } = pictures(state)
  /** @type {Record<string, Record<string, string>>} */
  const say = {
    line: {
      smaller: gettext('Your line is weak: pictures are smaller. Sound is not affected.'),
      speaker: gettext('Your line is weak: you see the speaker only. Sound is not affected.'),
      still: gettext('Your line is weak: pictures change once a second. Sound is not affected.'),
      none: gettext('Your line is very weak: sound comes first, the last pictures stay.'),
    },
    limit: {
      smaller: gettext('You chose small pictures.'), speaker: gettext('You chose to see the speaker only.'),
      still: gettext('You chose still pictures.'), none: gettext('You chose sound only.'),
    },
  }
  return say[by ?? '']?.[level] ?? ''
}

/** The strip above the scene, when the line takes pictures away.
 * @param {Room} room */
export function weakLine(room) {
  const { by, pictures: level } = pictures(room.state)
  const line = lineState(room.state)
  const rests = by === 'line' && level !== 'smaller'
  const weak = line.code.startsWith('weak') || line.code === 'slow'
  if (!rests && !weak) return nothing
  const text = rests ? pictureSentence(room.state) : lineSentence(room.state).text
  return html`<div class="notice" data-tone="soon" id="weak-line">${icon('signal-low')}<div class="notice-body"><p><strong>${text}</strong> ${rests ? nothing : advice(line.code)}</p></div>
    <button class="button button--quiet" @click=${() => room.set({ dialog: 'line' })}>${gettext('Your connection')}</button></div>`
}

/** @param {string} code */
function advice(code) {
  if (code === 'weak-up') return gettext('Sound goes first. Switching your camera off helps.')
  return code === 'weak-down' ? gettext('What is lost is asked for again. Pictures rest before sound does.') : gettext('A cable is better than a wireless network.')
}

/** @returns {[Limit, string, string][]} */
const choices = () => [
  ['high', gettext('Automatic'), gettext('As much as your line carries')],
  ['low', gettext('Low data'), gettext('Small pictures, about a tenth of the data')],
  ['speaker', gettext('Speaker only'), gettext('Nobody else’s picture')],
  ['still', gettext('Still pictures'), gettext('One a second')],
  ['none', gettext('Sound only'), gettext('For the weakest line')],
]

/** @param {Room} room */
export function connection(room) {
  const sentence = pictureSentence(room.state) || lineSentence(room.state).text
  return dialog(room, gettext('Your connection'), html`
    <p role="status">${sentence || gettext('Your line is good.')}</p>
    ${figures(room)}
    <fieldset id="limit"><legend>${gettext('Pictures you receive')}</legend><div class="choices">
      ${choices().map(([most, label, hint]) => html`<div class="choice"><input type="radio" name="most" id=${`most-${most}`} value=${most} .checked=${room.media.most === most} @change=${() => room.limit(most)}>
        <label for=${`most-${most}`}>${label}<span class="hint">${hint}</span></label></div>`)}</div></fieldset>
    <p class="hint">${gettext('Sound always comes. Whoever’s picture rests keeps their place.')}</p>
    <div class="buttons"><button class="button" @click=${dismiss}>${gettext('Close')}</button></div>`)
}

/** @param {Room} room */
function figures(room) {
  const { summary } = room.state
  if (!summary) return nothing
  const rows = [
    [gettext('Received'), fill(gettext('%(n)s kbit/s'), { n: figure(summary.down.kbps) })],
    [gettext('Sent'), fill(gettext('%(n)s kbit/s'), { n: figure(summary.up.kbps) })],
    [gettext('Lost on the way'), summary.down.loss === null ? '–' : percent.format(summary.down.loss)],
    [gettext('Delay'), summary.rtt === null ? '–' : fill(gettext('%(n)s ms'), { n: figure(summary.rtt) })],
  ]
  return html`<table><tbody>${rows.map(([what, value]) => html`<tr><th scope="row">${what}</th><td>${value}</td></tr>`)}</tbody></table>`
}
