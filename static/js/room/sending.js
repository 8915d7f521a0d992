/**
 * What a page sends, and how: codecs, the three layers of a camera, the sharp picture of a screen. No DOM here.
 *
 * @typedef {'mic' | 'camera' | 'screen'} Kind
 * @typedef {{rid: string, scale: number, bits: number, active: boolean}} Layer
 */

/** The order in which the node reads them. @type {Kind[]} */
export const KINDS = ['mic', 'camera', 'screen']

export const VOICE_BITS = 64_000
const THIN_BITS = 20_000 // my voice once more, for listeners whose line carries no more

/** @type {Record<Kind, {media: 'audio' | 'video', hint: string, bits: number, fps?: number}>} */
const SOURCES = {
  mic: { media: 'audio', hint: 'speech', bits: VOICE_BITS },
  camera: { media: 'video', hint: 'motion', bits: 1_300_000, fps: 30 },
  screen: { media: 'video', hint: 'text', bits: 2_500_000, fps: 15 }, // letters must be sharp; they need not be smooth
}

/** A layer's lines and what it may cost, best first. A lone small picture may cost more than a third layer. */
const BITS = [
  { lines: 600, bits: 1_300_000 },
  { lines: 400, bits: 800_000 },
  { lines: 240, bits: 450_000 },
  { lines: 0, bits: 130_000 },
]
const LONE = 200_000
const MOST_LINES = 720
const THREE = 540 // lines of a camera from which a quarter of it is still a face
const TWO = 300

/** @type {Promise<boolean> | undefined} */
let hard

/** Whether this device struggles with VP8 where H.264 runs by itself; asked once. */
export function prefersH264() {
  hard ??= (async () => {
    const video = { width: 1280, height: 720, bitrate: SOURCES.camera.bits, framerate: 25 }
    /** @param {string} contentType */
    const ask = (contentType) => navigator.mediaCapabilities.encodingInfo({ type: 'webrtc', video: { contentType, ...video } })
    try {
      const [vp8, h264] = await Promise.all([ask('video/VP8'), ask('video/H264;level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f')])
      return h264.supported && h264.smooth && !(vp8.supported && vp8.smooth)
    } catch {
      return false // a browser that cannot say; every one of them sends VP8
    }
  })()
  return hard
}

/**
 * The codecs the node takes, best first. Pure.
 * @template {{mimeType: string, sdpFmtpLine?: string}} T
 * @param {T[]} known @param {'audio' | 'video'} media @param {boolean} h264First
 * @returns {T[]}
 */
export function codecs(known, media, h264First) {
  /** @param {string} type */
  const of = (type) => known.filter((codec) => codec.mimeType.toLowerCase() === type)
  if (media === 'audio') return [...of('audio/opus'), ...of('audio/red')]
  const vp8 = of('video/vp8')
  const h264 = of('video/h264').filter(({ sdpFmtpLine = '' }) => /packetization-mode=1/.test(sdpFmtpLine) && /profile-level-id=42[4-7c-f]/i.test(sdpFmtpLine))
  const pictures = h264First ? [...h264, ...vp8] : [...vp8, ...h264]
  return pictures.length ? [...pictures, ...of('video/rtx')] : []
}

/**
 * The layers of a camera of so many lines. Pure. `watched`: those somebody looks at, by their names, as the node tells
 * it; null: it has not. The smallest is always sent.
 * @param {number} lines @param {string[] | null} watched
 * @returns {Layer[]}
 */
export function layers(lines, watched) {
  const full = Math.max(1, lines / MOST_LINES)
  const count = lines >= THREE ? 3 : lines >= TWO ? 2 : 1
  return ['h', 'm', 'l'].map((rid, place) => {
    const scale = full * 2 ** place
    const bits = count === 1 ? LONE : /** @type {{bits: number}} */ (BITS.find((one) => lines / scale >= one.lines)).bits
    return { rid, scale, bits, active: place === count - 1 || (place < count && (watched?.includes(rid) ?? true)) }
  })
}

/**
 * Make the sections of a sending connection; they are filled by `replaceTrack`.
 * @param {RTCPeerConnection} pc
 * @returns {Promise<Map<Kind | 'thin', RTCRtpSender>>}
 */
export async function sections(pc) {
  const h264First = await prefersH264()
  /** @type {Map<Kind | 'thin', RTCRtpSender>} */
  const senders = new Map()
  for (const kind of KINDS) {
    const transceiver = section(pc, kind)
    const { media } = SOURCES[kind]
    const known = globalThis.RTCRtpSender?.getCapabilities?.(media)?.codecs
    senders.set(kind, transceiver.sender)
    if (!known || !transceiver.setCodecPreferences) continue
    const wanted = codecs(known, media, h264First)
    if (wanted.length) transceiver.setCodecPreferences(wanted)
  }
  senders.set('thin', pc.addTransceiver('audio', { direction: 'sendonly', sendEncodings: [{ maxBitrate: THIN_BITS }] }).sender)
  return senders
}

/** @param {RTCPeerConnection} pc @param {Kind} kind */
function section(pc, kind) {
  const { media, bits, fps } = SOURCES[kind]
  const one = { maxBitrate: bits, ...(fps ? { maxFramerate: fps } : {}) }
  if (kind === 'camera') {
    const three = layers(MOST_LINES, null).map(({ rid, scale, bits: most }) => ({ ...one, rid, maxBitrate: most, scaleResolutionDownBy: scale }))
    try {
      return pc.addTransceiver(media, { direction: 'sendonly', sendEncodings: three })
    } catch {
      // A browser without layers sends one.
    }
  }
  return pc.addTransceiver(media, { direction: 'sendonly', sendEncodings: [one] })
}

/** Say what a track shows, so that the browser encodes it accordingly. @param {Kind} kind @param {MediaStreamTrack | null} track */
export function hint(kind, track) {
  if (track && 'contentHint' in track) track.contentHint = SOURCES[kind].hint
}

/**
 * Send the camera in the layers its size and its audience ask for; changes at once, without a new description.
 * @param {RTCRtpSender | undefined} sender @param {string[] | null} watched  see `layers`
 */
export async function shape(sender, watched) {
  if (!sender?.track) return
  const { height = MOST_LINES, width = height } = sender.track.getSettings()
  const wanted = layers(Math.min(height, width), watched)
  const parameters = sender.getParameters()
  const alone = parameters.encodings.length === 1
  let changed = false
  for (const [place, encoding] of parameters.encodings.entries()) {
    // One encoding is all there is: the highest of the layers that would be sent.
    const { scale, bits, active } = alone ? (wanted.find((one) => one.active) ?? wanted[0]) : wanted[place]
    changed ||= encoding.maxBitrate !== bits || encoding.active !== active || encoding.scaleResolutionDownBy !== scale
    Object.assign(encoding, { maxBitrate: bits, active, scaleResolutionDownBy: scale })
  }
  if (changed) await sender.setParameters(parameters).catch(() => {}) // closed meanwhile, or in the middle of another change; the next look asks again
}

/**
 * How many bits a second a voice may take.
 * @param {RTCRtpSender | undefined} sender @param {number} bits
 */
export async function speak(sender, bits) {
  const parameters = sender?.getParameters()
  const [encoding] = parameters?.encodings ?? []
  if (!sender || !parameters || !encoding || encoding.maxBitrate === bits) return
  encoding.maxBitrate = bits
  await sender.setParameters(parameters).catch(() => {}) // closed meanwhile; the next connection asks again
}
