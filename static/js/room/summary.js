/**
 * How a connection is, in figures and in one word. No DOM here.
 *
 * @typedef {{kbps: number, loss: number | null}} Flow  loss is 0 to 1
 * @typedef {object} Summary
 * @property {'good' | 'weak' | 'poor' | 'lost'} quality
 * @property {'sending' | 'receiving' | 'delay' | null} cause  what is worst, when it is not good
 * @property {Flow} up
 * @property {Flow} down
 * @property {number | null} rtt  milliseconds
 * @property {number} frozen  seconds of frozen picture since the last call
 */

/** Reads the statistics of a room's connections and tells what changed since it was asked last. */
export class Gauge {
  last = { at: 0, up: 0, down: 0, lost: 0, got: 0, frozen: 0 }

  /**
   * @param {(RTCPeerConnection | null)[]} connections
   * @param {boolean} linked
   * @returns {Promise<Summary>}
   */
  async read(connections, linked) {
    const now = { at: performance.now(), up: 0, down: 0, lost: 0, got: 0, frozen: 0 }
    /** @type {{rtt: number | null, upLoss: number | null}} */
    const seen = { rtt: null, upLoss: null }
    for (const pc of connections) {
      if (pc) (await pc.getStats()).forEach((entry) => count(entry, now, seen))
    }
    const before = this.last
    this.last = now
    const seconds = (now.at - before.at) / 1000
    const got = Math.max(0, now.got - before.got)
    const lost = Math.max(0, now.lost - before.lost)
    /** @param {number} bytes */
    const kbps = (bytes) => (before.at ? Math.max(0, Math.round((bytes * 8) / 1000 / seconds)) : 0)
    const up = { kbps: kbps(now.up - before.up), loss: seen.upLoss }
    const down = { kbps: kbps(now.down - before.down), loss: got + lost ? lost / (got + lost) : null }
    return { ...judge(linked, up, down, seen.rtt), up, down, rtt: seen.rtt, frozen: Math.max(0, now.frozen - before.frozen) }
  }
}

/**
 * @param {any} entry  one of RTCStatsReport
 * @param {{up: number, down: number, lost: number, got: number, frozen: number}} sum
 * @param {{rtt: number | null, upLoss: number | null}} seen
 */
function count(entry, sum, seen) {
  if (entry.type === 'outbound-rtp') sum.up += entry.bytesSent + (entry.headerBytesSent ?? 0)
  if (entry.type === 'inbound-rtp') {
    sum.down += entry.bytesReceived + (entry.headerBytesReceived ?? 0)
    // A lost packet of sound is asked for again and counts as received when it comes: the requests tell of it.
    sum.lost += Math.max(0, entry.packetsLost ?? 0, entry.kind === 'audio' ? (entry.nackCount ?? 0) : 0)
    sum.got += entry.packetsReceived ?? 0
    sum.frozen += entry.totalFreezesDuration ?? 0
  }
  if (entry.type === 'remote-inbound-rtp' && typeof entry.fractionLost === 'number') {
    seen.upLoss = Math.max(seen.upLoss ?? 0, entry.fractionLost)
  }
  if (entry.type === 'candidate-pair' && entry.nominated && typeof entry.currentRoundTripTime === 'number') {
    seen.rtt = Math.max(seen.rtt ?? 0, Math.round(entry.currentRoundTripTime * 1000))
  }
}

/**
 * Words for a connection. Opus hides about 5 % loss with its own correction; beyond 15 % speech breaks up.
 * Delay is felt from 300 ms (ITU-T G.114 gives 400 ms both ways as the limit of planning).
 * @param {boolean} linked @param {Flow} up @param {Flow} down @param {number | null} rtt
 * @returns {{quality: Summary['quality'], cause: Summary['cause']}}
 */
export function judge(linked, up, down, rtt) {
  if (!linked) return { quality: 'lost', cause: null }
  const [sending, receiving] = [up.loss ?? 0, down.loss ?? 0]
  const worst = Math.max(sending, receiving)
  const cause = worst < 0.03 && (rtt ?? 0) > 300 ? 'delay' : sending >= receiving ? 'sending' : 'receiving'
  if (worst > 0.12 || (rtt ?? 0) > 800) return { quality: 'poor', cause }
  if (worst > 0.03 || (rtt ?? 0) > 300) return { quality: 'weak', cause }
  return { quality: 'good', cause: null }
}
