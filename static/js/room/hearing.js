/**
 * What this page hears of itself and of others: who talks, and how good my own microphone sounds. Figures and grades
 * leave it, sound never does.
 */

import * as equipment from './equipment.js'
import { Grading } from './grading.js'
import { Voices } from './voices.js'

/** @typedef {import('./seat.js').Room} Room */
/** @typedef {import('./grade.js').Grade} Grade */
/** @typedef {{ place: import('./state.js').Place, sounds: Map<string, MediaStreamTrack>, mic: MediaStreamTrack | null }} Now */

const MINE = 'mine' // my own microphone among the voices
const TRIAL = 9 // s of listening to my microphone without a grade, then nothing was said
const AT_MOST = 45_000 // ms it is open for that, however slow the computer

export class Hearing {
  /** @param {Room} room */
  constructor(room) {
    this.room = room
    this.conversation = false
    this.opening = new equipment.Opening()
    /** @type {Now} */
    this.now = { place: 'meeting', sounds: new Map(), mic: null }
    this.voices = new Voices((all, first) => room.say({ type: 'page.talks', all, first }))
    /** @type {Grading | null} */
    this.grading = null
    /** @type {MediaStreamTrack | null} open only to be tried out: nobody hears it */
    this.trial = null
  }

  /** Whether loudness says who is shown as talking now.
   * @param {boolean} conversation */
  attend(conversation) {
    if (conversation === this.conversation) return
    this.conversation = conversation
    this.update(this.now)
  }

  /** @param {Now} now */
  update(now) {
    this.now = now
    const { mic, sounds } = now
    this.voices.hear(this.conversation ? new Map([...sounds, ...(mic ? /** @type {[string, MediaStreamTrack][]} */ ([[MINE, mic]]) : [])]) : new Map())
    if (mic && this.trial) this.#endTrial()
    if (!this.trial) this.#grade(now.place === 'meeting' && this.room.page.meeting ? mic : null) // what a corridor sounds like is nobody's business
  }

  /** @param {MediaStreamTrack | null} track */
  #grade(track) {
    if (this.grading?.track === track) return
    this.grading?.close()
    this.grading = track && new Grading(track, (grade) => this.#graded(grade), (seconds) => { if (this.trial === track && seconds >= TRIAL) this.#endTrial('nothing') })
  }

  /** @param {Grade} grade */
  #graded(grade) {
    this.room.say({ type: 'page.sound', sound: grade })
    equipment.remember({ sound: grade })
    this.tell()
    if (this.trial) this.#endTrial()
  }

  /** Say how my microphone sounds, to the server and so to the desks. */
  tell() {
    const { state, signal } = this.room
    if (state.link === 'open' && state.meeting) signal.send('sound.grade', state.sound ?? { grade: '', why: '' })
  }

  /** Another microphone: what was known says nothing about it. */
  forget() {
    this.room.say({ type: 'page.sound', sound: null })
    equipment.remember({ sound: null })
    this.tell()
  }

  /** Open my microphone for some seconds, for this page alone. */
  async tryOut() {
    if (this.trial || this.now.mic) return
    const { chosen, profile } = this.room.media
    const opened = await this.opening.open('mic', chosen, profile)
    if (!opened || this.trial) return // the page is left, or it was asked for twice
    const { track, obstacle } = opened
    if (!track) return this.room.obstacle('mic', obstacle ?? 'failed')
    if (this.now.mic) return track.stop() // opened for everybody meanwhile
    this.trial = track
    this.room.say({ type: 'page.trial', trial: 'on' })
    this.#grade(track)
    setTimeout(() => { if (this.trial === track) this.#endTrial('nothing') }, AT_MOST)
  }

  /** @param {'' | 'nothing'} [found] */
  #endTrial(found = '') {
    this.trial?.stop()
    this.trial = null
    this.room.say({ type: 'page.trial', trial: found })
    this.update(this.now)
  }

  /** Browsers keep sound asleep until the page was touched. */
  wake() {
    this.voices.wake()
    this.grading?.wake()
  }

  close() {
    this.voices.hear(new Map())
    this.opening.cancel('mic')
    this.trial?.stop()
    this.grading?.close()
  }
}
