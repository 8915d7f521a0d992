/**
 * One seat of this page: the socket, the state, sound and picture. Every live page sits down through it and draws from
 * it; views see the state and send wishes, and know neither socket nor connection.
 */

import { QUIET, remembered } from './equipment.js'
import { Media } from './media.js'
import { Signal } from './signal.js'
import { changes } from './standing.js'
import { floorToHear, initial, isConversation, isMySeat, may, overheard, publishes, reduce, serverNow, soundProfile, unread, voice } from './state.js'
import { secondsLeft, spokenMoment } from './timer.js'

/** @typedef {import('./state.js').State} State */
/** @typedef {import('./signal.js').Message} Message */
/**
 * @typedef {object} Page what the server wrote into the page (rooms/PROTOCOL.md, "Page data")
 * @property {'lobby' | 'room' | 'desk' | 'hall' | 'screen' | 'corridors'} page
 * @property {string} socket
 * @property {string} language
 * @property {string} csrf
 * @property {{ endpoint: string, token: string | null, device: string, mode: string, ask: Record<string, unknown> }} seat
 * @property {import('./protocol.js').You | null} you
 * @property {{ slug: string, names: import('./protocol.js').Names, zone: string, languages: string[], tables: number }} summit
 * @property {{ id: number, slug: string, titles: import('./protocol.js').Texts, state: string, openness: string, starts_at: string, zone: string, recording?: boolean } | null} meeting
 * @property {{ version: number, state: import('./protocol.js').DirectoryState }} directory
 * @property {Record<string, string | null>} urls
 * @property {{ audio: number, video: number }} slots
 * @property {{ id: number, number: string, titles: import('./protocol.js').Texts }[]} [items] of the summit's agenda, where corridors are entered
 */
/**
 * @typedef {object} Ui what only this page knows
 * @property {'speaker' | 'grid'} layout
 * @property {string} panel the open panel, or ""
 * @property {string} behind the panel I came from into a corridor
 * @property {string} dialog the open dialog, or ""
 * @property {import('./state.js').Register} askFor
 * @property {{ person?: number, corridor?: string, turn?: number } | null} aim whom a dialog is about
 * @property {number} noticed the newest notice when the dialog was opened
 * @property {string} seek
 * @property {'room' | 'secretariat'} chatTo
 * @property {Partial<import('./protocol.js').PresenceState>} chosen of my presence, on its way
 * @property {string} ofGroup only people whose delegation belongs to it, or ""
 * @property {string} speaks only people who speak it, or ""
 * @property {boolean} carded the table whose card brought me here was answered
 * @property {number} atTable where the arrow keys are on the floor plan
 * @property {number} floorOf the meeting whose floor I chose to hear, or 0
 * @property {number} onItem only people open to talk about it, or 0
 * @property {boolean} allTiles
 * @property {string} soundSeen what is wrong with my sound and was read
 * @property {string} screen the seat whose screen I chose, where several are shared; or ""
 * @property {number} voteSeen the vote whose result I put away, or 0
 * @property {Record<number, string>} received when the secretariat received what a delegation of mine votes (ISO), by this page
 * @property {string} text what is being written where a dialog needs it
 */

const LOOK = 150 // ms; several drawings and a scroll are one wish
const LATE = 3000 // ms without a welcome before the page says so
const HIDDEN = 100 // ms to a drawing while nobody looks: there are no frames then …
const NO_FRAME = 500 // … and none for a page that was hidden while it waited for one
/** Notices of what `changes` says on the pages of a meeting. */
const SAID = ['floor.next', 'meeting.suspended', 'meeting.resumed', 'meeting.adjourned', 'meeting.closed', 'room.silenced']

/** The page data. @returns {any} */
export function pageData() {
  return JSON.parse(document.getElementById('page')?.textContent ?? '{}')
}

/**
 * Ask for a seat, or for the token of the one this browser holds.
 * @param {Page} page
 * @param {Record<string, unknown>} [ask]
 * @returns {Promise<{ status: number, body: any }>}
 */
export async function askSeat(page, ask = page.seat.ask) {
  const answer = await fetch(page.seat.endpoint, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': page.csrf }, body: JSON.stringify(ask), credentials: 'same-origin',
  })
  const body = answer.headers.get('content-type')?.includes('json') ? await answer.json() : {}
  return { status: answer.status, body }
}

export class Room {
  /**
   * @param {Page} page
   * @param {{ draw: (room: Room) => void, announce?: (text: string, urgent: boolean) => void, say?: (state: State, change: any) => string, moment?: (seconds: number) => string, obstacle?: (kind: string, code: string) => string }} hooks
   */
  constructor(page, hooks) {
    this.page = page
    this.hooks = hooks
    this.state = initial({ device: page.seat.device, mode: page.seat.mode, you: page.you, directory: page.directory, sound: remembered().sound })
    /** @type {Ui} */
    this.ui = { layout: 'speaker', panel: '', behind: '', dialog: '', askFor: 'list', aim: null, noticed: 0, seek: '', chatTo: 'room', chosen: {}, ofGroup: '', speaks: '', onItem: 0, floorOf: 0, atTable: 1, carded: false, allTiles: false, soundSeen: '', screen: '', voteSeen: 0, received: {}, text: '' }
    /** @type {Map<string, number>} wishes on their way, by type */
    this.underway = new Map()
    this.began = performance.now()
    this.drawing = false
    this.arrived = false
    this.looked = ''
    this.floorAsked = '' // the floor this page asked for, until it is heard
    this.shown = 0 // the recording this page has said it shows, on this line
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.looking = undefined
    /** @type {number | null} */
    this.left = null
    const url = new URL(page.socket, location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    this.signal = new Signal({
      url: url.href,
      seat: (fresh) => this.#token(fresh),
      known: () => this.state.versions,
      onMessage: (message) => this.say(message),
      onLink: (link, closed) => this.say({ type: 'page.link', link, closed }),
    })
    this.media = new Media(this)
  }

  open() {
    this.signal.open()
    addEventListener('online', () => { this.signal.nudge(); this.media.reopen() })
    addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
    for (const touched of ['pointerdown', 'keydown']) addEventListener(touched, () => this.media.hearing.wake())
    setInterval(() => this.#tick(), 250)
    this.changed()
  }

  /** @param {boolean} fresh */
  async #token(fresh) {
    if (this.page.seat.token && !fresh) return this.page.seat.token
    const { status, body } = await askSeat(this.page)
    if (status === 401) location.reload()
    if (status === 404) throw Object.assign(new Error('no such room for this person'), { closes: 'not-allowed' })
    if (status === 403 || status === 409) location.assign(this.page.urls.lobby ?? this.page.urls.home ?? '/') // it says what stands in the way
    if (status !== 200) throw new Error(body.message ?? String(status))
    this.page.seat.token = body.token
    return /** @type {string} */ (body.token)
  }

  /** The server's time in ms. */
  now() {
    return serverNow(this.state, performance.now())
  }

  /** Whether the first welcome is overdue. */
  get late() {
    return performance.now() - this.began > LATE
  }

  /** A message, of the server or of the page itself, changes the state; what follows from it happens here.
   * @param {Message} message */
  say(message) {
    const before = this.state
    this.state = reduce(before, message, performance.now())
    this.#follow(message, before)
    for (const change of changes(before, this.state)) this.hooks.announce?.(this.hooks.say?.(this.state, change) ?? '', !!change.urgent)
    this.changed()
  }

  /**
   * @param {Message} message
   * @param {State} before
   */
  #follow(message, before) {
    const { state } = this
    this.media.sound(soundProfile(state))
    this.media.hearing.attend(isConversation(state))
    if (message.type === 'welcome') [this.shown, this.floorAsked] = [0, '']
    if (message.type === 'welcome') this.#welcomed()
    if (message.type === 'corridor.moved' || (message.type === 'state' && message.topic === 'corridor')) this.media.near()
    if (message.type === 'route') this.media.route(message.slots, message.rests, message.layers, message.room, message.epoch)
    if (message.type === 'epoch') this.media.setEpoch(message.epoch, message.room, message.after)
    if (message.type === 'microphone.close' && !state.corridor) void this.media.stop('mic') // the meeting closes nothing in a corridor
    if (message.type === 'sharing.close' && !state.corridor) void this.media.stop('screen')
    if (message.type === 'rights' || message.type === 'welcome') this.#permitted()
    if (message.type === 'notice' && message.code === 'corridor.rostrum') this.hooks.announce?.(message.text, true)
    const [was, is] = [before.corridor?.corridor ?? null, state.corridor?.corridor ?? null]
    if (was !== is) void this.media.move(was, is)
    if (!was !== !is) this.#step(!!is)
    const [heard, hears] = [before.floors?.heard ?? null, state.floors?.heard ?? null]
    if (heard !== hears) void this.media.overhear(heard, hears)
    this.#overhear()
    if (state.link === 'closed' && before.link !== 'closed') this.media.close()
    for (const notice of state.notices) if (!before.notices.includes(notice)) this.#fade(notice)
  }

  #welcomed() {
    this.looked = ''
    this.media.setEpoch(this.state.epoch, 'meeting')
    const hears = this.page.page === 'room' || this.page.page === 'screen' || this.state.device !== 'companion'
    if (this.page.meeting && hears) void this.media.join('meeting').then(() => this.#asInTheLobby())
    this.media.tellAll()
    void this.media.doubt.welcomed()
    if (this.state.mode === 'hall' && this.media.chosen.headphones) void this.wear(true)
    if (this.state.sound) this.media.hearing.tell()
    if (this.media.most !== 'high') void this.limit(this.media.most)
  }

  /** A corridor comes to the front: no panel stays over it. The one I came from is there again when I am out.
   * @param {boolean} inside */
  #step(inside) {
    this.set(inside ? { panel: '', behind: this.ui.panel } : { panel: this.ui.behind, behind: '' })
  }

  /** On the corridors page: inside a corridor the floor goes on, unless I turned it off. Each answer is awaited once. */
  #overhear() {
    const { corridor, floors, link } = this.state
    if (!floors || !corridor || link !== 'open') return
    const meeting = this.media.quiet ? floorToHear(floors, this.ui.floorOf) : null
    const wish = meeting === floors.heard ? '' : `${corridor.corridor} ${meeting}`
    const again = wish === this.floorAsked
    this.floorAsked = wish
    if (wish && !again) void this.signal.request('corridor.floor', { meeting }).catch(() => {}) // it is over, then, and `floors` says so
  }

  /** How loud the floor is while I am in a corridor; 0: off.
   * @param {number} volume 0 to 1 */
  quieten(volume) {
    this.media.quieten(volume)
    this.#overhear()
  }

  /** Of several meetings, the floor of this one.
   * @param {number} meeting */
  hearFloor(meeting) {
    this.set({ floorOf: meeting })
    this.quieten(this.media.quiet || QUIET)
  }

  /** Take no more pictures than this.
   * @param {import('./equipment.js').Limit} most */
  async limit(most) {
    if (await this.wish('picture.limit', { most })) this.media.limit(most)
  }

  /** The camera that was on in the lobby, or before this page was loaded again, is on here. */
  #asInTheLobby() {
    if (this.arrived) return
    this.arrived = true
    if (publishes(this.state) && (this.media.chosen.cameraOn || this.state.device === 'hall')) void this.media.open('camera')
  }

  /** The rules open and close my microphone; mine is opened only if I agreed. */
  #permitted() {
    if (this.state.corridor) return
    if (this.state.device === 'hall') void this.media.open('mic') // the hall's line is always open; the node decides
    else if (!this.state.audible) void this.media.stop('mic', 'meeting')
    else if (this.state.opens) void this.media.open('mic')
  }

  /** @param {import('./state.js').Notice} notice */
  #fade(notice) {
    if (!this.state.meeting || !SAID.includes(notice.code)) this.hooks.announce?.(notice.text, notice.tone === 'over' || notice.tone === 'soon')
    setTimeout(() => this.say({ type: 'page.seen', notice: notice.id }), notice.tone === 'over' ? 12_000 : 7000)
  }

  /**
   * A wish of this person. A refusal is said where they look; the answer is null then.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<Message | null>}
   */
  async wish(type, fields = {}) {
    this.underway.set(type, (this.underway.get(type) ?? 0) + 1)
    this.changed()
    try {
      return await this.signal.request(type, fields)
    } catch (why) {
      if (why instanceof Error && why.message) this.note(why.message, 'over')
      return null
    } finally {
      this.underway.set(type, (this.underway.get(type) ?? 1) - 1)
      this.changed()
    }
  }

  /** @param {string} type */
  busy(type) {
    return (this.underway.get(type) ?? 0) > 0 ? 'true' : 'false'
  }

  /**
   * One sentence for this person.
   * @param {string} text
   * @param {import('./state.js').Notice['tone']} [tone]
   */
  note(text, tone = 'soon') {
    if (text) this.say({ type: 'page.notice', code: 'page', text, tone })
  }

  /**
   * A device did not open.
   * @param {string} kind
   * @param {string} code
   */
  obstacle(kind, code) {
    this.note(this.hooks.obstacle?.(kind, code) ?? code, 'over')
  }

  /** A dialog that opens is about nobody, unless it is said about whom.
   * @param {Partial<Ui>} ui */
  set(ui) {
    this.ui = { ...this.ui, ...(ui.dialog ? { aim: null, noticed: this.state.notices.at(-1)?.id ?? 0 } : {}), ...ui }
    this.changed()
  }

  /** @param {string} panel */
  openPanel(panel) {
    this.set({ panel, seek: '' })
    if (panel === 'chat') this.say({ type: 'page.read' })
  }

  /** Draw at the next frame, once. */
  changed() {
    if (this.drawing) return
    this.drawing = true
    const draw = () => {
      if (!this.drawing) return
      this.drawing = false
      if (this.ui.panel === 'chat' && unread(this.state)) this.state = reduce(this.state, { type: 'page.read' }, 0)
      this.hooks.draw(this)
      this.#drawn()
    }
    setTimeout(draw, document.hidden ? HIDDEN : NO_FRAME)
    if (!document.hidden) requestAnimationFrame(draw)
  }

  /** Nothing is recorded before every page has said that it shows it. */
  #drawn() {
    const held = this.state.meeting?.recording
    if (held?.state !== 'announced' || this.shown === held.id || this.state.link !== 'open') return
    this.shown = held.id
    this.signal.send('recording.shown', { recording: held.id })
  }

  /** Timers are drawn four times a second while one runs, and spoken at their moments. */
  #tick() {
    const turn = voice(this.state)
    const left = turn?.running_since ? secondsLeft(turn, this.now()) : null
    const moment = spokenMoment(this.left, left)
    this.left = left
    if (moment !== null) this.hooks.announce?.(this.hooks.moment?.(moment) ?? '', false)
    if (turn || overheard(this.state)?.turn || this.state.corridors?.recall || this.state.desk?.undo || this.state.link !== 'open' || this.page.page === 'screen') this.changed()
  }

  /**
   * Tell the node what this page would like to see, and how large; soon, so that a page on the move says it once.
   * @param {() => string[]} sources best first
   * @param {(source: string) => number} height of its tile, in device pixels
   */
  look(sources, height) {
    this.looking ??= setTimeout(() => {
      this.looking = undefined
      if (this.state.link !== 'open' || !this.media.peers[this.media.place]) return
      const said = { room: this.media.place, sources: sources(), heights: sources().map(height) }
      const text = JSON.stringify(said)
      if (text === this.looked) return
      this.looked = text
      this.signal.send('look', said)
    }, LOOK)
  }

  /** @param {boolean} open */
  async consent(open) {
    if (!(await this.wish('microphone.consent', { open }))) return
    this.media.opensAlone = open
    this.changed()
  }

  /** @param {string} corridor */
  async enterCorridor(corridor) {
    if (await this.wish('corridor.enter', { corridor })) this.say({ type: 'page.knockAnswer.done' })
  }

  /**
   * @param {number} knock
   * @param {'come_in' | 'soon' | 'not_now' | 'silent'} answer
   */
  async answerKnock(knock, answer) {
    if (await this.wish('corridor.answer', { knock, answer })) this.say({ type: 'page.knock.done', knock })
  }

  /**
   * @param {string | number} invite
   * @param {'come_in' | 'soon' | 'not_now' | 'silent'} answer
   */
  async answerInvite(invite, answer) {
    if (await this.wish('corridor.accept', { invite, answer })) this.say({ type: 'page.invite.done', invite })
  }

  /** I stand there now: seen here at once, told a few times a second.
   * @param {number} x
   * @param {number} y */
  stand(x, y) {
    const me = this.state.corridor?.seats.find((seat) => isMySeat(this.state, seat))
    if (!me || (me.at[0] === x && me.at[1] === y)) return
    this.say({ type: 'corridor.moved', seat: me.seat, x, y })
    this.#moving ??= setTimeout(() => {
      this.#moving = undefined
      const now = this.state.corridor?.seats.find((seat) => isMySeat(this.state, seat))
      if (now && this.state.link === 'open') this.signal.send('corridor.move', { x: now.at[0], y: now.at[1] })
    }, LOOK)
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #moving

  /** I put headphones on, or took them off. In the hall the server must know.
   * @param {boolean} on */
  async wear(on) {
    if (this.state.mode === 'hall' && !(await this.wish('corridor.headphones', { on }))) return
    this.say({ type: 'page.headphones', on })
    await this.media.wear(on)
  }

  /** @param {number} invite */
  async withdraw(invite) {
    if (await this.wish('corridor.withdraw', { invite })) this.say({ type: 'page.asked.done', invite })
  }

  async leaveCorridor() {
    if (await this.wish('corridor.leave')) this.say({ type: 'page.corridor.left' })
  }

  /** Give the seat back and go home. */
  leave() {
    this.media.close()
    this.signal.close()
    location.assign(this.page.urls.home ?? '/')
  }

  /** @param {string} right */
  may(right) {
    return may(this.state, right)
  }
}
