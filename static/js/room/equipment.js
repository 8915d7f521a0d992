/** This person's devices: what they chose in the lobby, kept for this tab, and opened as the place asks. */

import { Meter, Obstacle, list as everything, openCamera, openMicrophone, openScreen } from './devices.js'

/** @typedef {import('./state.js').Kind} Kind */
/** @typedef {{ id: string, label: string }} Choice */
/** @typedef {'high' | 'low' | 'speaker' | 'still' | 'none'} Limit */
/**
 * @typedef {object} Chosen
 * @property {string} mic device ids; "": the system's own
 * @property {string} camera
 * @property {string} speaker
 * @property {boolean} opensAlone open my microphone when I am called
 * @property {boolean} cameraOff
 * @property {boolean} cameraOn it was on when the page was left
 * @property {'remote' | 'hall' | null} mode
 * @property {Limit} most pictures I want at most
 * @property {boolean} headphones I wear them
 * @property {number} floor how loud the floor is while I am in a corridor, 0 (off) to 1
 * @property {import('./grade.js').Grade | null} sound how this microphone was graded last
 */

const KEY = 'parley.equipment'
export const QUIET = 0.2 // the floor's volume in a corridor, until I choose another
/** @type {Chosen} */
const NOTHING = { mic: '', camera: '', speaker: '', opensAlone: false, cameraOff: false, cameraOn: false, mode: null, most: 'high', headphones: false, floor: QUIET, sound: null }
const LOOK = 80 // ms between readings of a meter

/** @returns {Chosen} */
export function remembered() {
  try {
    return { ...NOTHING, ...JSON.parse(sessionStorage.getItem(KEY) ?? '{}') }
  } catch {
    return { ...NOTHING }
  }
}

const WALKS = 'parley.corridors'

/** Whether this person likes the floor plan better than the list; kept for this browser. */
export function walks() {
  try {
    return localStorage.getItem(WALKS) === 'plan'
  } catch {
    return false
  }
}

/** @param {boolean} plan */
export function walk(plan) {
  try {
    localStorage.setItem(WALKS, plan ? 'plan' : 'list')
  } catch { /* a browser that keeps nothing: the choice holds for this page */ }
}

/** @param {Partial<Chosen>} chosen */
export function remember(chosen) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...remembered(), ...chosen }))
  } catch { /* a browser that keeps nothing: the choice holds for this page */ }
}

/**
 * Open one of mine; never rejects.
 * @param {Kind} kind
 * @param {Chosen} chosen
 * @param {import('./devices.js').Profile} [profile] of a microphone
 * @returns {Promise<{ track: MediaStreamTrack | null, obstacle: string | null }>}
 */
export async function open(kind, chosen, profile = 'floor') {
  try {
    if (kind === 'screen') return { track: await openScreen(), obstacle: null }
    if (kind === 'camera') return { track: await openCamera({ id: chosen.camera || undefined }), obstacle: null }
    return { track: await openMicrophone({ id: chosen.mic || undefined, profile }), obstacle: null }
  } catch (why) {
    const code = why instanceof Obstacle ? why.code : 'failed'
    return { track: null, obstacle: kind === 'screen' && code === 'denied' ? null : code } // they changed their mind
  }
}

/** Opens one device of a kind at a time, and nothing that is no longer wanted when the browser has opened it. */
export class Opening {
  /** @type {Map<Kind, Promise<Awaited<ReturnType<typeof open>> | null>>} */
  #underway = new Map()

  /** What is being opened is not wanted any more: it is closed as soon as it is open.
   * @param {Kind} kind */
  cancel(kind) {
    this.#underway.delete(kind)
  }

  /**
   * As `open`; null where it was cancelled meanwhile. Who asks again while it opens gets the same.
   * @param {Kind} kind
   * @param {Chosen} chosen
   * @param {import('./devices.js').Profile} [profile]
   */
  open(kind, chosen, profile) {
    const held = this.#underway.get(kind)
    if (held) return held
    /** @type {Promise<Awaited<ReturnType<typeof open>> | null>} */
    const opening = open(kind, chosen, profile).then((opened) => {
      if (this.#underway.get(kind) === opening) {
        this.#underway.delete(kind)
        return opened
      }
      opened.track?.stop()
      return null
    })
    this.#underway.set(kind, opening)
    return opening
  }
}

/** @returns {Promise<Record<'mic' | 'camera' | 'speaker', Choice[]>>} */
export async function list() {
  try {
    const { mics, cameras, speakers } = await everything()
    return { mic: mics, camera: cameras, speaker: speakers }
  } catch {
    return { mic: [], camera: [], speaker: [] }
  }
}

/**
 * Read a track's loudness, 0 to 100, until the returned function is called.
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} heard
 */
export function meter(track, heard) {
  const meter = new Meter(track)
  const timer = setInterval(() => heard(meter.level() * 100), LOOK)
  return () => {
    clearInterval(timer)
    meter.close()
  }
}
