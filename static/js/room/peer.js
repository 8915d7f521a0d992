/**
 * The two media connections of one room: one only sends, one only receives.
 *
 * After the first negotiation no description changes any more: sources come and go by `replaceTrack`, and the node's
 * routing table says which source is in which receiving slot. When a connection breaks or the node was restarted, a
 * new one is opened beside the old one and takes over once it works (`link.js`). When the room moves to another node,
 * both have a table, and mine is the one of the node I show; what I send goes to both until everybody has moved.
 * What is sent, and how: `sending.js`.
 * No DOM here.
 *
 * @typedef {import('./sending.js').Kind} Kind
 * @typedef {import('./link.js').LinkState} LinkState
 * @typedef {{publish: LinkState, receive: LinkState}} PeerState
 * @typedef {'line' | 'limit' | 'codec'} Rest  why a picture rests: the line is weak; I wanted it so; this browser cannot decode it
 * @typedef {{mid: string, kind: 'audio' | 'video', track: MediaStreamTrack, rests: Rest | null}} Shown
 *
 * @typedef {object} Signals  the way to the node; each rejects when it failed, and is tried again unless the error says
 *   `final: true` or carries one of the codes in FINAL (the rules refuse it)
 * @property {(sdp: string) => Promise<string>} publish  our offer → the node's answer
 * @property {() => Promise<{sdp: string, epoch?: string | null}>} receive  → the node's offer, and which node it is
 * @property {(sdp: string) => Promise<unknown>} answer  our answer to that offer
 *
 * @typedef {object} PeerOptions
 * @property {Signals} send
 * @property {(sources: Map<string, Shown>) => void} [onTracks]  source id → what arrives for it, whole
 * @property {(state: PeerState) => void} [onState]
 * @property {() => void} [onStalled]  a stream has paused: whoever sends it has stopped, or the network is gone
 * @property {() => void} [onBroken]  a connection stopped by itself: the network may have changed
 * @property {() => RTCIceServer[]} [iceServers]  asked before each connection
 */

import { JITTER_MS, Link } from './link.js'
import { VOICE_BITS, hint, sections, shape, speak } from './sending.js'
import { Gauge } from './summary.js'

const OVERLAP_MS = 1_000 // how long the old connection waits for the first packet on the new one
const PICTURE_DELAY_MS = 300 // sound first when everything is opened anew
const BOTH_MS = 3_000 // what I send goes to the old node, too, for those who still listen there

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** One room's media: what I send, what I see and hear. */
export class Peer {
  /** @param {PeerOptions} options */
  constructor({ send, onTracks = () => {}, onState = () => {}, onStalled = () => {}, onBroken = () => {}, iceServers = () => [] }) {
    this.signals = send
    this.onTracks = onTracks
    /** @type {Record<Kind, MediaStreamTrack | null>} */
    this.tracks = { mic: null, camera: null, screen: null }
    /** @type {Map<Kind | 'thin', RTCRtpSender>} */
    this.senders = new Map()
    /** @type {Map<string, MediaStreamTrack>} mid → track */
    this.arriving = new Map()
    /** @type {Record<string, string | null>} */
    this.slots = {}
    /** @type {string | null} */
    this.epoch = null
    /** @type {string[] | null} */
    this.watched = null
    /** @type {string | null} epoch of the node whose connection is shown */
    this.shown = null
    /** @type {{slots: Record<string, string | null>, rests: Record<string, Rest>, watched: string[] | null, epoch: string} | null} of the node I move to */
    this.next = null
    /** @type {Record<string, Rest>} mid → why its picture rests */
    this.rests = {}
    this.gauge = new Gauge()
    this.shaping = Promise.resolve() // one change of the layers after the other
    this.voiceBits = VOICE_BITS
    const changed = () => {
      if (this.publishing.state === 'closed') this.senders.clear() // nothing can be sent by them any more
      onState({ publish: this.publishing.state, receive: this.receiving.state })
    }
    this.publishing = new Link((pc) => this.#offer(pc), (pc, senders) => this.#sendBy(senders), changed, iceServers)
    this.receiving = new Link((pc) => this.#answer(pc), (pc, opened) => this.#showFrom(opened), changed, iceServers)
    this.publishing.stalled = this.receiving.stalled = onStalled
    this.publishing.broke = this.receiving.broke = onBroken
  }

  /**
   * Open what this seat may have; returns when it works. A sending connection is also opened by the first `publish`.
   * @param {{publish?: boolean, receive?: boolean}} [may]
   */
  async start({ publish = true, receive = true } = {}) {
    await Promise.all([receive ? this.receiving.open() : null, publish ? this.publishing.open() : null])
  }

  /**
   * Send this track as my microphone, camera or screen; null sends nothing. Opens the sending connection if needed.
   * @param {Kind} kind
   * @param {MediaStreamTrack | null} track
   */
  async publish(kind, track) {
    hint(kind, track)
    this.tracks[kind] = track
    if (!track) this.publishing.endOld() // what is off is off everywhere
    const sender = this.senders.get(kind)
    if (sender) {
      await sender.replaceTrack(track)
      if (kind === 'mic') await this.senders.get('thin')?.replaceTrack(track)
      this.#shape()
    } else if (track && !this.publishing.wanted) await this.publishing.open()
  }

  /**
   * The node's table: slot → source, which pictures rest, and which layers of my camera somebody watches (null: send
   * them all). Whole, so hearing it twice does no harm.
   * @param {Record<string, string | null>} slots
   * @param {Record<string, Rest>} [rests]
   * @param {string[] | null} [watched]
   * @param {string | null} [epoch] of the node that says so
   */
  route(slots, rests = {}, watched = null, epoch = this.shown) {
    if (epoch !== null && epoch !== this.shown) {
      this.next = { slots, rests, watched, epoch } // of the connection that is being opened
      return
    }
    this.slots = slots
    this.rests = rests
    this.watched = watched
    this.#tell()
    this.#shape()
  }

  /** How many bits a second my voice may take: the floor's more than one of many in a discussion. @param {number} bits */
  voice(bits) {
    this.voiceBits = bits
    void speak(this.senders.get('mic'), bits)
  }

  /** Send my camera in the layers it is looked at. */
  #shape() {
    this.shaping = this.shaping.then(() => shape(this.senders.get('camera'), this.watched))
  }

  /**
   * The node's epoch; a new one means that it was restarted, or that my room is on another one now.
   * @param {string | null} epoch
   * @param {number} [after] ms until it is our turn to come back, as the server spreads us
   */
  setEpoch(epoch, after = Math.random() * JITTER_MS) {
    const elsewhere = this.epoch !== null && epoch !== null && epoch !== this.epoch
    if (epoch !== null) this.epoch = epoch
    if (elsewhere) setTimeout(() => this.reopen(BOTH_MS), after)
  }

  /** Open both connections anew, the old ones live until the new ones work (a network switch, another node).
   * @param {number} [both] ms in which what I send goes both ways */
  reopen(both = 0) {
    if (this.receiving.wanted) this.receiving.open()
    if (this.publishing.wanted) this.publishing.open(both)
  }

  /** When something was seen to arrive last; ms of `performance.now()`. */
  async heardAt() {
    return Math.max(await this.receiving.heardAt(), await this.publishing.heardAt())
  }

  /** My room is on another node than the one I see. */
  get moves() {
    return this.epoch !== this.shown
  }

  /** Open both connections anew, unless that is under way. */
  renew() {
    this.receiving.renew()
    this.publishing.renew()
  }

  close() {
    this.publishing.close()
    this.receiving.close()
    this.arriving.clear()
    this.slots = {}
    this.#tell()
  }

  /** @param {RTCPeerConnection} pc @returns {Promise<Map<Kind | 'thin', RTCRtpSender>>} */
  async #offer(pc) {
    const senders = await sections(pc)
    for (const voice of /** @type {const} */ (['mic', 'thin'])) await senders.get(voice)?.replaceTrack(this.tracks.mic)
    await pc.setLocalDescription()
    const sdp = await this.signals.publish(pc.localDescription?.sdp ?? '')
    await pc.setRemoteDescription({ type: 'answer', sdp })
    return senders
  }

  /** @param {Map<Kind | 'thin', RTCRtpSender>} senders */
  async #sendBy(senders) {
    const again = this.senders.size > 0
    this.senders = senders
    for (const voice of /** @type {const} */ (['mic', 'thin'])) await senders.get(voice)?.replaceTrack(this.tracks.mic)
    this.voice(this.voiceBits)
    if (again) await pause(PICTURE_DELAY_MS)
    for (const kind of /** @type {Kind[]} */ (['camera', 'screen'])) {
      if (this.senders === senders) await senders.get(kind)?.replaceTrack(this.tracks[kind])
    }
    this.#shape()
  }

  /** @param {RTCPeerConnection} pc @returns {Promise<{arriving: Map<string, MediaStreamTrack>, epoch: string | null}>} */
  async #answer(pc) {
    const { sdp, epoch = null } = await this.signals.receive()
    await pc.setRemoteDescription({ type: 'offer', sdp })
    await pc.setLocalDescription()
    await this.signals.answer(pc.localDescription?.sdp ?? '')
    const arriving = new Map()
    for (const { mid, receiver } of pc.getTransceivers()) if (mid) arriving.set(mid, receiver.track)
    return { arriving, epoch }
  }

  /** @param {{arriving: Map<string, MediaStreamTrack>, epoch: string | null}} opened */
  async #showFrom({ arriving, epoch }) {
    if (this.arriving.size) {
      const first = [...arriving.values()].map(
        (track) => new Promise((resolve) => (track.muted ? track.addEventListener('unmute', resolve, { once: true }) : resolve(undefined))),
      )
      await Promise.race([...first, pause(OVERLAP_MS)])
    }
    this.arriving = arriving
    this.shown = epoch
    this.epoch ??= epoch
    if (this.next && this.next.epoch === epoch) {
      const { slots, rests, watched } = this.next
      this.next = null
      this.route(slots, rests, watched)
    } else this.#tell()
  }

  #tell() {
    /** @type {Map<string, Shown>} */
    const shown = new Map()
    for (const [mid, source] of Object.entries(this.slots)) {
      const track = this.arriving.get(mid)
      if (source && track) shown.set(source, { mid, kind: /** @type {'audio' | 'video'} */ (track.kind), track, rests: this.rests[mid] ?? null })
    }
    this.onTracks(shown)
  }

  /** The figures of the line since the last call. Call it every few seconds. */
  summary() {
    return this.gauge.read([this.publishing.pc, this.receiving.pc])
  }
}
