/**
 * Whether the network under this page has changed, when sound and picture pause. A browser says so after five to eight
 * seconds; a page that comes back for nothing, though, takes everybody's time. What is decided is pure. No DOM here.
 *
 * @typedef {{ flows: number, pauses: number, came: number, stalled: boolean }} Flow  of one connection, look by look
 * @typedef {'stay' | 'wait' | 'soon' | 'now'} Act  leave all as it is; ask again when the socket is back; come back one
 *   after the other; come back at once
 *
 * @typedef {object} Found  what is known since a stream paused
 * @property {boolean} came  something has arrived on a media connection
 * @property {boolean} open  the socket is up
 * @property {boolean} answered  the server has said something on it
 * @property {boolean} dialled  the socket is younger than what arrived last: it may go another way
 * @property {boolean} moves  my room is on another node than the one I see: the server has told my turn
 * @property {boolean} roams  another network has come within reach a moment ago: the one in use is perhaps being left
 *
 * @typedef {object} Line  one room's media, as far as doubt goes
 * @property {() => Promise<number>} heardAt
 * @property {boolean} moves
 * @property {() => void} reopen  whatever is under way
 * @property {() => void} renew  what is not on its way yet
 *
 * @typedef {object} Socket
 * @property {import('./signal.js').Link} link
 * @property {number} since
 * @property {() => Promise<boolean>} probe
 * @property {() => void} renew
 */

export const LOOK_MS = 500 // between looks at what arrives
const FLOWS = 2 // looks one after the other in which something came: then it is a stream, and a pause means something …
const STALLS = 2 // … after so many
const ROAMS_MS = 60_000 // from another network within reach to the end of the one in use: a walk out of the door
const SPREAD_MS = 2_000 // pages that doubt together, and need not hurry, come back within so long

/** @type {Flow} */
export const FRESH = { flows: 0, pauses: 0, came: 0, stalled: false }

/**
 * The next look at a connection. `stalled` is said once for each pause of a stream.
 * @param {Flow} flow
 * @param {number} bytes that have arrived in all
 * @returns {Flow}
 */
export function look({ flows, pauses, came }, bytes) {
  if (bytes > came) return { flows: flows + 1, pauses: 0, came: bytes, stalled: false }
  const [flowed, paused] = [flows >= FLOWS, pauses + 1]
  const stalled = flowed && paused === STALLS
  return { flows: flowed && !stalled ? flows : 0, pauses: paused, came: bytes, stalled }
}

/** @param {Found} found @returns {Act} */
export function decide({ came, open, answered, dialled, moves, roams }) {
  if (came) return 'stay'
  if (!open) return 'wait'
  if (!answered || roams) return 'now'
  return dialled && !moves ? 'soon' : 'stay' // on the same socket: whoever sends has stopped, or the node is gone and its heir will be told
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** The doubts of one page, one at a time. */
export class Doubt {
  /**
   * @param {() => Line[]} lines
   * @param {() => Socket} socket
   * @param {{ now?: () => number, random?: () => number }} [world]
   */
  constructor(lines, socket, { now = () => performance.now(), random = Math.random } = {}) {
    this.lines = lines
    this.socket = socket
    this.now = now
    this.random = random
    this.busy = false
    /** @type {number | null} since when something should have arrived, while the socket is down */
    this.waits = null
    this.roamed = -Infinity
  }

  /** Another network is within reach: everything goes there now if it can, while what is open lives on. */
  roams() {
    this.roamed = this.now()
    this.#anew(true)
  }

  /** A stream has paused, or a connection broke. */
  async stalled() {
    if (this.busy || this.waits !== null) return
    this.busy = true
    await this.#heardAt() // what came before the pause counts as such
    const since = this.now()
    const answered = this.socket().link === 'open' && (await this.socket().probe())
    await this.#act(since, answered)
    this.busy = false
  }

  /** The socket is up again. */
  async welcomed() {
    const since = this.waits
    this.waits = null
    if (since === null || this.busy) return
    this.busy = true
    await this.#act(since, true)
    this.busy = false
  }

  /**
   * @param {number} since
   * @param {boolean} answered
   */
  async #act(since, answered) {
    const last = await this.#heardAt()
    const { link, since: dialled } = this.socket() // what came last came up to a look before it was seen
    const act = decide({ came: last > since, open: link === 'open', answered, dialled: dialled > last - LOOK_MS, moves: this.lines().some((line) => line.moves), roams: this.now() - this.roamed < ROAMS_MS })
    if (act === 'wait') this.waits = since
    if (act === 'now') {
      this.roamed = -Infinity
      this.#anew(!answered)
    } else if (act === 'soon') {
      await pause(SPREAD_MS * this.random())
      if ((await this.#heardAt()) <= since) for (const line of this.lines()) line.renew()
    }
  }

  /** @param {boolean} socket  it, too */
  #anew(socket) {
    if (socket) this.socket().renew()
    for (const line of this.lines()) line.reopen()
  }

  async #heardAt() {
    return Math.max(0, ...(await Promise.all(this.lines().map((line) => line.heardAt()))))
  }
}
