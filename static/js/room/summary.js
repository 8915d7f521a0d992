/**
 * The figures of a line, as this page counts them. What they mean is judged by the server, which knows both ends and
 * everybody else's line (rooms/quality.py). No DOM here.
 *
 * @typedef {{kbps: number, loss: number | null, jitter: number | null}} Flow  loss is 0 to 1, jitter in ms
 * @typedef {object} Summary
 * @property {Flow} up
 * @property {Flow} down
 * @property {number | null} rtt  milliseconds
 * @property {number} frozen  seconds of frozen picture since the last call
 * @property {number} concealed  share of the sound that was made up where nothing came, 0 to 1
 * @property {boolean} strained  this computer cannot keep up with its own camera
 */

const IDLE = 5000 // ms without a packet: a slot nobody speaks in keeps its last jitter

/** @typedef {{at: number, up: number, down: number, lost: number, got: number, frozen: number, concealed: number, samples: number}} Sum */
/** @typedef {{rtt: number | null, upLoss: number | null, upJitter: number | null, downJitter: number | null, strained: boolean}} Latest */

/** @returns {Sum} */
const nothing = () => ({ at: 0, up: 0, down: 0, lost: 0, got: 0, frozen: 0, concealed: 0, samples: 0 })

/** Reads the statistics of a room's connections and tells what changed since it was asked last. */
export class Gauge {
  last = nothing()

  /**
   * @param {(RTCPeerConnection | null)[]} connections
   * @returns {Promise<Summary>}
   */
  async read(connections) {
    const now = { ...nothing(), at: performance.now() }
    /** @type {Latest} */
    const seen = { rtt: null, upLoss: null, upJitter: null, downJitter: null, strained: false }
    for (const pc of connections) {
      if (pc) (await pc.getStats()).forEach((entry) => count(entry, now, seen))
    }
    const before = this.last
    this.last = now
    return between(before, now, seen)
  }
}

/**
 * What lies between two counts. A connection that was opened anew begins at nothing: less than before is nothing, too.
 * @param {Sum} before
 * @param {Sum} now
 * @param {Latest} seen
 * @returns {Summary}
 */
export function between(before, now, seen) {
  const seconds = (now.at - before.at) / 1000
  const grown = (/** @type {keyof Sum} */ name) => Math.max(0, now[name] - before[name])
  const kbps = (/** @type {'up' | 'down'} */ name) => (before.at ? Math.round((grown(name) * 8) / 1000 / seconds) : 0)
  const [got, lost, samples] = [grown('got'), grown('lost'), grown('samples')]
  return {
    up: { kbps: kbps('up'), loss: seen.upLoss, jitter: seen.upJitter },
    down: { kbps: kbps('down'), loss: got + lost ? lost / (got + lost) : null, jitter: seen.downJitter },
    rtt: seen.rtt, frozen: before.at ? grown('frozen') : 0, concealed: before.at && samples ? Math.min(1, grown('concealed') / samples) : 0, strained: seen.strained,
  }
}

/**
 * @param {any} entry  one of RTCStatsReport
 * @param {Sum} sum
 * @param {Latest} seen
 */
export function count(entry, sum, seen) {
  const most = (/** @type {number | null} */ held, /** @type {unknown} */ value, scale = 1) => (typeof value === 'number' ? Math.max(held ?? 0, value * scale) : held)
  if (entry.type === 'outbound-rtp') {
    sum.up += entry.bytesSent + (entry.headerBytesSent ?? 0)
    seen.strained ||= entry.qualityLimitationReason === 'cpu'
  }
  if (entry.type === 'inbound-rtp') {
    sum.down += entry.bytesReceived + (entry.headerBytesReceived ?? 0)
    // A lost packet of sound is asked for again and counts as received when it comes: the requests tell of it.
    sum.lost += Math.max(0, entry.packetsLost ?? 0, entry.kind === 'audio' ? (entry.nackCount ?? 0) : 0)
    sum.got += entry.packetsReceived ?? 0
    sum.frozen += entry.totalFreezesDuration ?? 0
    if (entry.kind === 'audio') heard(entry, sum, seen, most)
  }
  if (entry.type === 'remote-inbound-rtp') {
    seen.upLoss = most(seen.upLoss, entry.fractionLost)
    if (entry.kind === 'audio') seen.upJitter = most(seen.upJitter, entry.jitter, 1000)
  }
  if (entry.type === 'candidate-pair' && entry.nominated) seen.rtt = most(seen.rtt, entry.currentRoundTripTime, 1000)
}

/**
 * Silence made up where nobody speaks is nothing to worry about.
 * @param {any} entry
 * @param {Sum} sum
 * @param {Latest} seen
 * @param {(held: number | null, value: unknown, scale?: number) => number | null} most
 */
function heard(entry, sum, seen, most) {
  sum.concealed += Math.max(0, (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0))
  sum.samples += entry.totalSamplesReceived ?? 0
  if (entry.packetsReceived && !(entry.timestamp - entry.lastPacketReceivedTimestamp > IDLE)) seen.downJitter = most(seen.downJitter, entry.jitter, 1000)
}

/**
 * The figures as `line.seen` carries them: whole numbers within what the server takes.
 * @param {Summary} summary
 */
export function told({ up, down, rtt, frozen, concealed, strained }) {
  const share = (/** @type {number} */ value) => Math.round(Math.min(1, Math.max(0, value)) * 1000)
  const ms = (/** @type {number} */ value) => Math.round(Math.min(60_000, Math.max(0, value)))
  const maybe = (/** @type {(value: number) => number} */ as, /** @type {number | null} */ value) => (value === null ? null : as(value))
  return {
    up_loss: maybe(share, up.loss), up_jitter: maybe(ms, up.jitter), down_loss: maybe(share, down.loss), down_jitter: maybe(ms, down.jitter),
    rtt: maybe(ms, rtt), frozen: ms(frozen * 1000), concealed: share(concealed), strained,
  }
}
