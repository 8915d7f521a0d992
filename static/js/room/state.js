/**
 * What this seat knows, and what follows from it. Pure: `reduce(state, message)` and questions to the state.
 * No texts here: questions answer with codes and figures, view/sentences.js says them.
 */

import { clockOf } from './timer.js'

/** @typedef {import('./protocol.js').Turn} Turn */
/** @typedef {import('./protocol.js').MeetingState} Meeting */
/** @typedef {import('./protocol.js').Item} Item */
/** @typedef {import('./protocol.js').FloorState} Floor */
/** @typedef {import('./protocol.js').Seat} Seat */
/** @typedef {import('./protocol.js').Person} Person */
/** @typedef {import('./protocol.js').Delegation} Delegation */
/** @typedef {import('./protocol.js').You} You */
/** @typedef {Turn['register']} Register */
/** @typedef {'mic' | 'camera' | 'screen'} Kind */
/** @typedef {'meeting' | 'corridor' | 'floor'} Place floor: of a meeting that I hear from a corridor, without a seat in it */
/** @typedef {{ id: number, code: string, text: string, tone: 'good' | 'soon' | 'over' | 'action' }} Notice */
/** @typedef {{ pictures: 'all' | 'smaller' | 'speaker' | 'still' | 'none', by: 'line' | 'limit' | null }} Gets  `by`: what keeps me from more */
/** @typedef {{ place: number, seconds: number }} Queued  my place in the media node's queue, from 1, and about how long it takes */
/**
 * @typedef {object} State
 * @property {import('./signal.js').Link} link
 * @property {import('./signal.js').Close | null} closed
 * @property {{ code: string, message: string, next: string | null } | null} bye
 * @property {You | null} you
 * @property {string} seat my seat's key
 * @property {'media' | 'companion' | 'hall' | 'screen'} device
 * @property {'hall' | 'remote'} mode
 * @property {string[]} rights
 * @property {string[]} publish what the node forwards from me: audio, video, screen
 * @property {boolean} audible
 * @property {boolean} opens open my microphone now, I agreed
 * @property {'' | 'asked' | 'agreed' | 'listening'} recording what I answered to the recording that is on
 * @property {number | null} clock see timer.js
 * @property {Record<string, number>} versions
 * @property {Meeting | null} meeting
 * @property {import('./protocol.js').AgendaState} agenda
 * @property {Floor} floor
 * @property {import('./protocol.js').VotesState} votes
 * @property {import('./protocol.js').PeopleState} people
 * @property {import('./protocol.js').DirectoryState} directory
 * @property {import('./protocol.js').CorridorsState | null} corridors
 * @property {import('./protocol.js').CorridorState | null} corridor
 * @property {import('./protocol.js').FloorsState | null} floors on the corridors page
 * @property {import('./protocol.js').PresenceState | null} presence what I chose for the corridors
 * @property {import('./protocol.js').DeskState | null} desk
 * @property {import('./protocol.js').HelpState | null} help
 * @property {import('./protocol.js').LinesState | null} lines of everybody, on the desks only
 * @property {import('./protocol.js').ConsentsState | null} consents
 * @property {import('./protocol.js').ChatState} chat
 * @property {number} read number of the newest line of the chat that was on screen
 * @property {Record<Place, { slots: Record<string, string | null>, rests: Record<string, 'line' | 'limit' | 'codec'>, layers: string[] | null, epoch: string | null } & Gets>} routes who is in which slot, whose picture rests, what I get in all, and which layers of my camera somebody watches (null: not told)
 * @property {string[]} resting parts of the server that do not answer now: database, bell
 * @property {Record<Place, Record<'publish' | 'receive', Queued | null>>} waiting while many connect at once
 * @property {string | null} epoch of the media node my meeting is on; null while that is not known
 * @property {RTCIceServer[]} ice
 * @property {{ id: number, delegation: number, about: string, starts_at: string, ends_at: string, opens_at: string, closes_at: string }[]} bilaterals agreed, on the corridors page
 * @property {import('./protocol.js').Verdict | null} line how my line is, as the server judges it from both ends
 * @property {import('./summary.js').Summary | null} summary the figures of my line, as this page counts them
 * @property {{ knock: number, corridor: string, person: number, line: string }[]} knocks
 * @property {{ invite: string | number, person: number, line: string }[]} invites
 * @property {{ corridor: string, answer: string } | null} knockAnswer
 * @property {{ call: number, text: string, offer: '' | 'low_data' }[]} reached what the help desk wrote to me, first or in answer (numbers below zero), until I close it
 * @property {{ invite: number, person?: number, delegation?: number }[]} asked whom I asked for a word, until they answer
 * @property {{ person: number, answer: string } | null} inviteAnswer
 * @property {{ person: number, text: string, at: string }[]} notes passed to me by colleagues, until I put them away
 * @property {boolean} headphones in the hall, I said that I wear them
 * @property {string} rostrum its last sentence to the corridors, until it is put away
 * @property {{ person: number, text: string, at: string }[]} said in the corridor, never stored
 * @property {{ all: string[], first: string | null, last: string | null }} talks sources that talk now, `mine` among them; the active speaker; the last one who was not me
 * @property {import('./grade.js').Grade | null} sound how my microphone was graded last
 * @property {'' | 'on' | 'nothing'} trial my microphone is tried out; or nothing was heard of it
 * @property {Notice[]} notices
 * @property {Record<Kind, boolean>} sending what this page sends
 * @property {Record<Place, string>} media connection state of the place's media
 */

/** @type {Floor} */
const NO_FLOOR = { item: null, list_state: 'open', speaking: null, order: null, orders: [], replies: [], list: [], heard: [], forecast: {} }
/** @type {State['routes'][Place]} */
const NOBODY = { slots: {}, rests: {}, pictures: 'all', by: null, layers: null, epoch: null }
/** @type {State['waiting'][Place]} */
const ALONE = { publish: null, receive: null }
const NOTICES = 4 // more than this nobody reads

/**
 * Before the first word of the server: what the page itself was told.
 * @param {{ device?: string, mode?: string, you?: You | null, directory?: { version: number, state: any }, sound?: import('./grade.js').Grade | null }} [page]
 * @returns {State}
 */
export function initial(page = {}) {
  const { directory } = page
  return {
    link: 'connecting', closed: null, bye: null, you: page.you ?? null, seat: '', device: /** @type {any} */ (page.device ?? 'media'),
    mode: /** @type {any} */ (page.mode ?? 'remote'), rights: page.you?.rights ?? [], publish: [], audible: false, opens: false, recording: '', clock: null,
    versions: directory ? { directory: directory.version } : {}, meeting: null, agenda: { items: [] }, floor: NO_FLOOR, votes: { last: null },
    people: { seats: [], present: {}, counts: { hall: 0, remote: 0, delegations: 0 } }, directory: directory?.state ?? { persons: {}, delegations: {}, groups: {} },
    corridors: null, corridor: null, floors: null, presence: null, desk: null, help: null, lines: null, consents: null, chat: { lines: [] }, read: 0, routes: { meeting: NOBODY, corridor: NOBODY, floor: NOBODY },
    resting: [], waiting: { meeting: ALONE, corridor: ALONE, floor: ALONE }, epoch: null, ice: [], bilaterals: [], line: null, summary: null, knocks: [], invites: [], knockAnswer: null, reached: [], asked: [], inviteAnswer: null, rostrum: '', headphones: false, notes: [], said: [], talks: { all: [], first: null, last: null }, sound: page.sound ?? null, trial: '', notices: [],
    sending: { mic: false, camera: false, screen: false }, media: { meeting: 'off', corridor: 'off', floor: 'off' },
  }
}

/**
 * The state after a message. Messages of the server, and the page's own under `page.…`. `mono` is `performance.now()`.
 * @param {State} state
 * @param {import('./signal.js').Message} message
 * @param {number} mono
 * @returns {State}
 */
export function reduce(state, message, mono) {
  const answer = ANSWERS[message.type]
  return answer ? answer(state, message, mono) : state
}

/** @type {Record<string, (state: State, message: any, mono: number) => State>} */
const ANSWERS = {
  welcome: (state, m, mono) => ({
    ...state, you: m.you ?? state.you, seat: m.seat, epoch: m.epoch, ice: m.ice ?? [], bye: null, closed: null, invites: [], // those that wait ring again
    clock: clockOf(state.clock, m.clock, mono), resting: [], ...permitted(state, m), ...(m.corridor ? {} : outside(state)),
  }),
  state: (state, m) => (m.version < (state.versions[m.topic] ?? 0) ? state : learn(state, m.topic, m.version, m.state)),
  rights: (state, m) => ({ ...state, ...permitted(state, m) }),
  ping: (state, m, mono) => (m.clock ? { ...state, clock: clockOf(state.clock, m.clock, mono) } : state),
  ice: (state, m) => ({ ...state, ice: m.ice }),
  bilaterals: (state, m) => ({ ...state, bilaterals: m.agreed }),
  route: (state, m) => ({ ...state, routes: { ...state.routes, [m.room ?? 'meeting']: { slots: m.slots, rests: m.rests, pictures: m.pictures, by: m.by, layers: m.layers, epoch: m.epoch ?? null } } }),
  epoch: (state, m) => (['corridor', 'floor'].includes(m.room) ? state : { ...state, epoch: m.epoch }),
  resting: (state, m) => ({ ...state, resting: m.parts }),
  waiting: (state, m) => queueing(state, m, { place: m.place, seconds: m.seconds }),
  'page.waited': (state, m) => queueing(state, m, null),
  line: (state, m) => ({ ...state, line: m.verdict }),
  bye: (state, m) => ({ ...state, bye: { code: m.code, message: m.message ?? '', next: m.next ?? null } }),
  notice: (state, m) => (m.code === 'corridor.rostrum' ? { ...state, rostrum: m.text } : m.code === 'help.answered' ? written(state, { call: -++notices, text: m.text, offer: '' }) : notify(state, m.code, m.text, 'action')),
  knock: (state, m) => ({ ...state, knocks: [...state.knocks.filter((k) => k.knock !== m.knock), m] }),
  'help.reached': (state, m) => written(state, { call: m.call, text: m.text, offer: m.offer }),
  'page.reached.done': (state, m) => ({ ...state, reached: state.reached.filter((one) => one.call !== m.call) }),
  'corridor.closed': (state, m) => notify(gone(state), m.code, m.text, 'action'),
  'knock.answered': (state, m) => ({ ...state, knockAnswer: { corridor: m.corridor, answer: m.answer } }),
  invite: (state, m) => ({ ...state, invites: [...state.invites.filter((i) => i.invite !== m.invite), m] }),
  'invite.over': (state, m) => ({ ...state, invites: state.invites.filter((i) => i.invite !== m.invite) }),
  'invite.answered': (state, m) => ({ ...state, asked: state.asked.filter((one) => one.invite !== m.invite), inviteAnswer: m.answer === 'come_in' ? null : { person: m.person, answer: m.answer } }),
  'corridor.moved': (state, m) => (state.corridor ? { ...state, corridor: { ...state.corridor, seats: state.corridor.seats.map((seat) => (seat.seat === m.seat ? { ...seat, at: /** @type {[number, number]} */ ([m.x, m.y]) } : seat)) } } : state),
  'corridor.said': (state, m) => ({ ...state, said: [...state.said, { person: m.person, text: m.text, at: m.at }].slice(-200) }),
  'note.passed': (state, m) => ({ ...state, notes: [...state.notes, { person: m.person, text: m.text, at: m.at }].slice(-5) }),
  'page.note.done': (state, m) => ({ ...state, notes: state.notes.filter((note) => note.at !== m.at) }),
  'chat.said': (state, m) => (state.chat.lines.some((line) => line.line === m.line.line) ? state : { ...state, versions: { ...state.versions, chat: m.line.line }, chat: { lines: [...state.chat.lines, m.line].slice(-100) } }),
  'page.link': (state, m) => ({ ...state, link: m.link, closed: m.closed ?? state.closed }),
  'page.sending': (state, m) => ({ ...state, sending: { ...state.sending, [m.kind]: m.on } }),
  'page.media': (state, m) => ({ ...state, media: { ...state.media, [m.room]: m.state } }),
  'page.notice': (state, m) => notify(state, m.code, m.text, m.tone ?? 'action'),
  'page.seen': (state, m) => ({ ...state, notices: state.notices.filter((n) => n.id !== m.notice) }),
  'page.read': (state) => ({ ...state, read: state.chat.lines.at(-1)?.line ?? state.read }),
  'page.knock.done': (state, m) => ({ ...state, knocks: state.knocks.filter((k) => k.knock !== m.knock) }),
  'page.invite.done': (state, m) => ({ ...state, invites: state.invites.filter((i) => i.invite !== m.invite) }),
  'page.asked': (state, m) => ({ ...state, inviteAnswer: null, asked: [...state.asked, { invite: m.invite, person: m.person, delegation: m.delegation }] }),
  'page.asked.done': (state, m) => ({ ...state, asked: state.asked.filter((one) => one.invite !== m.invite) }),
  'page.inviteAnswer.done': (state) => ({ ...state, inviteAnswer: null }),
  'page.headphones': (state, m) => ({ ...state, headphones: m.on }),
  'page.rostrum.done': (state) => ({ ...state, rostrum: '' }),
  'page.knockAnswer.done': (state) => ({ ...state, knockAnswer: null }),
  'page.corridor.left': (state) => gone(state),
  'page.talks': (state, m) => ({ ...state, talks: { all: m.all, first: m.first, last: m.first && m.first !== 'mine' ? m.first : state.talks.last } }),
  'page.sound': (state, m) => ({ ...state, sound: m.sound }),
  'page.trial': (state, m) => ({ ...state, trial: m.trial }),
  'page.line': (state, m) => ({ ...state, summary: m.summary }),
}

/**
 * @param {State} state
 * @param {any} m
 */
const permitted = (state, m) => ({
  rights: m.rights ?? state.rights, audible: m.audible ?? state.audible, opens: m.open ?? false, publish: m.publish ?? state.publish, recording: m.recording ?? state.recording,
})

/** Where I stand in the media node's queue.
 * @param {State} state
 * @param {{ room: Place, what: 'publish' | 'receive' }} m
 * @param {Queued | null} place
 * @returns {State} */
const queueing = (state, m, place) =>
  state.waiting[m.room][m.what] === place ? state : { ...state, waiting: { ...state.waiting, [m.room]: { ...state.waiting[m.room], [m.what]: place } } }

/** Out of the corridor: nothing of it stays on the page.
 * @param {State} state
 * @returns {State} */
const gone = (state) => ({ ...state, ...outside(state) })

/** @param {State} state */
const outside = (state) => ({
  corridor: null, said: [], knocks: [], floors: state.floors && { ...state.floors, heard: null }, versions: { ...state.versions, corridor: 0 }, routes: { ...state.routes, corridor: NOBODY, floor: NOBODY },
})

/**
 * @param {State} state
 * @param {string} topic
 * @param {number} version
 * @param {any} held
 * @returns {State}
 */
function learn(state, topic, version, held) {
  const next = { ...state, versions: { ...state.versions, [topic]: version } }
  if (topic === 'corridor' && !held) return gone(next)
  if (topic === 'corridor') {
    const here = held.corridor === state.corridor?.corridor ? next : { ...gone(next), versions: next.versions } // of another one nothing stays
    return { ...here, corridor: held, knocks: (held.knocks ?? []).map((/** @type {any} */ k) => ({ corridor: held.corridor, ...k })) }
  }
  return Object.assign(next, { [topic]: held })
}

/** The help desk wrote; an offer is there once.
 * @param {State} state
 * @param {State['reached'][number]} word
 * @returns {State} */
const written = (state, word) => ({ ...state, reached: [...state.reached.filter((one) => one.call !== word.call && (!word.offer || one.offer !== word.offer)), word].slice(-3) })

let notices = 0
/**
 * @param {State} state
 * @param {string} code
 * @param {string} text
 * @param {Notice['tone']} tone
 * @returns {State}
 */
function notify(state, code, text, tone) {
  const others = state.notices.filter((notice) => notice.text !== text)
  return { ...state, notices: [...others, { id: ++notices, code, text, tone }].slice(-NOTICES) }
}

/* Questions */

/** @param {State} state
 * @param {string} right */
export const may = (state, right) => state.rights.includes(right)

/** Whether the state of the meeting accepts this act of a desk now; the server's word, nothing while it is not heard.
 * @param {State} state
 * @param {string} act */
export const accepts = (state, act) => !!state.desk?.accepts.includes(act)

/** The server's time in ms.
 * @param {State} state
 * @param {number} mono */
export const serverNow = (state, mono) => (state.clock === null ? Date.now() : state.clock + mono)

/** @param {State} state
 * @param {number | null | undefined} id
 * @returns {Person | undefined} */
export const person = (state, id) => (id === null || id === undefined ? undefined : state.directory.persons[id])

/** @param {State} state
 * @param {number | null | undefined} id
 * @returns {Delegation | undefined} */
export const delegation = (state, id) => (id === null || id === undefined ? undefined : state.directory.delegations[id])

/** The delegations this person sits for.
 * @param {State} state
 * @returns {number[]} */
export const mine = (state) => state.you?.delegations.map(({ id }) => id) ?? []

/** The delegation a seat is seen as: its person's first.
 * @param {State} state
 * @param {Seat | undefined} seat */
export const delegationOfSeat = (state, seat) => person(state, seat?.person)?.delegation ?? null

/** Whether this turn is my delegation's.
 * @param {State} state
 * @param {Turn | null | undefined} turn */
export const isMine = (state, turn) => !!turn && mine(state).includes(turn.delegation)

/** Whether I am the one who speaks in this turn: named, or nobody of my delegation is.
 * @param {State} state
 * @param {Turn | null | undefined} turn */
export const iSpeak = (state, turn) => isMine(state, turn) && (turn?.speaker === null || turn?.speaker === state.you?.person)

/** Whoever is heard now: the point of order while it is heard, else the speaker.
 * @param {State} state
 * @returns {Turn | null} */
export const voice = (state) => state.floor.order ?? state.floor.speaking

/** The meeting whose floor I hear from a corridor, on the corridors page.
 * @param {State} state */
export const overheard = (state) => state.floors?.on.find((one) => one.meeting === state.floors?.heard) ?? null

/** The one I would hear: as I chose, else as it is, else the first that no other page of mine plays.
 * @param {import('./protocol.js').FloorsState} floors
 * @param {number} chosen meeting, or 0
 * @returns {number | null} */
export function floorToHear({ on, heard }, chosen) {
  const found = on.find((one) => one.meeting === chosen) ?? on.find((one) => one.meeting === heard) ?? on.find((one) => !one.seated)
  return found?.meeting ?? null
}

/** My delegation's waiting turn of a register.
 * @param {State} state
 * @param {Register} register
 * @returns {Turn | undefined} */
export function myTurn(state, register) {
  const { list, orders, replies } = state.floor
  return { list, order: orders, reply: replies }[register].find((turn) => isMine(state, turn))
}

/** The seat that publishes for a turn: the named speaker's, else anyone's of the delegation, else the hall's.
 * @param {State} state
 * @param {Turn | null} turn
 * @returns {Seat | undefined} */
export function seatOf(state, turn) {
  if (!turn) return undefined
  const { seats } = state.people
  if (turn.mode === 'hall') return seats.find((seat) => seat.device === 'hall')
  const publishing = seats.filter((seat) => seat.device === 'media')
  return publishing.find((seat) => turn.speaker !== null && seat.person === turn.speaker) ?? publishing.find((seat) => person(state, seat.person)?.delegations.includes(turn.delegation))
}

/** A seat's source of a kind, when it is switched on.
 * @param {Seat | undefined} seat
 * @param {Kind} kind
 * @returns {string | undefined} */
export const sourceOf = (seat, kind) => seat?.sources.find((source) => source.endsWith(`:${kind}`))

/** Every seat that shares a screen: who has the floor first, then whoever presides, then as they sit.
 * @param {State} state */
export function screens(state) {
  const turn = voice(state)
  const leading = [turn && seatOf(state, turn)?.seat, ...state.people.seats.filter((seat) => seat.person !== null && seat.person === state.meeting?.presiding).map((seat) => seat.seat)]
  const rank = (/** @type {Seat} */ seat) => (leading.includes(seat.seat) ? leading.indexOf(seat.seat) : leading.length)
  return state.people.seats.filter((seat) => sourceOf(seat, 'screen')).sort((a, b) => rank(a) - rank(b))
}

/** The screen that is shown, if one is: the one I chose, else the first.
 * @param {State} state
 * @param {string} [chosen] seat key
 * @returns {{ seat: Seat, source: string } | null} */
export function screenShown(state, chosen) {
  const all = screens(state)
  const seat = all.find((seat) => seat.seat === chosen) ?? all[0]
  return seat ? { seat, source: /** @type {string} */ (sourceOf(seat, 'screen')) } : null
}

/** The item being taken.
 * @param {State} state
 * @returns {Item | undefined} */
export const currentItem = (state) => state.agenda.items.find((item) => item.id === state.meeting?.item)

/**
 * The seats in the order of the tiles: whoever presides, then protocol order, without screens and companions.
 * @param {State} state
 * @param {string} language
 * @returns {Seat[]}
 */
export function tiles(state, language) {
  const rank = (/** @type {Seat} */ seat) => {
    if (seat.person !== null && seat.person === state.meeting?.presiding) return -1
    const order = delegation(state, delegationOfSeat(state, seat))?.order
    return order?.[language] ?? order?.en ?? 1e6
  }
  const seats = state.people.seats.filter((seat) => seat.device === 'media' || seat.device === 'hall')
  return seats.map((seat) => /** @type {const} */ ([rank(seat), seat])).sort(([a], [b]) => a - b).map(([, seat]) => seat)
}

/** The vote that is open, if one is.
 * @param {State} state */
export const openVote = (state) => (state.votes.last?.state === 'open' ? state.votes.last : null)

/** The result of the item's last vote, until the chair goes on to another item.
 * @param {State} state */
export const voteResult = (state) => (state.votes.last?.state === 'closed' && state.votes.last.item === state.meeting?.item ? state.votes.last : null)

/** Those of my delegations that may vote in it.
 * @param {State} state
 * @param {import('./protocol.js').Vote} vote */
export const votingFor = (state, vote) => mine(state).filter((id) => vote.entitled.includes(id))

/** Whether the recorder gave up by itself: the disk was full, or something else was wrong with the server.
 * @param {import('./protocol.js').Recording} held */
export const gaveUp = (held) => held.state === 'stopped' && ['disk', 'slow', 'failed', 'no_folder'].includes(held.why)

/** Points of order that wait for the chair's ear.
 * @param {State} state */
export const ordersWaiting = (state) => state.floor.orders.filter((turn) => turn.id !== state.floor.order?.id)

/** Others' calls for help that nobody has answered yet; only officers know of any.
 * @param {State} state */
export const unanswered = (state) => (state.help?.calls ?? []).filter((call) => !call.answered_at && call.person !== state.you?.person)

/** Lines that came after the chat was last looked at.
 * @param {State} state */
export const unread = (state) => state.chat.lines.filter(({ line }) => line > state.read).length

/** How my microphone is processed: the hall's line never; for the floor as little as my device allows; else for many voices.
 * @param {State} state
 * @returns {import('./devices.js').Profile} */
export function soundProfile(state) {
  if (state.device === 'hall') return 'line'
  if (state.corridor) return 'discussion'
  const presides = !!state.you && state.meeting?.presiding === state.you.person
  return state.meeting?.speech === 'discussion' && !presides && !iSpeak(state, voice(state)) ? 'discussion' : 'floor'
}

/** Whether loudness says who is shown as talking: not at the rostrum, where the rules say who speaks.
 * @param {State} state */
export const isConversation = (state) => !!state.corridor || (!!state.meeting && (state.meeting.speech === 'discussion' || ['planned', 'closed'].includes(state.meeting.state)))

/** Whether a seat talks now, and whether it is the active speaker: by loudness, where there is a conversation.
 * @param {State} state
 * @param {Seat} seat
 * @returns {'' | 'talks' | 'first'} */
export function talking(state, seat) {
  if (!isConversation(state)) return ''
  const source = isMySeat(state, seat) ? 'mine' : `${seat.seat}:mic`
  return state.talks.first === source ? 'first' : state.talks.all.includes(source) ? 'talks' : ''
}

/** What I get of pictures where I am.
 * @param {State} state */
export const pictures = (state) => state.routes[state.corridor ? 'corridor' : 'meeting']

/** Whether I still hear and see though the line to the server is down.
 * @param {State} state */
export const goesOn = (state) => state.media[state.corridor ? 'corridor' : 'meeting'] === 'connected'

/** Where I stand while many connect at once, or null: to see and hear first, then to send.
 * @param {State} state
 * @returns {(Queued & { what: 'publish' | 'receive' }) | null} */
export function queued(state) {
  const { receive, publish } = state.waiting[state.corridor ? 'corridor' : 'meeting']
  if (state.link !== 'open') return null
  return receive ? { ...receive, what: 'receive' } : publish && { ...publish, what: 'publish' }
}

/** What can be said about my line: what the page itself notices first, else what the server judged.
 * @param {State} state
 * @returns {{ code: 'fine' | 'no-media' | 'reconnecting' | 'lost' | Exclude<import('./protocol.js').Verdict['what'], 'good'>, action: import('./protocol.js').Verdict['action'] }} */
export function lineState(state) {
  if (state.link === 'closed') return { code: 'lost', action: '' }
  if (state.link !== 'open') return { code: 'reconnecting', action: '' }
  if (state.media.meeting === 'reconnecting' || state.media.corridor === 'reconnecting') return { code: 'no-media', action: '' }
  const verdict = state.line
  return !verdict || verdict.what === 'good' ? { code: 'fine', action: '' } : { code: verdict.what, action: verdict.action }
}

/** Whether this seat is mine; in a corridor one has a seat of its own.
 * @param {State} state
 * @param {Seat} seat */
export const isMySeat = (state, seat) => seat.seat === state.seat || (seat.person === state.you?.person && !!state.corridor?.seats.some((one) => one === seat))

/** Whether this device may have a microphone and camera at all: not a companion, not a personal device in the hall.
 * @param {State} state */
export const publishes = (state) => state.device === 'hall' || (state.device === 'media' && may(state, 'publish') && (state.mode === 'remote' || talksInHall(state)))

/** In the hall, a device with headphones speaks and hears in corridors, and nowhere else.
 * @param {State} state */
export const talksInHall = (state) => state.headphones && !!state.corridor
