/**
 * The conduct protocol: names, encode, decode and types. Twin of rooms/protocol.py; the text is rooms/PROTOCOL.md.
 * Imports nothing, touches no DOM. tests/contract holds one sample per message, read by both twins.
 */

/** @typedef {Record<string, { short?: string, formal?: string }>} Names {language: approved names} */
/** @typedef {Record<string, string>} Texts {language: text} */
/** @typedef {'waiting' | 'speaking' | 'ended' | 'withdrawn'} TurnState */
/**
 * @typedef {object} Turn
 * @property {number} id
 * @property {number} delegation
 * @property {'list' | 'order' | 'reply'} register
 * @property {'national' | 'group' | 'observer' | 'chair'} capacity
 * @property {string | Texts} on_behalf_of the group's approved name, or as it was typed
 * @property {number | null} speaker person
 * @property {'hall' | 'remote'} mode
 * @property {TurnState} state
 * @property {number} granted seconds; 0: not limited
 * @property {number} used_ms
 * @property {string | null} running_since null after `began_at`: paused
 * @property {string | null} began_at
 * @property {string} asked_at
 * @property {string} ruling
 */
/** @typedef {{ id: number, state: 'announced' | 'running' | 'stopped', since: string, why: string, gaps: number, days: number, open: boolean }} Recording why: it stopped; days: kept, 0 until the minutes are approved; open: participants may listen then */
/** @typedef {{ recording: number | null, yes: number[], no: number[] }} ConsentsState persons who agreed, and who only listen */
/**
 * @typedef {object} MeetingState
 * @property {number} id
 * @property {'planned' | 'open' | 'suspended' | 'adjourned' | 'closed'} state
 * @property {'open' | 'restricted' | 'closed'} openness
 * @property {'rostrum' | 'discussion'} speech
 * @property {'one' | 'several'} screens
 * @property {'off' | 'secretariat' | 'open'} chat
 * @property {boolean} silenced
 * @property {number | null} presiding
 * @property {number | null} item
 * @property {Texts} titles
 * @property {string | null} resumes_at
 * @property {string | null} opened_at
 * @property {string | null} closed_at
 * @property {boolean} recorded what is said goes on the record
 * @property {Recording | null} recording of sound
 * @property {string} zone
 * @property {string} starts_at
 */
/** @typedef {{ id: number, language: string, kind: string, size: number }} PaperFile */
/** @typedef {{ id: number, symbol: string, titles: Texts, files: PaperFile[] }} Paper */
/** @typedef {{ id: number, number: string, titles: Texts, depth: number, list_state: string, unheard: number, papers: Paper[] }} Item */
/** @typedef {{ items: Item[] }} AgendaState */
/**
 * @typedef {object} FloorState
 * @property {number | null} item
 * @property {'open' | 'closed'} list_state
 * @property {Turn | null} speaking
 * @property {Turn | null} order the point of order being heard
 * @property {Turn[]} orders
 * @property {Turn[]} replies
 * @property {Turn[]} list
 * @property {Turn[]} heard the last five
 * @property {Record<string, number>} forecast {turn: seconds until it may begin}
 */
/** @typedef {{ names: Names, delegation: number | null, delegations: number[], function: string, title: Texts, offices: string[] }} Person */
/** @typedef {{ code: string, category: string, names: Names, flag: string, order: Record<string, number>, credentials: string }} Delegation */
/** @typedef {{ names: Names, members: number[] }} Group members: delegations */
/** @typedef {{ persons: Record<string, Person>, delegations: Record<string, Delegation>, groups: Record<string, Group> }} DirectoryState groups by code */
/**
 * @typedef {object} Seat
 * @property {string} seat
 * @property {number | null} person null: a hall screen
 * @property {'media' | 'companion' | 'hall' | 'screen'} device
 * @property {'hall' | 'remote'} mode
 * @property {boolean} away
 * @property {boolean} audible the room may hear this seat now
 * @property {string[]} sources those switched on, `<seat>:<mic|camera|screen>`
 */
/**
 * @typedef {object} PeopleState
 * @property {Seat[]} seats
 * @property {Record<string, { hall: boolean, remote: boolean }>} present by delegation
 * @property {{ hall: number, remote: number, delegations: number }} counts of delegations
 */
/** @typedef {{ person: number, about: string, item: number | null, languages: string[], since: string }} OpenToTalk */
/** @typedef {{ corridor: string, topic: string, count: number, locked: boolean, table: number | null }} CorridorSign */
/** @typedef {{ open: OpenToTalk[], corridors: CorridorSign[], coffee: number, recall: string | null }} CorridorsState  coffee: how many wait for somebody; recall: when everyone is called back */
/** @typedef {{ open: boolean, about: string, item: number | null, languages: string[], quiet: boolean, coffee: boolean, blocked: number[] }} PresenceState mine alone */
/** @typedef {{ meeting: number, titles: Texts, turn: Turn | null, seated: boolean }} OnFloor  seated: another page of mine plays it already */
/** @typedef {{ on: OnFloor[], heard: number | null }} FloorsState  meetings whose floor I may hear from a corridor, and the one I do */
/** @typedef {{ knock: number, person: number, line: string, at: string }} Knock */
/** @typedef {Seat & { at: [number, number] }} CorridorSeat  at: where they stand, 0 to 100 from the start of the line and from the top */
/** @typedef {{ corridor: string, topic: string, locked: boolean, table: number | null, delegation: number | null, held_for: number[], persons: number[], seats: CorridorSeat[], knocks: Knock[] }} CorridorState */
/** @typedef {{ entry: number, kind: string, at: string, facts: Record<string, any> }} Act */
/** @typedef {{ undo: { entry: number, kind: string, until: string } | null, removed: { person: number, reason: string, at: string }[], accepts: string[], acts: Act[] }} DeskState */
/** @typedef {'yes' | 'no' | 'abstain'} Choice */
/** @typedef {{ yes: number, no: number, abstain: number, absent: number }} Tally absent: could vote and did not */
/** @typedef {{ id: number, item: number, text: string, symbol: string, majority: 'simple' | 'two_thirds', state: 'open' | 'closed', opened_at: string, closed_at: string | null, entitled: number[], ballots: Record<string, Choice>, tally: Tally, adopted: boolean | null }} Vote adopted: null while it is open */
/** @typedef {{ last: Vote | null }} VotesState the meeting's last vote that was not withdrawn */
/** @typedef {{ call: number, person: number, obstacle: string, text: string, at: string, answered_by: number | null, answered_at: string | null, reply: string }} HelpCall */
/** @typedef {{ calls: HelpCall[], screens: { link: number, made_at: string }[] }} HelpState */
/**
 * @typedef {object} Verdict how a line is; `whose`: as the person of the seat would say it
 * @property {'' | 'mine' | 'theirs' | 'server'} whose
 * @property {'good' | 'up' | 'down' | 'late' | 'uneven' | 'narrow' | 'busy' | 'speaker' | 'server' | 'blocked' | 'away'} what
 * @property {'' | 'camera' | 'cable' | 'low_data' | 'vpn' | 'programs' | 'network' | 'wait'} action
 */
/** @typedef {Verdict & { seat: string, weight: number, since: string, up: number, down: number, rtt: number | null, jitter: number, out: number, in: number, made_up: number, frozen: number }} Trouble up, down: per cent lost; made_up: per cent of the sound; frozen: ms of five seconds; weight: 1 to 3 */
/** @typedef {{ seat: string, grade: 'green' | 'amber' | 'red', why: 'good' | 'silent' | 'quiet' | 'clipped' | 'noisy' | 'narrow' | 'lost', bandwidth: number | null }} Sound */
/** @typedef {{ lines: Trouble[], sounds: Sound[] }} LinesState lines worst first, fine ones are not in it; sounds as far as they were graded */
/**
 * @typedef {object} DoorState what somebody in the lobby knows of the room
 * @property {string} state of the meeting
 * @property {{ code: string, message: string, next: string | null } | null} obstacle
 * @property {boolean} publishes one may send sound and picture here
 * @property {{ device: string, mode: string, since: string, here: boolean }[]} seated
 * @property {number} seats_free
 * @property {{ call: number, text: string, at: string, reply: string, answered_at: string | null, attended: boolean } | null} help my last call; attended: somebody who helps has a page open, or has answered
 */
/** @typedef {{ line: number, person: number, delegation: number | null, to_secretariat: boolean, text: string, at: string }} ChatLine */
/** @typedef {{ lines: ChatLine[] }} ChatState */
/** @typedef {{ id: number, code: string, names: Names, function: string, rights: string[] }} MyDelegation */
/** @typedef {{ person: number, names: Names, language: string, delegations: MyDelegation[], offices: string[], rights: string[] }} You */
/** @typedef {{ type: string, id?: string, [field: string]: any }} Message */

/**
 * What a page may send: the fields of each message, `?` where it may be left out.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const TO_SERVER = Object.freeze({
  hello: ['seat', 'resume?', 'known?'],
  pong: [],
  sync: [],
  'publish.offer': ['id', 'room', 'sdp'],
  'receive.open': ['id', 'room', 'video'],
  'receive.answer': ['id', 'room', 'sdp'],
  source: ['id', 'room', 'kind', 'on'],
  look: ['room', 'sources', 'heights?'],
  'line.seen': ['up_loss', 'up_jitter', 'down_loss', 'down_jitter', 'rtt', 'frozen', 'concealed', 'strained'],
  'sound.grade': ['grade', 'why', 'bandwidth?'],
  echo: ['id'],
  'picture.limit': ['id', 'most'],
  'microphone.consent': ['id', 'open'],
  'hand.raise': ['id', 'register?', 'capacity?', 'on_behalf_of?', 'delegation?'],
  'hand.lower': ['id', 'turn'],
  'floor.give': ['id', 'turn'],
  'floor.give_next': ['id', 'expect'],
  'floor.pause': ['id', 'turn'],
  'floor.resume': ['id', 'turn'],
  'floor.end': ['id', 'turn'],
  'floor.extend': ['id', 'turn', 'seconds'],
  'floor.rule': ['id', 'turn', 'ruling'],
  'floor.move': ['id', 'turn', 'before?', 'reason?'],
  'floor.speaker': ['id', 'turn', 'person'],
  'list.close': ['id', 'item'],
  'list.open': ['id', 'item'],
  'hall.present': ['id', 'delegation', 'present'],
  'hall.raise': ['id', 'delegation', 'register?', 'capacity?', 'on_behalf_of?', 'person?'],
  'meeting.open': ['id'],
  'meeting.resume': ['id'],
  'meeting.suspend': ['id', 'until?'],
  'meeting.adjourn': ['id'],
  'meeting.close': ['id', 'unheard'],
  'meeting.speech': ['id', 'speech'],
  'meeting.chat': ['id', 'chat'],
  'meeting.screens': ['id', 'screens'],
  'meeting.openness': ['id', 'openness'],
  'meeting.silence': ['id', 'on'],
  'meeting.preside': ['id', 'person'],
  'item.take': ['id', 'item'],
  'decision.gavel': ['id', 'text', 'symbol?', 'item?'],
  'vote.open': ['id', 'text', 'symbol?', 'majority?'],
  'vote.cast': ['id', 'vote', 'choice', 'delegation?'],
  'vote.close': ['id', 'vote'],
  'vote.withdraw': ['id', 'vote', 'reason'],
  'act.undo': ['id', 'entry'],
  'act.correct': ['id', 'entry', 'reason', 'text?'],
  'person.remove': ['id', 'person', 'reason'],
  'person.readmit': ['id', 'person'],
  'person.mute': ['id', 'person'],
  'person.unshare': ['id', 'person'],
  'recording.announce': ['id'],
  'recording.stop': ['id'],
  'recording.shown': ['recording'],
  'recording.acknowledge': ['id', 'recording', 'consents'],
  'chat.say': ['id', 'text', 'to?'],
  'help.call': ['id', 'obstacle?', 'text?'],
  'help.answer': ['id', 'call', 'reply'],
  'help.reach': ['id', 'person', 'text?', 'offer?'],
  'screen.link': ['id'],
  'screen.revoke': ['id', 'link'],
  'check.open': ['id'],
  'check.publish': ['id', 'sdp'],
  'check.receive': ['id'],
  'check.answer': ['id', 'sdp'],
  'check.close': ['id'],
  'corridor.presence': ['id', 'on', 'about?', 'item?', 'languages?', 'quiet?'],
  'corridor.coffee': ['id', 'on'],
  'corridor.open': ['id', 'topic?'],
  'corridor.knock': ['id', 'corridor', 'line?'],
  'corridor.answer': ['id', 'knock', 'answer'],
  'corridor.invite': ['id', 'person', 'line?'],
  'corridor.accept': ['id', 'invite', 'answer'],
  'corridor.seek': ['id', 'delegation', 'line?'],
  'corridor.withdraw': ['id', 'invite'],
  'corridor.sit': ['id', 'table'],
  'corridor.move': ['x', 'y'],
  'corridor.headphones': ['id', 'on'],
  'corridor.floor': ['id', 'meeting'],
  'corridor.meet': ['id', 'bilateral'],
  'corridor.own': ['id', 'delegation'],
  'corridor.recall': ['id', 'seconds'],
  'corridor.rostrum': ['id', 'text'],
  'corridor.enter': ['id', 'corridor'],
  'corridor.lock': ['id', 'on'],
  'corridor.leave': ['id'],
  'corridor.say': ['id', 'text'],
  'note.pass': ['id', 'person', 'text'],
  'corridor.block': ['id', 'person', 'on'],
  'corridor.report': ['id', 'person', 'text'],
  sealed: ['id', 'opaque'],
})

/**
 * What the server says: the fields of each message. `done` may carry more.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const FROM_SERVER = Object.freeze({
  welcome: ['you', 'meeting', 'topics', 'rights', 'audible', 'open', 'publish', 'recording', 'clock', 'ice', 'epoch', 'seat', 'suite', 'corridor'],
  state: ['topic', 'version', 'state'],
  rights: ['rights', 'audible', 'open', 'publish', 'recording'],
  'microphone.close': [],
  'sharing.close': [],
  route: ['room', 'slots', 'rests', 'pictures', 'by', 'layers', 'epoch'],
  epoch: ['room', 'epoch', 'after'],
  resting: ['parts'],
  waiting: ['room', 'what', 'place', 'seconds'],
  line: ['loss', 'rtt', 'kbps', 'verdict'],
  done: ['re'],
  refused: ['re', 'code', 'message'],
  notice: ['code', 'text'],
  'help.reached': ['call', 'text', 'offer'],
  ping: ['versions', 'clock'],
  ice: ['ice'],
  bye: ['code', 'message', 'next'],
  knock: ['knock', 'corridor', 'person', 'line'],
  'knock.answered': ['corridor', 'answer'],
  invite: ['invite', 'person', 'line'],
  'invite.answered': ['invite', 'person', 'answer', 'corridor'],
  'invite.over': ['invite'],
  'corridor.said': ['person', 'text', 'at'],
  'note.passed': ['person', 'text', 'at'],
  'corridor.moved': ['seat', 'x', 'y'],
  bilaterals: ['agreed'],
  'corridor.closed': ['code', 'text'],
  'chat.said': ['line'],
})

/** Why a socket was closed. */
export const Close = Object.freeze({
  PROTOCOL: 4400,
  SIGN_IN: 4401,
  NOT_ALLOWED: 4403,
  NO_SEAT: 4404,
  NO_HELLO: 4408,
  ELSEWHERE: 4409,
  OVER: 4410,
  OUR_FAULT: 1011,
  TOO_SLOW: 1013,
})

/**
 * One message as text. Throws when the page forgot a field or made one up: its own fault, found while it is written.
 * @param {string} type
 * @param {Record<string, unknown>} [fields]
 */
export function encode(type, fields = {}) {
  if (!Object.hasOwn(TO_SERVER, type)) throw new TypeError(`no message ${type}`)
  const shape = TO_SERVER[type]
  for (const name of shape) {
    if (!name.endsWith('?') && fields[name] === undefined) throw new TypeError(`${type}: ${name} is missing`)
  }
  for (const name of Object.keys(fields)) {
    if (!shape.includes(name) && !shape.includes(`${name}?`)) throw new TypeError(`${type}: ${name} is unknown`)
  }
  return JSON.stringify({ type, ...fields })
}

/**
 * What the server said, or null for what this page does not know (a newer server may say more).
 * @param {unknown} text
 * @returns {Message | null}
 */
export function decode(text) {
  if (typeof text !== 'string') return null
  let message
  try {
    message = JSON.parse(text)
  } catch {
    return null
  }
  if (!Object.hasOwn(FROM_SERVER, message?.type ?? '')) return null
  return FROM_SERVER[message.type].every((name) => name in message) ? message : null
}
