/**
 * Cameras, microphones, loudspeakers and screens: listing, opening, what stands in the way, how loud it is.
 * No DOM here and no text: obstacles are codes, pages have the sentences.
 *
 * @typedef {'denied' | 'none' | 'in_use' | 'insecure' | 'unsupported' | 'failed'} ObstacleCode
 * @typedef {'floor' | 'discussion' | 'line'} Profile  how a microphone is processed
 * @typedef {{id: string, label: string, group: string}} Device  an empty label until a device was opened once
 * @typedef {{mics: Device[], cameras: Device[], speakers: Device[]}} DeviceList
 */

/** Something stands between a person and a device. `system`: the computer refused, not the person or the browser. */
export class Obstacle extends Error {
  /** @param {ObstacleCode} code @param {{system?: boolean, cause?: unknown}} [more] */
  constructor(code, { system = false, cause } = {}) {
    super(code, { cause })
    this.name = 'Obstacle'
    this.code = code
    this.system = system
  }
}

/** What headsets are called, by their makers and by operating systems. A wrong guess only costs some processing. */
const HEADSET = /headset|headphone|earphone|earbud|airpods|hands-?free|jabra|plantronics|poly |sennheiser|epos/i

/**
 * Why this browser cannot open devices at all, or null.
 * @param {{isSecureContext?: boolean, navigator?: any, RTCPeerConnection?: any}} [scope]
 * @returns {ObstacleCode | null}
 */
export function unsupported(scope = globalThis) {
  if (scope.isSecureContext === false) return 'insecure'
  if (!scope.navigator?.mediaDevices?.getUserMedia || !scope.RTCPeerConnection) return 'unsupported'
  return null
}

/**
 * The obstacle behind an error of `getUserMedia` or `getDisplayMedia`.
 * @param {unknown} error
 * @returns {Obstacle}
 */
export function obstacle(error) {
  if (error instanceof Obstacle) return error
  const { name = '', message = '' } = /** @type {{name?: string, message?: string}} */ (error ?? {})
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      return new Obstacle('denied', { system: /by system/i.test(message), cause: error })
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return new Obstacle('none', { cause: error })
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return new Obstacle('in_use', { cause: error })
    case 'TypeError':
    case 'NotSupportedError':
      return new Obstacle('unsupported', { cause: error })
    default:
      return new Obstacle('failed', { cause: error })
  }
}

/** @param {string} label */
export const isHeadset = (label) => HEADSET.test(label)

/**
 * How a microphone is opened. At the floor a headset is left as it is: noise suppression and gain control cost more
 * of a voice than they help, and echo cannot occur. A line from the hall's mixer is never touched.
 * @param {Profile} profile
 * @param {boolean} headset
 * @returns {MediaTrackConstraints}
 */
export function soundConstraints(profile, headset) {
  const processed = profile === 'discussion' || (profile === 'floor' && !headset)
  return {
    echoCancellation: profile !== 'line' && !(profile === 'floor' && headset),
    noiseSuppression: processed,
    autoGainControl: processed,
    channelCount: { ideal: 1 },
    sampleRate: { ideal: 48_000 },
  }
}

/**
 * Everything plugged in. Labels are empty until a device of that kind was opened once.
 * @returns {Promise<DeviceList>}
 */
export async function list() {
  const missing = unsupported()
  if (missing) throw new Obstacle(missing)
  const all = await navigator.mediaDevices.enumerateDevices()
  /** @param {MediaDeviceKind} kind */
  const of = (kind) =>
    all.filter((one) => one.kind === kind).map((one) => ({ id: one.deviceId, label: one.label, group: one.groupId }))
  return { mics: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') }
}

/**
 * @param {MediaStreamConstraints} constraints
 * @returns {Promise<MediaStreamTrack>}
 */
async function open(constraints) {
  const missing = unsupported()
  if (missing) throw new Obstacle(missing)
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints)
    return stream.getTracks()[0]
  } catch (error) {
    throw obstacle(error)
  }
}

/**
 * Open the chosen device, or any other when it is no longer there.
 * @param {(device: MediaTrackConstraints) => MediaStreamConstraints} constraints
 * @param {string | undefined} id
 */
async function openPreferring(constraints, id) {
  if (!id) return open(constraints({}))
  try {
    return await open(constraints({ deviceId: { exact: id } }))
  } catch (error) {
    if (error instanceof Obstacle && error.code === 'none') return open(constraints({}))
    throw error
  }
}

/**
 * Open a microphone. Rejects with an Obstacle.
 * @param {{id?: string, profile?: Profile, headset?: boolean}} [wish]  `headset`: as the person said; else by its name
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openMicrophone({ id, profile = 'floor', headset } = {}) {
  const track = await openPreferring((device) => ({ audio: { ...soundConstraints(profile, headset ?? false), ...device } }), id)
  if (headset === undefined && isHeadset(track.label)) await process(track, profile, true)
  return track
}

/**
 * Change how an open microphone is processed; keeps what the device cannot change.
 * @param {MediaStreamTrack} track @param {Profile} profile @param {boolean} [headset]
 */
export async function process(track, profile, headset = isHeadset(track.label)) {
  try {
    await track.applyConstraints(soundConstraints(profile, headset))
  } catch {
    // Firefox and some devices cannot change it while open; sound as it is beats no sound.
  }
}

/**
 * Open a camera. Rejects with an Obstacle.
 * @param {{id?: string, width?: number, height?: number, frameRate?: number}} [wish]
 * @returns {Promise<MediaStreamTrack>}
 */
export function openCamera({ id, width = 1280, height = 720, frameRate = 25 } = {}) {
  const picture = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate, max: 30 } }
  return openPreferring((device) => ({ video: { ...picture, ...device } }), id)
}

/**
 * Let the person choose a screen or window. Rejects with an Obstacle; `denied` also when they changed their mind.
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openScreen() {
  const missing = unsupported()
  if (missing) throw new Obstacle(missing)
  if (!navigator.mediaDevices.getDisplayMedia) throw new Obstacle('unsupported')
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false })
    return stream.getVideoTracks()[0]
  } catch (error) {
    throw obstacle(error)
  }
}

/**
 * Call back with the new list when something is plugged in or out; several events at once are one.
 * @param {(devices: DeviceList) => void} changed
 * @returns {() => void} ends it
 */
export function watch(changed) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon
  const look = () => {
    clearTimeout(soon)
    soon = setTimeout(async () => changed(await list()), 250)
  }
  navigator.mediaDevices?.addEventListener('devicechange', look)
  return () => {
    clearTimeout(soon)
    navigator.mediaDevices?.removeEventListener('devicechange', look)
  }
}

/** Whether this browser lets a page choose the loudspeaker. */
export const canChooseSpeaker = () => 'setSinkId' in (globalThis.HTMLMediaElement?.prototype ?? {})

/**
 * Play an element on this loudspeaker; the default one where that is impossible or it is gone.
 * @param {{setSinkId?: (id: string) => Promise<void>}} element @param {string} id
 * @returns {Promise<boolean>} whether it plays there
 */
export async function chooseSpeaker(element, id) {
  if (!element.setSinkId) return false
  try {
    await element.setSinkId(id)
    return true
  } catch {
    await element.setSinkId('').catch(() => {})
    return false
  }
}

const SILENCE_DB = -60 // below this a meter shows nothing
const FALL_PER_SECOND = 1.2 // of the whole meter: quick enough to follow speech, slow enough to be read

/** How loud a track is, for a level meter. Costs nothing until `level` is asked. */
export class Meter {
  /** @param {MediaStreamTrack} track @param {AudioContext} [context]  one context may serve several meters */
  constructor(track, context) {
    this.own = !context
    this.context = context ?? new AudioContext()
    this.source = this.context.createMediaStreamSource(new MediaStream([track]))
    this.analyser = this.context.createAnalyser()
    this.analyser.fftSize = 1024
    this.samples = new Float32Array(this.analyser.fftSize)
    this.source.connect(this.analyser)
    this.shown = 0
    this.at = performance.now()
    this.resume()
  }

  /** Browsers keep sound asleep until the page was touched; call this from a click as well. */
  resume() {
    if (this.context.state === 'suspended') this.context.resume().catch(() => {})
  }

  /** 0 (silence) to 1 (full scale) on a decibel scale; rises at once, falls slowly. */
  level() {
    this.analyser.getFloatTimeDomainData(this.samples)
    const now = performance.now()
    const fallen = this.shown - ((now - this.at) / 1000) * FALL_PER_SECOND
    this.at = now
    this.shown = Math.max(loudness(this.samples), fallen, 0)
    return this.shown
  }

  close() {
    this.source.disconnect()
    if (this.own) this.context.close().catch(() => {})
  }
}

/**
 * Loudness of samples between -1 and 1, from 0 (SILENCE_DB or less) to 1 (full scale).
 * @param {Float32Array} samples
 */
export function loudness(samples) {
  let power = 0
  for (const sample of samples) power += sample * sample
  const db = 10 * Math.log10(power / samples.length + 1e-12)
  return Math.min(1, Math.max(0, 1 - db / SILENCE_DB))
}

/**
 * A short, friendly sound to try a loudspeaker: two soft tones.
 * @param {string} [speaker] device id
 * @returns {Promise<void>} when it has been played
 */
export async function playTone(speaker) {
  /** @type {AudioContext & {setSinkId?: (id: string) => Promise<void>}} */
  const context = new AudioContext()
  try {
    if (speaker && context.setSinkId) await context.setSinkId(speaker).catch(() => {})
    await context.resume()
    for (const [index, pitch] of [523.25, 659.25].entries()) {
      const tone = context.createOscillator()
      const gain = context.createGain()
      const from = context.currentTime + index * 0.25
      tone.frequency.value = pitch
      gain.gain.setValueAtTime(0, from)
      gain.gain.linearRampToValueAtTime(0.2, from + 0.03)
      gain.gain.exponentialRampToValueAtTime(0.001, from + 0.4)
      tone.connect(gain).connect(context.destination)
      tone.start(from)
      tone.stop(from + 0.45)
    }
    await new Promise((resolve) => setTimeout(resolve, 750))
  } finally {
    await context.close()
  }
}
