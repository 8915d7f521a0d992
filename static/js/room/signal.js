/**
 * The conduct socket: sits down, comes back, and sees that every wish is answered once (rooms/PROTOCOL.md).
 * No DOM; time, chance and the socket itself come in, so that tests can hold them.
 */

import { Close as Codes, decode, encode } from './protocol.js'

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {'connecting' | 'open' | 'reconnecting' | 'closed'} Link */
/**
 * @typedef {object} Options
 * @property {string} url
 * @property {(fresh: boolean) => Promise<string> | string} seat the signed seat token; `fresh`: fetched again. Rejects
 *   with `closes` (a state of Close) where there is no seat any more: then the line ends for good
 * @property {() => Record<string, number>} known newest version per topic
 * @property {(message: Message) => void} onMessage everything but answers
 * @property {(link: Link, close: Close | null) => void} onLink
 * @property {typeof WebSocket} [Socket]
 * @property {() => Promise<boolean>} [answers] whether the server says anything at all, however cheap
 * @property {() => number} [now] monotonic, ms
 * @property {() => number} [random] 0 to 1
 */
/** @typedef {{ code: number, state: string }} Close */

/** Pauses before trying again, ms; afterwards every 7 s, give or take one, so that a whole room does not come at once. */
const PAUSES = [0, 300, 1200, 2700, 4800]
const LATER = 7000
const SPREAD = 1000
/** A server that is away is knocked at, ms: browsers make a page that dials a dead address wait longer and longer by
 * themselves (Firefox up to a minute), and a page that only waits comes late. */
const KNOCKS = 2 // dials that failed before
const KNOCK = 500 // … and up to so much more, so that a whole room is spread over this second
const KNOCK_MS = 5000 // a knock may take
const SLOW = 1000 // an answer that took so long came from a server that was away
const LAST_RESORT = 60_000 // a dial all the same, should only knocks be in the way
const SILENCE = 12_000 // ms without a word: two pings lost, the line is dead even if the socket does not know
const PROBE = 1200 // ms an answer may take once we doubt the line
const LOOK = 1000 // ms between looks at the silence
const COMING_BACK = 4000 // close code of a line this page gave up to dial again
const SLEPT = 15_000 // ms between two looks: this machine slept, nothing on the page is true any more

/** What a close code means to the page. Codes that are not here are a lost line: we come back.
 * @type {Map<number, string>} */
const FINAL = new Map([
  [Codes.PROTOCOL, 'fault'],
  [Codes.SIGN_IN, 'signed-out'],
  [Codes.NOT_ALLOWED, 'not-allowed'],
  [Codes.ELSEWHERE, 'elsewhere'],
  [Codes.OVER, 'over'],
])

/** The rules said no. `code` for the page, `message` for the person. */
export class Refusal extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}

/**
 * The pause before attempt number `attempt` (from 0).
 * @param {number} attempt
 * @param {number} chance 0 to 1
 */
export function pause(attempt, chance) {
  return PAUSES[attempt] ?? LATER + (chance * 2 - 1) * SPREAD
}

/** A file that the web process serves without a look at who asks. */
async function answers() {
  try {
    const answer = await fetch(import.meta.url, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(KNOCK_MS) })
    return answer.status < 500
  } catch {
    return false
  }
}

export class Signal {
  /** @param {Options} options */
  constructor(options) {
    this.options = options
    this.Socket = options.Socket ?? WebSocket
    this.now = options.now ?? (() => performance.now())
    this.random = options.random ?? Math.random
    this.answers = options.answers ?? answers
    /** @type {Link} */
    this.link = 'closed'
    /** @type {Map<string, { text: string, done: (answer: Message) => void, failed: (why: Error) => void }>} */
    this.waiting = new Map()
    /** @type {WebSocket | null} */
    this.socket = null
    this.attempt = 0
    this.dials = 0
    this.seated = false // once welcomed, a new socket resumes
    this.freshSeat = false
    this.heard = 0
    this.since = 0 // this socket is up, by `now`
    this.looked = 0
    this.last = 0
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retry = undefined
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.watch = undefined
  }

  /** Start; from here on the line keeps itself up until `close` or a final close code. */
  open() {
    this.#say('connecting', null)
    this.looked = this.now()
    this.watch ??= setInterval(() => this.#look(), LOOK)
    void this.#dial()
  }

  /** Leave for good. Wishes without an answer are refused. */
  close() {
    this.#finish({ code: 1000, state: 'left' })
  }

  /** Try at once instead of waiting: the network is back, or someone pressed the button. */
  nudge() {
    if (this.link !== 'reconnecting') return
    this.attempt = 0
    clearTimeout(this.retry)
    void this.#dial()
  }

  /**
   * The network may have changed under us: whether the server says anything, soon.
   * @returns {Promise<boolean>}
   */
  async probe() {
    const asked = this.now()
    const late = new Promise((resolve) => setTimeout(() => resolve(false), PROBE))
    const answered = await Promise.race([this.request('echo').then(() => true, () => false), late])
    return !!answered || this.heard > asked
  }

  /** Give this socket up and dial again. */
  renew() {
    if (this.link === 'open') this.#later()
  }

  /**
   * A wish: resolves with the answer, rejects with a Refusal. Sent again after a lost line, under the same id.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<Message>}
   */
  request(type, fields = {}) {
    if (this.link === 'closed') return Promise.reject(new Refusal('link.closed', ''))
    this.last += 1
    const id = `${Math.trunc(this.random() * 1e9).toString(36)}-${this.last}`
    const text = encode(type, { ...fields, id })
    return new Promise((done, failed) => {
      this.waiting.set(id, { text, done, failed })
      this.#put(text)
    })
  }

  /**
   * A word that needs no answer; dropped while the line is down.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   */
  send(type, fields = {}) {
    this.#put(encode(type, fields))
  }

  async #dial() {
    this.#drop()
    const dial = (this.dials += 1) // two at once would turn each other out of the seat
    let token
    try {
      token = await this.options.seat(this.freshSeat)
    } catch (why) {
      const { closes } = /** @type {{ closes?: string }} */ (why ?? {})
      if (dial !== this.dials) return
      if (closes) this.#finish({ code: 0, state: closes })
      else this.#later()
      return
    }
    if (dial !== this.dials || this.link === 'closed') return
    const socket = new this.Socket(this.options.url)
    this.socket = socket
    this.heard = this.now()
    socket.onopen = () =>
      socket.send(encode('hello', { seat: token, resume: this.seated, known: this.options.known() }))
    socket.onmessage = (event) => this.#hear(String(event.data))
    socket.onclose = (event) => this.#lost(event.code)
  }

  /** @param {string} text */
  #hear(text) {
    this.heard = this.now()
    const message = decode(text)
    if (!message) return
    if (message.type === 'done' || message.type === 'refused') this.#answered(message)
    else if (message.type === 'welcome') this.#welcomed(message)
    else if (message.type === 'ping') this.#pinged(message)
    else this.options.onMessage(message)
  }

  /** @param {Message} message */
  #answered(message) {
    const wish = this.waiting.get(message.re)
    if (!wish) return
    this.waiting.delete(message.re)
    if (message.type === 'done') wish.done(message)
    else wish.failed(new Refusal(message.code, message.message))
  }

  /** @param {Message} message */
  #welcomed(message) {
    this.attempt = 0
    this.seated = true
    this.since = this.now()
    this.freshSeat = false
    this.options.onMessage(message)
    const unanswered = [...this.waiting.values()]
    this.#say('open', null)
    for (const wish of unanswered) this.#put(wish.text)
  }

  /** @param {Message} message */
  #pinged(message) {
    this.send('pong')
    this.options.onMessage(message)
    const known = this.options.known()
    if (Object.entries(message.versions).some(([topic, version]) => version > (known[topic] ?? 0))) this.send('sync')
  }

  /** @param {number} code */
  #lost(code) {
    const state = FINAL.get(code)
    if (state) {
      this.#finish({ code, state })
      return
    }
    if (code === Codes.NO_SEAT) this.freshSeat = true
    if (code === Codes.TOO_SLOW) this.attempt = Math.max(this.attempt, PAUSES.length)
    this.#later()
  }

  #later() {
    this.#drop()
    if (this.link === 'closed') return
    this.#say(this.seated ? 'reconnecting' : 'connecting', null)
    this.#dialIn(pause(this.attempt, this.random()))
    this.attempt += 1
    if (this.attempt > KNOCKS) void this.#knock(this.dials)
  }

  /** @param {number} ms */
  #dialIn(ms) {
    clearTimeout(this.retry)
    this.retry = setTimeout(() => void this.#dial(), ms)
  }

  /**
   * While the server is away, do not dial; when it is back, soon. One that answers at once was not away: then the pause holds.
   * @param {number} dial the one that failed
   */
  async #knock(dial) {
    const over = () => dial !== this.dials || this.link === 'closed'
    for (let away = false; ; ) {
      await new Promise((resolve) => setTimeout(resolve, KNOCK * (1 + this.random())))
      if (over()) return
      const asked = this.now()
      const answered = await this.answers()
      if (over()) return
      if (answered && (away || this.now() - asked > SLOW)) return this.#dialIn(SPREAD * this.random())
      if (answered) return
      if (!away) this.#dialIn(LAST_RESORT)
      away = true
    }
  }

  #look() {
    const now = this.now()
    const slept = now - this.looked > SLEPT
    this.looked = now
    if (!this.socket) return
    if (slept || now - this.heard > SILENCE) this.#later()
  }

  /** @param {string} text */
  #put(text) {
    if (this.socket?.readyState === 1 && this.link === 'open') this.socket.send(text)
  }

  /** @param {Close} close */
  #finish(close) {
    clearTimeout(this.retry)
    clearInterval(this.watch)
    this.watch = undefined
    this.#drop(close.code === 1000 ? 1000 : COMING_BACK)
    this.#say('closed', close)
    for (const wish of this.waiting.values()) wish.failed(new Refusal('link.closed', ''))
    this.waiting.clear()
  }

  /** @param {number} [code] 1000 gives the seat back, anything else keeps it */
  #drop(code = COMING_BACK) {
    const socket = this.socket
    this.socket = null
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close(code)
  }

  /**
   * @param {Link} link
   * @param {Close | null} close
   */
  #say(link, close) {
    if (this.link === link) return
    this.link = link
    this.options.onLink(link, close)
  }
}
