/**
 * A sound check over the real path: my microphone and a small picture go to the media node and come back to me.
 * The verdict is pure; the loop needs WebRTC, and nothing else of the page.
 */

import { Peer } from './peer.js'

/**
 * @typedef {object} Measured
 * @property {number | null} rtt milliseconds to the node and back, as last seen: a browser looks every few seconds
 * @property {number} loss share of the words that did not come back, 0 to 1
 * @property {number} out share lost on the way there, as the node counts it
 * @property {number} mended share of the words that had to be sent again, 0 to 1
 * @property {number} jitter milliseconds
 * @property {number} kbps what came back
 * @property {boolean | null} picture whether the picture came back; null when none was sent
 * @property {boolean} thin the line was too narrow for the small picture
 */
/** @typedef {'good' | 'lost-out' | 'lost-in' | 'late' | 'uneven' | 'thin'} Verdict */
/** @typedef {{ sent: number, again: number, got: number, lost: number, missed: number, bytes: number, jitter: number[], rtt: number[], pictures: number, limited: boolean }} Sum */

const CONNECT = 9000 // ms; through a slow TURN handshake, too
const FIRST = 4000 // ms until the first sound must be back
const IN_FLIGHT = 50 // packets (20 ms each) that may still be on the way when we count; gaps are counted by the receiver
const SMALL = { width: 320, height: 180, frameRate: 10 }
/** Opus hides some loss; from 3 % on words suffer (as `judge` of peer.js). G.114: delay is felt from 300 ms there and
 * back. Buffers of browsers smooth 50 ms of jitter without being heard. */
const LOSS = 0.03
const LATE = 300
const UNEVEN = 50
const MENDED = 0.1 // of the words: they come, but late, one after another
const AT_THE_END = 3 // looks, one a second: the node takes the line for narrow until it has felt it, and one look proves nothing

/** Why there is no measurement: `media.down`, `blocked` (no packet passes), `check.too_often`, … */
export class Unmeasured extends Error {
  /**
   * @param {string} code
   * @param {string} [message] of the server, in this person's language
   */
  constructor(code, message = '') {
    super(message)
    this.code = code
  }
}

/** @param {Measured} found @returns {Verdict} the one thing to act on, worst first */
export function verdict(found) {
  if (found.loss >= LOSS) return found.out + found.mended >= found.loss / 2 ? 'lost-out' : 'lost-in' // what was sent again was lost on the way there
  if ((found.rtt ?? 0) > LATE) return 'late'
  if (found.jitter > UNEVEN || found.mended > MENDED) return 'uneven'
  if (found.picture === false || found.thin) return 'thin'
  return 'good'
}

/**
 * What lies between two counts.
 * @param {Sum} before
 * @param {Sum} after
 * @param {number} seconds
 * @param {boolean} withPicture
 * @returns {Measured}
 */
export function between(before, after, seconds, withPicture) {
  const again = after.again - before.again
  const sent = after.sent - before.sent - again
  const got = after.got - before.got
  const lost = Math.max(0, after.lost - before.lost, sent - got - IN_FLIGHT)
  const mean = (/** @type {number[]} */ all) => (all.length ? all.reduce((a, b) => a + b, 0) / all.length : null)
  return {
    rtt: mean(after.rtt), loss: Math.min(1, lost / Math.max(1, sent, lost)), out: Math.min(1, Math.max(0, after.missed - before.missed) / Math.max(1, sent)),
    mended: again / Math.max(1, sent), jitter: mean(after.jitter) ?? 0, kbps: Math.round(((after.bytes - before.bytes) * 8) / 1000 / seconds),
    picture: withPicture ? after.pictures > before.pictures : null, thin: withPicture && after.limited,
  }
}

/**
 * Whether the line was too narrow for the picture: at the end, and not for a moment only.
 * @param {boolean[]} rested at each look, whether the node held the picture back
 */
export function narrow(rested) {
  const last = rested.slice(-AT_THE_END)
  return last.filter(Boolean).length > last.length / 2
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export class Loop {
  /**
   * @param {{ request: (type: string, fields?: Record<string, unknown>) => Promise<any>, iceServers: () => RTCIceServer[], mic: MediaStreamTrack, camera: MediaStreamTrack | null }} options
   */
  constructor({ request, iceServers, mic, camera }) {
    this.request = request
    this.mic = mic
    this.camera = camera
    /** @type {MediaStreamTrack | null} */
    this.small = null
    /** @type {MediaStreamTrack | null} my own voice, come back */
    this.voice = null
    /** @type {Unmeasured | null} */
    this.fault = null
    this.over = false
    this.rests = false // the node holds my picture back: the line is too narrow for it
    this.iceServers = iceServers
    /** @type {Peer | null} */
    this.peer = null
  }

  /**
   * The first refusal ends it: a check is not tried again behind one's back.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   */
  async #ask(type, fields = {}) {
    try {
      return await this.request(type, fields)
    } catch (why) {
      const { code = 'unknown', message = '' } = /** @type {any} */ (why ?? {})
      this.fault ??= new Unmeasured(code, message)
      throw Object.assign(new Error(code), { final: true })
    }
  }

  #connect() {
    return new Peer({
      send: {
        publish: async (sdp) => (await this.#ask('check.publish', { sdp })).sdp,
        receive: () => this.#ask('check.receive'),
        answer: (sdp) => this.#ask('check.answer', { sdp }),
      },
      onTracks: (sources) => { for (const { kind, track } of sources.values()) if (kind === 'audio') this.voice = track },
      iceServers: this.iceServers,
    })
  }

  /** Connect both ways and wait for my own sound. Rejects with Unmeasured. */
  async open() {
    await this.#ask('check.open').catch(() => {})
    if (this.fault) throw this.fault
    this.small = this.camera ? this.camera.clone() : null
    await this.small?.applyConstraints(SMALL).catch(() => {}) // then it is sent as large as it is
    if (this.over) return this.small?.stop() // the person pressed stop meanwhile
    const peer = (this.peer = this.#connect())
    const opened = peer.start()
    void peer.publish('mic', this.mic)
    if (this.small) void peer.publish('camera', this.small)
    await Promise.race([opened, pause(CONNECT)])
    if (!this.#joined()) throw this.fault ?? new Unmeasured('blocked')
    await this.#until(async () => (await this.#count()).got > 0, FIRST)
    if (!(await this.#count()).got) throw this.fault ?? new Unmeasured('blocked')
  }

  #joined() {
    return this.peer?.publishing.state === 'connected' && this.peer.receiving.state === 'connected'
  }

  /**
   * @param {() => boolean | Promise<boolean>} look
   * @param {number} ms
   */
  async #until(look, ms) {
    const end = performance.now() + ms
    while (!this.over && !(await look()) && performance.now() < end) await pause(100)
  }

  /**
   * Count what goes and comes for this long.
   * @param {number} seconds
   * @param {(second: number) => void} tick
   * @returns {Promise<Measured>}
   */
  async measure(seconds, tick) {
    const before = await this.#count()
    const began = performance.now()
    /** @type {Sum} */
    let after = before
    const jitter = /** @type {number[]} */ ([])
    const rested = /** @type {boolean[]} */ ([])
    for (let second = 1; second <= seconds; second += 1) {
      tick(second)
      await pause(Math.max(0, began + second * 1000 - performance.now()))
      if (this.over || this.fault) throw this.fault ?? new Unmeasured('interrupted')
      after = await this.#count()
      jitter.push(...after.jitter)
      rested.push(this.rests)
    }
    return between(before, { ...after, jitter, limited: narrow(rested) }, (performance.now() - began) / 1000, !!this.small)
  }

  /** @returns {Promise<Sum>} */
  async #count() {
    /** @type {Sum} */
    const sum = { sent: 0, again: 0, got: 0, lost: 0, missed: 0, bytes: 0, jitter: [], rtt: [], pictures: 0, limited: false }
    for (const pc of [this.peer?.publishing.pc, this.peer?.receiving.pc]) {
      if (pc) for (const entry of await counted(pc)) add(sum, entry)
    }
    return sum
  }

  /**
   * @param {Record<string, string | null>} slots
   * @param {Record<string, import('./peer.js').Rest>} rests
   */
  route(slots, rests) {
    this.peer?.route(slots, rests)
    this.rests = Object.values(rests).includes('line')
  }

  close() {
    if (this.over) return
    this.over = true
    this.peer?.close()
    this.small?.stop()
    this.request('check.close').catch(() => {}) // the server forgets it by itself, too
  }
}

/**
 * The page sends its voice a second time, thin; only one of the two comes back.
 * @param {RTCPeerConnection} pc
 */
async function counted(pc) {
  /** @type {any[]} */
  const entries = []
  ;(await pc.getStats()).forEach((entry) => entries.push(entry))
  const voice = pc.getTransceivers().find(({ sender }) => sender.track?.kind === 'audio')?.mid
  const second = new Set(entries.filter(({ type, kind, mid }) => type === 'outbound-rtp' && kind === 'audio' && mid && mid !== voice).map(({ ssrc }) => ssrc))
  return entries.filter(({ type, ssrc }) => !['outbound-rtp', 'remote-inbound-rtp'].includes(type) || !second.has(ssrc))
}

/**
 * @param {Sum} sum
 * @param {any} entry one of RTCStatsReport
 */
function add(sum, entry) {
  const sound = entry.kind === 'audio'
  if (entry.type === 'outbound-rtp' && sound) {
    sum.sent += entry.packetsSent ?? 0
    sum.again += entry.retransmittedPacketsSent ?? 0
  }
  if (entry.type === 'remote-inbound-rtp' && sound) sum.missed += entry.packetsLost ?? 0
  if (entry.type === 'inbound-rtp') {
    sum.bytes += (entry.bytesReceived ?? 0) + (entry.headerBytesReceived ?? 0)
    if (!sound) sum.pictures += entry.packetsReceived ?? 0
    else {
      sum.got += entry.packetsReceived ?? 0
      sum.lost += entry.packetsLost ?? 0
      if (typeof entry.jitter === 'number') sum.jitter.push(entry.jitter * 1000)
    }
  }
  if (entry.type === 'candidate-pair' && entry.nominated && typeof entry.currentRoundTripTime === 'number') sum.rtt.push(entry.currentRoundTripTime * 1000)
}
