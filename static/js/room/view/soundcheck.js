/** The sound check of the lobby: begins it, says what was found and what to do, lets people hear themselves. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { chooseSpeaker } from '../devices.js'
import { Loop, Unmeasured, verdict } from '../loop.js'
import { figure, fill, reading } from './sentences.js'

/** @typedef {import('../loop.js').Measured} Measured */
/**
 * @typedef {object} Facts what the page knows when a check begins
 * @property {MediaStreamTrack | null} mic
 * @property {MediaStreamTrack | null} camera
 * @property {string} speaker
 * @property {RTCIceServer[]} ice
 * @property {boolean} online the socket is open
 * @property {boolean} opens the door is open: one may join now
 */

const SECONDS = 5
const ONLINE = 8000 // ms a check waits for the page's own line to the server
const HEAR = 12 // s one hears oneself; the server ends a check after 20
/** Obstacles where words are all there is for now. */
const WORDS_ONLY = ['media.down', 'blocked']

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** @param {number} share 0 to 1 */
const percent = (share) => new Intl.NumberFormat(reading(), { style: 'percent' }).format(share)

export class SoundCheck {
  /**
   * @param {{ request: (type: string, fields?: Record<string, unknown>) => Promise<any>, facts: () => Facts, changed: () => void, say: (text: string, urgent: boolean) => void, join: () => void, help: () => void, withoutCamera: () => void }} page
   */
  constructor(page) {
    this.page = page
    /** @type {'' | 'connecting' | 'measuring' | 'headphones' | 'hearing'} */
    this.phase = ''
    this.second = 0
    /** @type {Measured | null} */
    this.found = null
    /** @type {{ code: string, message: string } | null} */
    this.fault = null
    /** @type {Loop | null} */
    this.loop = null
    /** @type {HTMLAudioElement | null} */
    this.ear = null
  }

  /** What stands in the way, for a call for help; "" when nothing. */
  get obstacle() {
    if (this.fault && WORDS_ONLY.includes(this.fault.code)) return `line.${this.fault.code}`
    const code = this.found ? verdict(this.found) : 'good'
    return code === 'good' ? '' : `line.${code}`
  }

  /** @param {import('../protocol.js').Message} message */
  route({ slots, rests }) {
    this.loop?.route(slots, rests)
  }

  /** The devices were closed, or the page is left. */
  stop() {
    this.loop?.close()
    this.loop = null
    if (this.ear) this.ear.srcObject = null
    this.ear = null
    this.phase = ''
  }

  /**
   * Open the loop, do something with it, close it; whatever happens is said.
   * @param {(loop: Loop, facts: Facts) => Promise<void>} use
   */
  async #through(use) {
    this.stop()
    const facts = this.page.facts()
    this.fault = this.found = null
    this.phase = 'connecting'
    this.page.changed()
    const loop = facts.mic ? new Loop({ request: this.page.request, iceServers: () => this.page.facts().ice, mic: facts.mic, camera: facts.camera }) : null
    this.loop = loop
    try {
      for (const end = performance.now() + ONLINE; this.loop === loop && !this.page.facts().online && performance.now() < end;) await pause(100)
      if (!this.page.facts().online) throw new Unmeasured('offline')
      if (!loop) throw new Unmeasured('no-mic')
      await loop.open()
      if (this.loop === loop) await use(loop, facts)
    } catch (why) {
      if (this.loop === loop) this.fault = why instanceof Unmeasured ? { code: why.code, message: why.message } : { code: 'unknown', message: '' }
    }
    if (this.loop !== loop) return loop?.close() // another one began, or the page was left
    this.stop()
    this.page.changed()
    if (this.found || this.fault) this.page.say(this.sentence().title, true)
  }

  measure() {
    return this.#through(async (loop) => {
      this.phase = 'measuring'
      this.found = await loop.measure(SECONDS, (second) => { this.second = second; this.page.changed() })
    })
  }

  hear() {
    return this.#through(async (loop, facts) => {
      this.phase = 'hearing'
      this.page.changed()
      const ear = (this.ear = new Audio())
      if (facts.speaker) await chooseSpeaker(ear, facts.speaker)
      if (loop.voice) ear.srcObject = new MediaStream([loop.voice])
      await ear.play()
      await pause(HEAR * 1000)
    })
  }

  /** What was found, in one sentence, and the one thing to do. */
  sentence() {
    if (this.fault) return unmeasured(this.fault)
    const found = /** @type {Measured} */ (this.found)
    /** @type {Record<import('../loop.js').Verdict, () => { tone: string, title: string, way: string }>} */
    const known = {
      good: () => ({ tone: 'good', title: gettext('Your line is good.'), way: gettext('The room will hear every word. You are ready.') }),
      'lost-out': () => ({ tone: 'over', title: fill(gettext('Your line loses %(share)s of your words.'), { share: percent(found.loss) }), way: gettext('Move closer to the Wi-Fi or use a cable.') }),
      'lost-in': () => ({ tone: 'over', title: fill(gettext('Your line loses %(share)s of what others say.'), { share: percent(found.loss) }), way: gettext('Move closer to the Wi-Fi or use a cable.') }),
      late: () => ({ tone: 'soon', title: gettext('Your words arrive late.'), way: gettext('Close other calls and downloads. If a VPN is on and you may, switch it off.') }),
      uneven: () => ({ tone: 'soon', title: gettext('Your line is uneven: words may stutter.'), way: gettext('Use a cable, or sit closer to the Wi-Fi.') }),
      thin: () => ({ tone: 'soon', title: gettext('Your line carries your voice, but hardly a picture.'), way: gettext('Join without camera: your words matter most.') }),
    }
    return known[verdict(found)]()
  }

  view() {
    const busy = this.phase !== '' && this.phase !== 'headphones'
    return html`<div class="sound-check">
      <div class="buttons"><button type="button" class="button button--small" id="check-line" aria-busy=${String(this.phase === 'measuring' || this.phase === 'connecting')} ?disabled=${busy} @click=${() => void this.measure()}>${icon('radio')}${this.found || this.fault ? gettext('Check my line again') : gettext('Check my line')}</button>
        ${this.phase === 'hearing'
          ? html`<button type="button" class="button button--small" aria-pressed="true" @click=${() => { this.stop(); this.page.changed() }}>${icon('square')}${gettext('Stop hearing myself')}</button>`
          : html`<button type="button" class="button button--small" id="hear-myself" aria-expanded=${String(this.phase === 'headphones')} ?disabled=${busy} @click=${() => { this.phase = this.phase ? '' : 'headphones'; this.page.changed() }}>${icon('headphones')}${gettext('Hear yourself')}</button>`}</div>
      <div role="status">${this.#running()}</div>
      ${this.phase === 'headphones' ? this.#headphones() : nothing}
      ${this.phase === '' && (this.found || this.fault) ? this.#result() : nothing}
    </div>`
  }

  #running() {
    if (this.phase === 'connecting') return html`<p class="hint">${gettext('Connecting to the conference')}</p>`
    if (this.phase === 'hearing') return html`<p class="hint">${gettext('Speak: this is how the room hears you.')}</p>`
    if (this.phase !== 'measuring') return nothing
    return html`<p class="hint">${gettext('Measuring. Your sound goes to the conference and comes back; nobody hears it.')}</p>
      <progress max=${SECONDS} .value=${this.second - 1} aria-label=${gettext('Measuring your line')}></progress>`
  }

  #headphones() {
    return html`<div class="notice" data-tone="action">${icon('headphones')}<div class="notice-body"><p><strong>${gettext('Put your headphones on first.')}</strong></p><p>${gettext('Through a loudspeaker your own voice would come back again and again and howl.')}</p></div>
      <button type="button" class="button button--primary" id="hear-now" @click=${() => void this.hear()}>${gettext('They are on: let me hear')}</button></div>`
  }

  #result() {
    const { tone, title, way } = this.sentence()
    const code = this.fault?.code ?? ''
    const poor = this.found && verdict(this.found) === 'thin'
    return html`<div class="notice" id="line-result" data-tone=${tone}>${icon(tone === 'good' ? 'circle-check' : this.fault ? 'wifi-off' : 'alert')}<div class="notice-body"><p><strong>${title}</strong></p><p>${way}</p>${this.found ? figures(this.found) : nothing}
      ${WORDS_ONLY.includes(code) ? html`<p class="buttons">${this.page.facts().opens ? html`<button type="button" class="button button--small" id="words-only" @click=${() => this.page.join()}>${gettext('Join with words only')}</button>` : nothing}<button type="button" class="button button--small" @click=${() => this.page.help()}>${gettext('Ask for help')}</button></p>` : nothing}
      ${poor && this.page.facts().opens && this.page.facts().camera ? html`<p class="buttons"><button type="button" class="button button--small" @click=${() => this.page.withoutCamera()}>${gettext('Join without camera')}</button></p>` : nothing}</div></div>`
  }
}

/** @param {Measured} found */
function figures(found) {
  const ms = (/** @type {number} */ n) => fill(gettext('%(n)s ms'), { n: figure(Math.round(n)) })
  const rows = [
    [gettext('There and back'), found.rtt === null ? gettext('not known') : ms(found.rtt)],
    [gettext('Words lost'), percent(found.loss)],
    [gettext('Unevenness'), ms(found.jitter)],
    [gettext('Came back'), fill(gettext('%(n)s kbit/s'), { n: figure(found.kbps) })],
  ]
  return html`<dl class="line-figures">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>`
}

/**
 * @param {{ code: string, message: string }} fault
 * @returns {{ tone: string, title: string, way: string }}
 */
function unmeasured({ code, message }) {
  /** @type {Record<string, () => { title: string, way: string }>} */
  const known = {
    'media.down': () => ({ title: gettext('The conference’s sound and picture cannot be reached.'), way: gettext('Your devices are fine; the fault is at the conference and it is being looked after. Check again in a minute, or join with words only: list, papers and chat.') }),
    blocked: () => ({ title: gettext('Your network lets no sound and picture through.'), way: gettext('Try another network, such as your telephone’s, or ask your technician to allow WebRTC (UDP) to this address. Until then you can join with words only: list, papers and chat.') }),
    offline: () => ({ title: gettext('The server does not answer.'), way: gettext('Check your network; the page comes back by itself. Then check your line again.') }),
    'no-mic': () => ({ title: gettext('Your microphone is not open.'), way: gettext('Open it first, then check your line.') }),
    'check.too_often': () => ({ title: gettext('You checked several times just now.'), way: message }),
    'check.busy': () => ({ title: gettext('Many people check their line just now.'), way: message }),
  }
  return { tone: 'over', ...(known[code]?.() ?? { title: gettext('The check was interrupted.'), way: gettext('Check your line again.') }) }
}
