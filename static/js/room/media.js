/**
 * What this page sends and receives, in the meeting and in a corridor: the owner of the peers, of my own tracks and of
 * the sound that plays. Draws nothing; tells the room what changed.
 */

import { chooseSpeaker, process, watch } from './devices.js'
import { Doubt } from './doubt.js'
import * as equipment from './equipment.js'
import { heard } from './floorplan.js'
import { Nearness } from './nearness.js'
import { Hearing } from './hearing.js'
import { watchNetworks } from './networks.js'
import { Peer } from './peer.js'
import { isMySeat, publishes } from './state.js'
import { told } from './summary.js'

/** @typedef {import('./seat.js').Room} Room */
/** @typedef {import('./state.js').Kind} Kind */
/** @typedef {import('./state.js').Place} Place */
/** @typedef {import('./equipment.js').Choice} Choice */

const NARROW = '(max-width: 52rem)'
const SUMMARY = 5000 // ms between looks at the line
/** Bits a second of my voice. In a discussion several are heard at once, and each is a little less. */
const VOICE = { floor: 64_000, line: 64_000, discussion: 40_000 }
const SLOTS = { wide: 12, narrow: 6 }

export class Media {
  /** @param {Room} room */
  constructor(room) {
    this.room = room
    /** @type {Partial<Record<Place, Peer>>} */
    this.peers = {}
    /** @type {Record<Kind, MediaStreamTrack | null>} */
    this.tracks = { mic: null, camera: null, screen: null }
    this.opening = new equipment.Opening()
    /** @type {Map<string, { stream: MediaStream, rests: import('./peer.js').Rest | null }>} source → what is drawn */
    this.pictures = new Map()
    /** @type {Record<Place, Set<string>>} */
    this.arriving = { meeting: new Set(), corridor: new Set(), floor: new Set() }
    /** @type {Record<Place, Map<string, MediaStreamTrack>>} */
    this.heard = { meeting: new Map(), corridor: new Map(), floor: new Map() }
    this.hearing = new Hearing(room)
    /** @type {Partial<Record<Kind, MediaStream>>} */
    this.mine = {}
    /** @type {Record<Place, Map<string, HTMLAudioElement>>} */
    this.sounds = { meeting: new Map(), corridor: new Map(), floor: new Map() }
    /** @type {Map<string, string>} slot → source of the voices in my corridor */
    this.bySlot = new Map()
    this.nearness = new Nearness(() => this.near())
    this.around = equipment.walks() // I see the floor plan, and sound follows nearness
    /** @type {import('./devices.js').Profile} */
    this.profile = 'floor'
    this.moves = Promise.resolve() // between the meeting and corridors, one after the other
    /** @type {Promise<void> | null} */
    this.networks = null
    this.doubt = new Doubt(() => Object.values(this.peers), () => this.room.signal)
    this.silent = false // the browser waits for a gesture before it plays
    const kept = equipment.remembered()
    this.chosen = kept
    this.opensAlone = kept.opensAlone
    /** @type {Record<'mic' | 'camera' | 'speaker', Choice[]>} */
    this.choices = { mic: [], camera: [], speaker: [] }
    /** @type {string | null} code of what stands in the way, for a call for help */
    this.obstacle = null
    setInterval(() => void this.#measure(), SUMMARY)
    watch(() => void this.enumerate())
  }

  /**
   * Open a place's connections, once.
   * @param {Place} place
   */
  async join(place) {
    if (this.peers[place]) return
    const video = matchMedia(NARROW).matches ? SLOTS.narrow : SLOTS.wide
    const ask = async (/** @type {string} */ type, /** @type {Record<string, unknown>} */ fields) => {
      try {
        return await this.room.signal.request(type, { room: place, ...fields })
      } finally {
        if (type !== 'receive.answer') this.room.say({ type: 'page.waited', room: place, what: type === 'publish.offer' ? 'publish' : 'receive' })
      }
    }
    const peer = new Peer({
      send: {
        publish: async (sdp) => (await ask('publish.offer', { sdp })).sdp,
        receive: async () => /** @type {any} */ (await ask('receive.open', { video })),
        answer: (sdp) => ask('receive.answer', { sdp }),
      },
      onTracks: (sources) => this.#arrived(place, sources),
      onState: ({ publish, receive }) => {
        const both = [publish, receive]
        const state = both.includes('reconnecting') ? 'reconnecting' : both.includes('connecting') ? 'connecting' : receive
        this.room.say({ type: 'page.media', room: place, state })
      },
      onStalled: () => void this.doubt.stalled(),
      onBroken: () => void this.doubt.stalled(), // what took sound and picture may have taken the socket too
      iceServers: () => this.room.state.ice,
    })
    this.peers[place] = peer
    this.networks ??= watchNetworks(() => this.doubt.roams()).catch(() => {}) // a browser that tells nothing: it comes back when the line breaks
    if (place === 'meeting') peer.setEpoch(this.room.state.epoch)
    peer.voice(VOICE[this.profile])
    const { slots, rests, layers, epoch } = this.room.state.routes[place]
    peer.route(slots, rests, layers, epoch)
    void peer.start({ publish: place !== 'floor' && publishes(this.room.state) })
    if (place === 'corridor') {
      await this.#move('meeting', 'corridor')
      this.#loudness()
    }
  }

  /**
   * Into a corridor, from one into the next, or back into the meeting.
   * @param {string | null} from key of the corridor I was in
   * @param {string | null} to
   */
  move(from, to) {
    return this.#step(from, to, 'corridor')
  }

  /**
   * The floor of another meeting, or of none, while I am in a corridor: sound only, and nothing is sent there.
   * @param {number | null} from
   * @param {number | null} to
   */
  overhear(from, to) {
    return this.#step(from, to, 'floor')
  }

  /**
   * @param {unknown} from
   * @param {unknown} to
   * @param {Place} place
   */
  #step(from, to, place) {
    const step = async () => {
      if (from) await this.part(place)
      if (to) await this.join(place)
    }
    this.moves = this.moves.then(step, step)
    return this.moves
  }

  /** @param {Place} place */
  async part(place) {
    const peer = this.peers[place]
    if (!peer) return
    delete this.peers[place]
    peer.close()
    this.heard[place].clear()
    this.room.say({ type: 'page.media', room: place, state: 'off' })
    for (const sound of this.sounds[place].values()) sound.srcObject = null
    this.sounds[place].clear()
    if (place === 'corridor') {
      this.bySlot.clear()
      this.nearness.close()
    }
    if (place === 'corridor') {
      await this.stop('mic') // nobody comes back into a meeting with an open microphone
      await this.#move('corridor', 'meeting')
      this.#loudness()
    }
  }

  /** Where my microphone and camera go now.
   * @returns {Place} */
  get place() {
    return this.peers.corridor ? 'corridor' : 'meeting'
  }

  /** My camera follows me from one place to the other; a screen never does.
   * @param {Place} from
   * @param {Place} to */
  async #move(from, to) {
    await this.stop('screen', from)
    if (!this.peers[to]) await this.stop('camera', from) // from the corridors page there is no meeting to come back to
    const camera = this.tracks.camera
    await this.peers[from]?.publish('mic', null)
    await this.peers[from]?.publish('camera', null)
    if (from === 'meeting') await this.stop('mic', from)
    if (camera) {
      void this.#announce('camera', false, from)
      await this.peers[to]?.publish('camera', camera)
      void this.#announce('camera', true, to)
    }
  }

  /**
   * Open or close one of mine.
   * @param {Kind} kind
   */
  async toggle(kind) {
    if (this.tracks[kind]) await this.stop(kind)
    else await this.open(kind)
  }

  /**
   * @param {Kind} kind
   * @returns {Promise<boolean>} whether it is open now
   */
  async open(kind) {
    if (this.tracks[kind]) return true
    const opened = await this.opening.open(kind, this.chosen, this.profile)
    if (this.tracks[kind]) return true // by another press meanwhile
    if (!opened) return false // stopped before it was open
    if (!opened.track) {
      this.obstacle = opened.obstacle
      if (opened.obstacle) this.room.obstacle(kind, opened.obstacle)
      return false
    }
    this.obstacle = null
    const { track } = opened
    this.tracks[kind] = track
    this.mine[kind] = new MediaStream([track])
    track.addEventListener('ended', () => { if (this.tracks[kind] === track) void this.stop(kind) }) // unplugged, or sharing ended in the browser's own bar
    await this.peers[this.place]?.publish(kind, track)
    if (this.tracks[kind] !== track) return false // stopped meanwhile
    void this.#announce(kind, true, this.place)
    this.#remember()
    this.#attend()
    this.room.say({ type: 'page.sending', kind, on: true })
    void this.enumerate()
    return true
  }

  /**
   * @param {Kind} kind
   * @param {Place} [place]
   */
  async stop(kind, place = this.place) {
    this.opening.cancel(kind)
    const track = this.tracks[kind]
    if (!track) return
    this.tracks[kind] = null
    delete this.mine[kind]
    await this.peers[place]?.publish(kind, null).catch(() => {}) // its connection is gone, and sends nothing any more
    track.stop()
    void this.#announce(kind, false, place)
    this.#attend()
    if (kind === 'camera') this.#remember()
    this.room.say({ type: 'page.sending', kind, on: false })
  }

  /**
   * @param {Kind} kind
   * @param {boolean} on
   * @param {Place} place
   */
  async #announce(kind, on, place) {
    try {
      await this.room.signal.request('source', { room: place, kind, on })
    } catch (why) {
      if (on && why instanceof Error && why.message) {
        this.room.note(why.message, 'over')
        await this.stop(kind, place)
      }
    }
  }

  /** After a new seat or a restarted node, the roster must hear again what is on. */
  tellAll() {
    for (const kind of /** @type {Kind[]} */ (['mic', 'camera', 'screen'])) if (this.tracks[kind]) void this.#announce(kind, true, this.place)
  }

  /** My own picture, or null while it is off.
   * @param {'camera' | 'screen'} kind */
  own(kind) {
    return this.mine[kind] ?? null
  }

  /** What arrives for a source, or null while no slot shows it.
   * @param {string} source */
  picture(source) {
    return this.pictures.get(source)?.stream ?? null
  }

  /** Why the picture of a source rests, or null while it moves.
   * @param {string} source */
  rests(source) {
    return this.pictures.get(source)?.rests ?? null
  }

  /**
   * @param {Place} place
   * @param {Map<string, import('./peer.js').Shown>} sources
   */
  #arrived(place, sources) {
    for (const [source, { mid, kind, track, rests }] of sources) {
      if (kind === 'video') {
        const held = this.pictures.get(source)?.stream
        const same = held?.getVideoTracks()[0] === track // not by its id: the tracks of a new connection bear the old ones' ids
        this.pictures.set(source, { stream: same && held ? held : new MediaStream([track]), rests })
      } else {
        if (place === 'corridor') this.bySlot.set(mid, source)
        this.#play(place, mid, track)
      }
    }
    this.heard[place] = new Map([...sources].filter(([, { kind }]) => kind === 'audio').map(([source, { track }]) => [source, track]))
    this.#attend()
    this.arriving[place] = new Set(sources.keys())
    const all = new Set([...this.arriving.meeting, ...this.arriving.corridor])
    for (const source of this.pictures.keys()) if (!all.has(source)) this.pictures.delete(source)
    this.room.changed()
  }

  /**
   * @param {Place} place
   * @param {string} mid
   * @param {MediaStreamTrack} track
   */
  #play(place, mid, track) {
    const sounds = this.sounds[place]
    let sound = sounds.get(mid)
    if (!sound) {
      sound = new Audio()
      sound.autoplay = true
      sounds.set(mid, sound)
    }
    const held = /** @type {MediaStream | null} */ (sound.srcObject)
    if (held?.getTracks()[0] !== track) sound.srcObject = new MediaStream([track])
    if (this.chosen.speaker) void chooseSpeaker(sound, this.chosen.speaker)
    this.#loudness()
    sound.play().catch((why) => {
      if (why.name !== 'NotAllowedError') return
      this.silent = true
      this.room.changed()
    })
  }

  #loudness() {
    const quiet = this.quiet
    const set = (/** @type {HTMLAudioElement} */ sound, /** @type {number} */ volume) => Object.assign(sound, { volume, muted: !volume })
    for (const sound of this.sounds.meeting.values()) set(sound, this.peers.corridor ? quiet : 1)
    for (const sound of this.sounds.floor.values()) set(sound, quiet)
    this.near()
  }

  /** How loud the floor is while I am in a corridor, 0 (off) to 1. */
  get quiet() {
    return this.chosen.floor
  }

  /** @param {number} volume 0 to 1 */
  quieten(volume) {
    this.chosen = { ...this.chosen, floor: volume }
    this.#remember()
    this.#loudness()
    this.room.changed()
  }

  /** Whoever stands nearer in my corridor is louder; all are alike to those who keep the list. */
  near() {
    const seats = this.room.state.corridor?.seats ?? []
    const me = seats.find((seat) => isMySeat(this.room.state, seat))
    for (const [slot, sound] of this.sounds.corridor) {
      const other = seats.find((seat) => this.bySlot.get(slot)?.startsWith(`${seat.seat}:`))
      const placed = this.around && me && other
      this.nearness.place(slot, sound, placed ? heard(me.at, other.at, document.dir === 'rtl') : { gain: 1, pan: 0 }, !!placed && this.chosen.headphones)
    }
  }

  /** Floor plan or list.
   * @param {boolean} around */
  walk(around) {
    this.around = around
    equipment.walk(around)
    this.near()
    this.room.changed()
  }

  /** Headphones on: voices come from where people stand; and in the hall I may speak in a corridor.
   * @param {boolean} on */
  async wear(on) {
    this.chosen = { ...this.chosen, headphones: on }
    this.#remember()
    const { corridor, mode } = this.room.state
    if (mode === 'hall' && corridor) await this.move(corridor.corridor, corridor.corridor)
    this.near()
    this.room.changed()
  }

  #attend() {
    this.hearing.update({ place: this.place, sounds: this.heard[this.place], mic: this.tracks.mic })
  }

  /** After a gesture: play what waited. */
  listen() {
    this.silent = false
    this.hearing.wake()
    this.nearness.wake()
    for (const place of Object.values(this.sounds)) for (const sound of place.values()) sound.play().catch(() => {})
    this.room.changed()
  }

  /**
   * Take another device; what is open moves to it.
   * @param {'mic' | 'camera' | 'speaker'} kind
   * @param {string} id
   */
  async choose(kind, id) {
    this.chosen = { ...this.chosen, [kind]: id }
    this.#remember()
    if (kind === 'mic') this.hearing.forget()
    if (kind === 'speaker') {
      for (const place of Object.values(this.sounds)) for (const sound of place.values()) void chooseSpeaker(sound, id)
    } else if (this.tracks[kind]) {
      await this.stop(kind)
      await this.open(kind)
    }
    this.room.changed()
  }

  async enumerate() {
    this.choices = await equipment.list()
    this.room.changed()
  }

  #remember() {
    equipment.remember({ ...this.chosen, opensAlone: this.opensAlone, cameraOn: !!this.tracks.camera })
  }

  /** The most I want of pictures, kept for this tab.
   * @returns {import('./equipment.js').Limit} */
  get most() {
    return this.chosen.most
  }

  /** @param {import('./equipment.js').Limit} most */
  limit(most) {
    this.chosen = { ...this.chosen, most }
    this.#remember()
    this.room.changed()
  }

  /** @param {Record<string, string | null>} slots
   * @param {Record<string, import('./peer.js').Rest>} rests
   * @param {string[] | null} layers  of my camera, that somebody watches
   * @param {Place} place
   * @param {string | null} epoch of the node that says so */
  route(slots, rests, layers, place, epoch) {
    this.peers[place]?.route(slots, rests, layers, epoch)
  }

  /**
   * How my microphone is processed and sent now: for the floor, for a discussion, or a mixer's line left as it comes.
   * @param {import('./devices.js').Profile} profile
   */
  sound(profile) {
    if (profile === this.profile) return
    this.profile = profile
    if (this.tracks.mic) void process(this.tracks.mic, profile)
    for (const peer of Object.values(this.peers)) peer.voice(VOICE[profile])
  }

  /** Which node this place is on now.
   * @param {string | null} epoch
   * @param {Place} place
   * @param {number} [after] ms */
  setEpoch(epoch, place, after) {
    this.peers[place]?.setEpoch(epoch, after)
  }

  /** The network changed under us. */
  reopen() {
    for (const peer of Object.values(this.peers)) peer.reopen()
  }

  async #measure() {
    const { place, room } = this
    const peer = this.peers[place]
    if (!peer || room.state.link !== 'open') return
    const summary = await peer.summary()
    room.say({ type: 'page.line', summary })
    // What a corridor's line is like stays there, unless this page has no other.
    if (peer.receiving.state === 'connected' && (place === 'meeting' || !room.page.meeting)) room.signal.send('line.seen', told(summary))
  }

  close() {
    for (const place of /** @type {Place[]} */ (Object.keys(this.peers))) {
      this.peers[place]?.close()
      delete this.peers[place]
    }
    for (const kind of /** @type {Kind[]} */ (Object.keys(this.tracks))) {
      this.opening.cancel(kind)
      this.tracks[kind]?.stop()
    }
    this.hearing.close()
  }
}
