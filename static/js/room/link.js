/**
 * One media connection that is kept open: opened, watched, opened anew beside the old one, which lives until the new one
 * works. ICE restart is never used. No DOM here.
 *
 * @typedef {'closed' | 'connecting' | 'connected' | 'reconnecting'} LinkState
 */

import { FRESH, LOOK_MS, look } from './doubt.js'

/** What trying again does not change. */
const FINAL = ['media.not_allowed', 'corridor.outside', 'link.closed']
const CONNECT_MS = 12_000
const DISCONNECTED_MS = 2_000 // shorter gaps heal by themselves
const RETRY_MS = [0, 300, 1_200, 2_700, 4_800, 7_000]
export const JITTER_MS = 700 // a hundred pages must not come back in the same instant

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
 * Bytes that have arrived on a connection, reports and answers to checks among them.
 * @param {RTCPeerConnection} pc
 */
async function arrived(pc) {
  let bytes = 0
  for (const one of (await pc.getStats()).values()) if (one.type === 'candidate-pair') bytes += one.bytesReceived ?? 0
  return bytes
}

/**
 * One direction: opens, watches, opens anew.
 * @template T
 */
export class Link {
  /**
   * @param {(pc: RTCPeerConnection) => Promise<T>} negotiate  makes and answers the descriptions
   * @param {(pc: RTCPeerConnection, made: T) => Promise<void> | void} use  the new connection works: take it
   * @param {() => void} changed
   * @param {() => RTCIceServer[]} iceServers
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
    /** Told when the connection stops by itself. */
    this.broke = () => {}
    /** Told when what has arrived all the time arrives no more: the browser itself takes five seconds to say so. */
    this.stalled = () => {}
    this.wanted = false
    this.opening = false
    this.again = false
    this.heard = 0
    /** @type {WeakMap<RTCPeerConnection, number>} bytes that had arrived */
    this.counted = new WeakMap()
    this.both = 0 // ms the old connection lives on when the new one works
    /** @type {RTCPeerConnection | null} */
    this.old = null
    /** @type {(() => void) | null} */
    this.hurry = null
  }

  /** @param {LinkState} state */
  set(state) {
    if (state === this.state) return
    this.state = state
    this.changed()
  }

  /** Open, or replace what is open. Returns when it works or `close` was called.
   * @param {number} [both] ms the old one lives on beside the new one */
  async open(both = 0) {
    this.wanted = true
    this.both = both
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
    const old = this.pc
    const pc = new RTCPeerConnection({ iceServers: this.iceServers(), bundlePolicy: 'max-bundle' })
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
      this.pc = pc
      await this.use(pc, made)
      this.endOld()
      this.old = old
      if (this.both && this.wanted) setTimeout(() => old === this.old && this.endOld(), this.both)
      else this.endOld()
      if (!this.wanted) return true // closed meanwhile, and with it this connection
      this.watch(pc)
      this.set('connected')
      return true
    } catch (error) {
      pc.close()
      if (this.pc === pc) this.pc = old // it could not be taken: the old one lives on
      else if (!this.wanted) old?.close()
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
      if (pc.connectionState !== 'connected') this.broke()
      if (pc.connectionState === 'failed' || pc.connectionState === 'closed') this.open()
      else if (pc.connectionState === 'disconnected') {
        timer = setTimeout(() => {
          if (pc === this.pc && pc.connectionState !== 'connected') this.open()
        }, DISCONNECTED_MS)
      }
    }
    pc.addEventListener('connectionstatechange', look)
    look()
    void this.listen(pc)
  }

  /** @param {RTCPeerConnection} pc */
  async listen(pc) {
    for (let flow = FRESH; pc === this.pc && this.wanted && pc.connectionState !== 'closed'; ) {
      flow = look(flow, await this.#count(pc))
      if (flow.stalled) this.stalled()
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  /** When something was seen to arrive last, looked up now; ms of `performance.now()`. */
  async heardAt() {
    if (this.pc) await this.#count(this.pc)
    return this.heard
  }

  /** @param {RTCPeerConnection} pc */
  async #count(pc) {
    const bytes = await arrived(pc)
    if (bytes > (this.counted.get(pc) ?? 0)) this.heard = performance.now()
    this.counted.set(pc, bytes)
    return bytes
  }

  /** Open it anew, unless that is under way. */
  renew() {
    if (this.wanted && !this.opening) void this.open()
  }

  /** Whatever still lives beside the new connection ends now. */
  endOld() {
    this.old?.close()
    this.old = null
  }

  close() {
    this.wanted = false
    this.hurry?.()
    this.endOld()
    this.pc?.close()
    this.pc = null
    this.set('closed')
  }
}
