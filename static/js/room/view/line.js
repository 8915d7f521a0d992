/** My line in words: what is wrong and what to do, what I get of pictures and why, the figures, and how much I want at most. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { pictures } from '../state.js'
import { dialog, dismiss } from './dialogs.js'
import { advice, lineSentence } from './quality.js'
import { figure, fill, reading } from './sentences.js'

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

/** The strip above the scene, when the line takes pictures away or is not what it should be.
 * @param {Room} room */
export function weakLine(room) {
  const { by, pictures: level } = pictures(room.state)
  const { code, action, text } = lineSentence(room.state)
  const rests = by === 'line' && level !== 'smaller'
  const unsaid = ['fine', 'no-media', 'reconnecting', 'lost'].includes(code) // or said in another strip
  if (!rests && unsaid) return nothing
  const elsewhere = code === 'speaker' || code === 'server'
  const says = unsaid || code === 'narrow' ? pictureSentence(room.state) || text : text
  return html`<div class="notice" data-tone=${elsewhere ? 'action' : 'soon'} id="weak-line">${icon(elsewhere ? 'info' : 'signal-low')}<div class="notice-body"><p><strong>${says}</strong> ${unsaid ? nothing : advice(action)}</p></div>
    ${unsaid ? nothing : remedy(room, action)}<button class="button button--quiet" @click=${() => room.set({ dialog: 'line' })}>${gettext('Your connection')}</button></div>`
}

/**
 * The one thing this page can do itself.
 * @param {Room} room
 * @param {import('../protocol.js').Verdict['action']} action
 */
function remedy(room, action) {
  if (action === 'camera' && room.state.sending.camera) return html`<button class="button" id="remedy" @click=${() => room.media.stop('camera')}>${icon('video-off')}${gettext('Camera off')}</button>`
  if (action === 'low_data' && room.media.most === 'high') return html`<button class="button" id="remedy" @click=${() => room.limit('low')}>${icon('signal-low')}${gettext('Low data')}</button>`
  return nothing
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
  const line = lineSentence(room.state)
  const sentence = line.text || pictureSentence(room.state) || gettext('Your line is good.')
  return dialog(room, gettext('Your connection'), html`
    <p role="status"><strong>${sentence}</strong> ${advice(line.action)} ${line.text ? pictureSentence(room.state) : nothing}</p>
    ${remedy(room, line.action)}
    ${figures(room)}
    <fieldset id="limit"><legend>${gettext('Pictures you receive')}</legend><div class="choices">
      ${choices().map(([most, label, hint]) => html`<div class="choice"><input type="radio" name="most" id=${`most-${most}`} value=${most} .checked=${room.media.most === most} @change=${() => room.limit(most)}>
        <label for=${`most-${most}`}>${label}<span class="hint">${hint}</span></label></div>`)}</div></fieldset>
    <p class="hint">${gettext('Sound always comes. Whoever’s picture rests keeps their place.')}</p>
    <div class="buttons"><button class="button" @click=${dismiss}>${gettext('Close')}</button></div>`)
}

/** Each direction for itself, then what belongs to both.
 * @param {Room} room */
function figures(room) {
  const { summary } = room.state
  if (!summary) return nothing
  const share = (/** @type {number | null} */ value) => (value === null ? '–' : percent.format(value))
  const ms = (/** @type {number | null} */ value) => (value === null ? '–' : fill(gettext('%(n)s ms'), { n: figure(Math.round(value)) }))
  const kbps = (/** @type {number} */ value) => fill(gettext('%(n)s kbit/s'), { n: figure(value) })
  const { up, down } = summary
  const rows = [
    [gettext('Amount'), kbps(up.kbps), kbps(down.kbps)],
    [gettext('Lost on the way'), share(up.loss), share(down.loss)],
    [gettext('Unevenness'), ms(up.jitter), ms(down.jitter)],
    [gettext('Sound filled in'), '–', share(summary.concealed)],
    [gettext('Picture stood still'), '–', fill(gettext('%(n)s s'), { n: figure(Math.round(summary.frozen * 10) / 10) })],
  ]
  return html`<table class="line-table"><thead><tr><td></td><th scope="col">${gettext('You send')}</th><th scope="col">${gettext('You receive')}</th></tr></thead>
    <tbody>${rows.map(([what, sent, got]) => html`<tr><th scope="row">${what}</th><td><bdi>${sent}</bdi></td><td><bdi>${got}</bdi></td></tr>`)}
      <tr><th scope="row">${gettext('There and back')}</th><td colspan="2"><bdi>${ms(summary.rtt)}</bdi></td></tr></tbody></table>`
}
