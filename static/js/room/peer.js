/**
 * The two media connections of one room: one only sends, one only receives.
 *
 * After the first negotiation no description changes any more: sources come and go by `replaceTrack`, and the node's
 * routing table says which source is in which receiving slot. When a connection breaks or the node was restarted, a
 * new one is opened beside the old one and takes over once it works (ICE restart is never used).
 * No DOM here.
 *
 * @typedef {'mic' | 'camera' | 'screen'} Kind
 * @typedef {'closed' | 'connecting' | 'connected' | 'reconnecting'} LinkState
 * @typedef {{publish: LinkState, receive: LinkState}} PeerState
 * @typedef {{mid: string, kind: 'audio' | 'video', track: MediaStreamTrack}} Shown
 * @typedef {{kbps: number, loss: number | null}} Flow  loss is 0 to 1
 * @typedef {object} Summary
 * @property {'good' | 'weak' | 'poor' | 'lost'} quality
 * @property {'sending' | 'receiving' | 'delay' | null} cause  what is worst, when it is not good
 * @property {Flow} up
 * @property {Flow} down
 * @property {number | null} rtt  milliseconds
 * @property {number} frozen  seconds of frozen picture since the last call
 *
 * @typedef {object} Signals  the way to the node; each rejects when it failed, and is tried again unless the error says
 *   `final: true` or carries one of the codes in FINAL (the rules refuse it)
 * @property {(sdp: string) => Promise<string>} publish  our offer → the node's answer
 * @property {() => Promise<string>} receive  → the node's offer
 * @property {(sdp: string) => Promise<unknown>} answer  our answer to that offer
 *
 * @typedef {object} PeerOptions
 * @property {Signals} send
 * @property {(sources: Map<string, Shown>) => void} [onTracks]  source id → what arrives for it, whole
 * @property {(state: PeerState) => void} [onState]
 * @property {RTCIceServer[]} [iceServers]
 */

/** @type {Record<Kind, {media: 'audio' | 'video', hint: string, bits: number, fps?: number}>} */
const SOURCES = {
  mic: { media: 'audio', hint: 'speech', bits: 64_000 },
  camera: { media: 'video', hint: 'motion', bits: 1_200_000, fps: 30 },
  screen: { media: 'video', hint: 'detail', bits: 2_500_000, fps: 15 },
}
/** The order in which the node reads them. @type {Kind[]} */
export const KINDS = ['mic', 'camera', 'screen']

const CODECS = { audio: ['audio/opus', 'audio/red'], video: ['video/vp8', 'video/rtx'] }
/** What trying again does not change. */
const FINAL = ['media.not_allowed', 'corridor.outside', 'link.closed']
/** My camera as the picture everybody looks at, and as a tile among others: twelve full pictures would ask 13 Mbit/s of
 * each line and more than a laptop can decode. */
const FULL = { height: 720, bits: 1_200_000 }
const TILE = { height: 270, bits: 300_000 }
const FEW = 3 // with so many pictures beside mine, all are full
const CONNECT_MS = 12_000
const DISCONNECTED_MS = 2_000 // shorter gaps heal by themselves
const OVERLAP_MS = 1_000 // how long the old connection waits for the first packet on the new one
const PICTURE_DELAY_MS = 300 // sound first when everything is opened anew
const RETRY_MS = [0, 300, 1_200, 2_700, 4_800, 7_000]
const JITTER_MS = 700 // a hundred pages must not come back in the same instant

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Resolves when the connection works; rejects when it failed, was closed or took too long.
 * @param {RTCPeerConnection} pc
 * @returns {Promise<void>}
 */
function connected(pc) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('timeout')), CONNECT_MS)
    const look = () => {
      if (pc.connectionState === 'connected') resolve()
      else if (pc.connectionState === 'failed' || pc.connectionState === 'closed') reject(new Error(pc.connectionState))
      else return
      clearTimeout(late)
    }
    pc.addEventListener('connectionstatechange', look)
    look()
  })
}

/**
 * Offer only what the node takes.
 * @param {RTCRtpTransceiver} transceiver
 * @param {'audio' | 'video'} media
 */
function preferCodecs(transceiver, media) {
  const known = globalThis.RTCRtpSender?.getCapabilities?.(media)?.codecs
  if (!known || !transceiver.setCodecPreferences) return
  const wanted = CODECS[media].flatMap((type) => known.filter((codec) => codec.mimeType.toLowerCase() === type))
  if (wanted.length) transceiver.setCodecPreferences(wanted)
}

/**
 * One direction: opens, watches, opens anew.
 * @template T
 */
class Link {
  /**
   * @param {(pc: RTCPeerConnection) => Promise<T>} negotiate  makes and answers the descriptions
   * @param {(pc: RTCPeerConnection, made: T) => Promise<void> | void} use  the new connection works: take it
   * @param {() => void} changed
   * @param {RTCIceServer[]} iceServers
   */
  constructor(negotiate, use, changed, iceServers) {
    this.negotiate = negotiate
    this.use = use
    this.changed = changed
    this.iceServers = iceServers
    /** @type {RTCPeerConnection | null} */
    this.pc = null
    /** @type {LinkState} */
    this.state = 'closed'
    this.wanted = false
    this.opening = false
    this.again = false
    /** @type {(() => void) | null} */
    this.hurry = null
  }

  /** @param {LinkState} state */
  set(state) {
    if (state === this.state) return
    this.state = state
    this.changed()
  }

  /** Open, or replace what is open. Returns when it works or `close` was called. */
  async open() {
    this.wanted = true
    if (this.opening) {
      this.again = true // the attempt under way may be speaking to a node that is gone
      this.hurry?.()
      return
    }
    this.opening = true
    try {
      for (let attempt = 0; this.wanted; attempt += 1) {
        this.set(this.pc ? 'reconnecting' : this.state === 'reconnecting' ? 'reconnecting' : 'connecting')
        this.again = false
        if ((await this.attempt()) && !this.again) break
        if (this.again) continue
        this.set('reconnecting')
        await this.wait(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] + Math.random() * JITTER_MS)
      }
    } finally {
      this.opening = false
    }
  }

  /** @param {number} ms */
  wait(ms) {
    return new Promise((resolve) => {
      this.hurry = () => resolve(undefined)
      setTimeout(resolve, ms)
    })
  }

  /** @returns {Promise<boolean>} whether it is done */
  async attempt() {
    const pc = new RTCPeerConnection({ iceServers: this.iceServers, bundlePolicy: 'max-bundle' })
    const overtaken = new Promise((_, reject) => {
      this.hurry = () => reject(new Error('overtaken'))
    })
    const opened = async () => {
      const made = await this.negotiate(pc)
      await connected(pc)
      return made
    }
    try {
      const made = /** @type {T} */ (await Promise.race([opened(), overtaken]))
      const old = this.pc
      this.pc = pc
      await this.use(pc, made)
      old?.close()
      if (!this.wanted) return true // closed meanwhile, and with it this connection
      this.watch(pc)
      this.set('connected')
      return true
    } catch (error) {
      pc.close()
      const { final = false, code = '' } = /** @type {{final?: boolean, code?: string}} */ (error ?? {})
      if (final || FINAL.includes(code)) this.close()
      return !this.wanted
    }
  }

  /** @param {RTCPeerConnection} pc */
  watch(pc) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer
    const look = () => {
      if (pc !== this.pc || !this.wanted) return
      clearTimeout(timer)
      if (pc.connectionState === 'failed' || pc.connectionState === 'closed') this.open()
      else if (pc.connectionState === 'disconnected') {
        timer = setTimeout(() => {
          if (pc === this.pc && pc.connectionState !== 'connected') this.open()
        }, DISCONNECTED_MS)
      }
    }
    pc.addEventListener('connectionstatechange', look)
    look()
  }

  close() {
    this.wanted = false
    this.hurry?.()
    this.pc?.close()
    this.pc = null
    this.set('closed')
  }
}

/** One room's media: what I send, what I see and hear. */
export class Peer {
  /** @param {PeerOptions} options */
  constructor({ send, onTracks = () => {}, onState = () => {}, iceServers = [] }) {
    this.signals = send
    this.onTracks = onTracks
    /** @type {Record<Kind, MediaStreamTrack | null>} */
    this.tracks = { mic: null, camera: null, screen: null }
    /** @type {Map<Kind, RTCRtpSender>} */
    this.senders = new Map()
    /** @type {Map<string, MediaStreamTrack>} mid → track */
    this.arriving = new Map()
    /** @type {Record<string, string | null>} */
    this.slots = {}
    /** @type {string | null} */
    this.epoch = null
    this.leads = false
    this.last = { at: 0, up: 0, down: 0, lost: 0, got: 0, frozen: 0 }
    const changed = () => onState({ publish: this.publishing.state, receive: this.receiving.state })
    this.publishing = new Link((pc) => this.#offer(pc), (pc, senders) => this.#sendBy(senders), changed, iceServers)
    this.receiving = new Link((pc) => this.#answer(pc), (pc, tracks) => this.#showFrom(tracks), changed, iceServers)
  }

  /**
   * Open what this seat may have; returns when it works. A sending connection is also opened by the first `publish`.
   * @param {{publish?: boolean, receive?: boolean}} [may]
   */
  async start({ publish = true, receive = true } = {}) {
    await Promise.all([receive ? this.receiving.open() : null, publish ? this.publishing.open() : null])
  }

  /** Stop sending, keep receiving (my right to publish ended). */
  stopPublishing() {
    this.publishing.close()
    this.senders.clear()
  }

  /**
   * Send this track as my microphone, camera or screen; null sends nothing. Opens the sending connection if needed.
   * @param {Kind} kind
   * @param {MediaStreamTrack | null} track
   */
  async publish(kind, track) {
    if (track && 'contentHint' in track) track.contentHint = SOURCES[kind].hint
    this.tracks[kind] = track
    const sender = this.senders.get(kind)
    if (sender) {
      await sender.replaceTrack(track)
      this.#shape()
    } else if (track && !this.publishing.wanted) await this.publishing.open()
  }

  /** The node's table: slot → source. Whole, so hearing it twice does no harm. @param {Record<string, string | null>} slots */
  route(slots) {
    this.slots = slots
    this.#tell()
    this.#shape()
  }

  /** Whether my camera is what people look at now: I speak or preside. @param {boolean} leads */
  prominent(leads) {
    this.leads = leads
    this.#shape()
  }

  /** Send my camera as large as it is looked at; changes at once, without a new description. */
  #shape() {
    const sender = this.senders.get('camera')
    if (!sender?.track) return
    const others = Object.entries(this.slots).filter(([mid, source]) => source && mid.startsWith('v')).length
    const { height, bits } = this.leads || others <= FEW ? FULL : TILE
    const parameters = sender.getParameters()
    const [encoding] = parameters.encodings
    if (!encoding || encoding.maxBitrate === bits) return
    encoding.maxBitrate = bits
    encoding.scaleResolutionDownBy = Math.max(1, (sender.track.getSettings().height ?? height) / height)
    sender.setParameters(parameters).catch(() => {}) // the connection was closed meanwhile; the next one asks again
  }

  /** The node's epoch; a new one means it was restarted and knows nothing of us. @param {string | null} epoch */
  setEpoch(epoch) {
    const restarted = this.epoch !== null && epoch !== null && epoch !== this.epoch
    if (epoch !== null) this.epoch = epoch
    if (restarted) setTimeout(() => this.reopen(), Math.random() * JITTER_MS)
  }

  /** Open both connections anew, the old ones live until the new ones work (a network switch, a restarted node). */
  reopen() {
    if (this.receiving.wanted) this.receiving.open()
    if (this.publishing.wanted) this.publishing.open()
  }

  close() {
    this.publishing.close()
    this.receiving.close()
    this.senders.clear()
    this.arriving.clear()
    this.slots = {}
    this.#tell()
  }

  /** @param {RTCPeerConnection} pc @returns {Promise<Map<Kind, RTCRtpSender>>} */
  async #offer(pc) {
    /** @type {Map<Kind, RTCRtpSender>} */
    const senders = new Map()
    for (const kind of KINDS) {
      const { media, bits, fps } = SOURCES[kind]
      const encoding = { maxBitrate: bits, ...(fps ? { maxFramerate: fps } : {}) }
      const transceiver = pc.addTransceiver(media, { direction: 'sendonly', sendEncodings: [encoding] })
      preferCodecs(transceiver, media)
      senders.set(kind, transceiver.sender)
    }
    await senders.get('mic')?.replaceTrack(this.tracks.mic)
    await pc.setLocalDescription()
    const sdp = await this.signals.publish(pc.localDescription?.sdp ?? '')
    await pc.setRemoteDescription({ type: 'answer', sdp })
    return senders
  }

  /** @param {Map<Kind, RTCRtpSender>} senders */
  async #sendBy(senders) {
    const again = this.senders.size > 0
    this.senders = senders
    await senders.get('mic')?.replaceTrack(this.tracks.mic)
    if (again) await pause(PICTURE_DELAY_MS)
    for (const kind of /** @type {Kind[]} */ (['camera', 'screen'])) {
      if (this.senders === senders) await senders.get(kind)?.replaceTrack(this.tracks[kind])
    }
    this.#shape()
  }

  /** @param {RTCPeerConnection} pc @returns {Promise<Map<string, MediaStreamTrack>>} */
  async #answer(pc) {
    await pc.setRemoteDescription({ type: 'offer', sdp: await this.signals.receive() })
    await pc.setLocalDescription()
    await this.signals.answer(pc.localDescription?.sdp ?? '')
    const arriving = new Map()
    for (const { mid, receiver } of pc.getTransceivers()) if (mid) arriving.set(mid, receiver.track)
    return arriving
  }

  /** @param {Map<string, MediaStreamTrack>} arriving */
  async #showFrom(arriving) {
    if (this.arriving.size) {
      const first = [...arriving.values()].map(
        (track) => new Promise((resolve) => (track.muted ? track.addEventListener('unmute', resolve, { once: true }) : resolve(undefined))),
      )
      await Promise.race([...first, pause(OVERLAP_MS)])
    }
    this.arriving = arriving
    this.#tell()
  }

  #tell() {
    /** @type {Map<string, Shown>} */
    const shown = new Map()
    for (const [mid, source] of Object.entries(this.slots)) {
      const track = this.arriving.get(mid)
      if (source && track) shown.set(source, { mid, kind: /** @type {'audio' | 'video'} */ (track.kind), track })
    }
    this.onTracks(shown)
  }

  /**
   * How the connection is, since the last call. Call it every few seconds.
   * @returns {Promise<Summary>}
   */
  async summary() {
    const now = { at: performance.now(), up: 0, down: 0, lost: 0, got: 0, frozen: 0 }
    /** @type {{rtt: number | null, upLoss: number | null}} */
    const seen = { rtt: null, upLoss: null }
    for (const pc of [this.publishing.pc, this.receiving.pc]) {
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
    const linked = this.receiving.state === 'connected' && ['connected', 'closed'].includes(this.publishing.state)
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
    sum.lost += Math.max(0, entry.packetsLost ?? 0)
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
