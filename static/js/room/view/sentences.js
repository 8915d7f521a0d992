/** What the room says in words. State answers with codes; here they become sentences an aide would say. */

import { html } from 'lit'
import * as names from '../names.js'
import { myState } from '../standing.js'
import { delegation, delegationOfSeat, gaveUp, person, queued, votingFor } from '../state.js'
import { advice, lineSentence } from './quality.js'
import { soundSaid } from './sound.js'

/** @typedef {import('../state.js').State} State */
/** @typedef {import('../state.js').Turn} Turn */
/** @typedef {import('../protocol.js').Person} Person */

const language = document.documentElement.lang || 'en'
const number = new Intl.NumberFormat(language)
const zoned = new Map()

/** The language of this page.
 * @returns {string} */
export const reading = () => language

/** Of a call for help that nobody sees yet. */
export const nobodyHelps = () => gettext('Nobody of the help desk is here just now.')

/** … and what to do until they come. */
export const meanwhile = () => gettext('They see your call as soon as they open this meeting. Meanwhile load this page again, try another device or another network, or telephone the secretariat.')

/** A figure in the reader's digits.
 * @param {number} n */
export const figure = (n) => number.format(n)

/** A wall clock at the host's place, "14:05".
 * @param {string | number | null | undefined} moment ISO 8601 or ms
 * @param {string} [zone] IANA
 * @param {boolean} [seconds] "14:05:09"
 */
export function hostTime(moment, zone, seconds = false) {
  if (!moment) return ''
  const kind = `${zone ?? ''}${seconds ? '+' : ''}`
  let format = zoned.get(kind)
  if (!format) {
    format = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: seconds ? '2-digit' : undefined, hourCycle: 'h23', timeZone: zone || undefined })
    zoned.set(kind, format)
  }
  return format.format(typeof moment === 'number' ? moment : Date.parse(moment))
}

/** Fills `%(name)s` in a translated text. What runs the other way than the page keeps its own direction (Unicode FSI … PDI): a
 * name turns neither the words around it nor, where it stands first, the sentence.
 * @param {string} text
 * @param {Record<string, unknown>} facts */
export const fill = (text, facts) => interpolate(text, Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' && turns(fact) ? `\u2068${fact}\u2069` : fact])), true)

/** Whether a text begins in the other direction than the page.
 * @param {string} text */
function turns(text) {
  const [letter] = /\p{L}/u.exec(text) ?? []
  return !!letter && /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(letter) !== (document.documentElement.dir === 'rtl')
}

/** A delegation's approved short name.
 * @param {State} state
 * @param {number | null | undefined} id */
export const delegationName = (state, id) => names.short(delegation(state, id)?.names, language)

/** A person's approved name.
 * @param {State} state
 * @param {number | null | undefined} id */
export const personName = (state, id) => names.short(person(state, id)?.names, language)

/** "H.E. Ms A. Rahal, Minister": who speaks and in what function.
 * @param {State} state
 * @param {number | null | undefined} id */
export function personLine(state, id) {
  const found = person(state, id)
  if (!found) return ''
  return [names.formal(found.names, language), names.text(found.title, language)].filter(Boolean).join(gettext(', '))
}

/** Whom a tile or a line names: the delegation, else the office of the meeting, else the person.
 * @param {State} state
 * @param {import('../state.js').Seat} seat */
export function plateName(state, seat) {
  if (seat.device === 'hall') return gettext('The hall')
  if (!state.corridor && seat.person !== null && seat.person === state.meeting?.presiding) return gettext('Chair')
  return delegationName(state, delegationOfSeat(state, seat)) || personName(state, seat.person)
}

/** Whose turn it is in words: "Kenya", or "Kenya, for the Group of 77 and China".
 * @param {State} state
 * @param {Turn} turn */
export function turnName(state, turn) {
  const name = delegationName(state, turn.delegation)
  return turn.on_behalf_of ? fill(gettext('%(name)s, on behalf of %(group)s'), { name, group: names.text(turn.on_behalf_of, reading()) }) : name
}

/** "About nine minutes."
 * @param {number | null | undefined} seconds */
export function about(seconds) {
  if (seconds === null || seconds === undefined) return ''
  const minutes = Math.round(seconds / 60)
  if (minutes < 1) return gettext('Less than a minute.')
  const small = [
    '', gettext('About one minute.'), gettext('About two minutes.'), gettext('About three minutes.'), gettext('About four minutes.'),
    gettext('About five minutes.'), gettext('About six minutes.'), gettext('About seven minutes.'), gettext('About eight minutes.'),
    gettext('About nine minutes.'), gettext('About ten minutes.'),
  ]
  return small[minutes] ?? fill(ngettext('About %(n)s minute.', 'About %(n)s minutes.', minutes), { n: figure(minutes) })
}

/** A short wait for a column: "9 min".
 * @param {number | null | undefined} seconds */
export function wait(seconds) {
  if (seconds === null || seconds === undefined) return ''
  return fill(gettext('%(n)s min'), { n: figure(Math.max(1, Math.round(seconds / 60))) })
}

/** @param {number} place from 1 */
function onTheList(place) {
  const small = [
    '', gettext('You are next on the list.'), gettext('You are second on the list.'), gettext('You are third on the list.'),
    gettext('You are fourth on the list.'), gettext('You are fifth on the list.'),
  ]
  return small[place] ?? fill(gettext('You are number %(place)s on the list.'), { place: figure(place) })
}

/**
 * My state in one sentence, always there.
 * @param {State} state
 * @param {number} now the server's time in ms
 */
export function mySentence(state, now) {
  const mine = myState(state, now)
  const zone = state.meeting?.zone
  const kept = gettext('Reconnecting. Your hand is kept.')
  /** @type {Record<string, () => string>} */
  const say = {
    connecting: () => gettext('Taking your seat.'),
    reconnecting: () => (mine.hand ? kept : gettext('Reconnecting. Your seat is kept.')),
    'closed.elsewhere': () => gettext('You opened this seat on another page. This one rests.'),
    'closed.over': () => gettext('The meeting is over.'),
    'closed.not-allowed': () => state.bye?.message || gettext('You are no longer admitted to this meeting.'),
    'closed.signed-out': () => gettext('You are signed out. Sign in again to come back.'),
    'closed.fault': () => gettext('This page and the server no longer understand each other. Load the page again.'),
    'closed.left': () => gettext('You left the meeting.'),
    corridor: () => gettext('Only the people in this corridor see and hear you.'),
    'corridor.words': () => gettext('On this device you read and write; speak on the one where your microphone is.'),
    planned: () => fill(gettext('The meeting is not yet open. It is planned for %(time)s at the host.'), { time: hostTime(state.meeting?.starts_at, zone) }),
    suspended: () => gettext('The meeting is suspended. Your place on the list is kept.'),
    'suspended.until': () => fill(gettext('The meeting is suspended until %(time)s. Your place on the list is kept.'), { time: hostTime(mine.until, zone) }),
    adjourned: () => gettext('The meeting is adjourned. The list is kept for the next one.'),
    closed: () => gettext('The meeting is closed.'),
    'floor.press': () => gettext('You have the floor. Press to speak.'),
    'floor.on': () => gettext('You have the floor. The room hears you.'),
    'floor.paused': () => gettext('You have the floor; the chair has paused your time.'),
    'order.press': () => gettext('The chair hears your point of order. Press to speak.'),
    'order.on': () => gettext('Your point of order is heard.'),
    colleague: () => gettext('Your delegation has the floor.'),
    interrupted: () => gettext('A point of order interrupts you. Your remaining time is kept.'),
    presiding: () => gettext('You are presiding. Your microphone is closed.'),
    'presiding.heard': () => gettext('You are presiding. The room hears you.'),
    'order.waiting': () => gettext('Your point of order is before the chair.'),
    'reply.waiting': () => gettext('Your right of reply is noted. It comes after the list.'),
    'list.next': () => `${gettext('You are next on the list.')} ${about(mine.seconds)}`.trim(),
    list: () => `${onTheList(mine.place ?? 0)} ${about(mine.seconds)}`.trim(),
    'recording.announced': () => `${gettext('The sound of the floor is about to be recorded.')} ${gettext('Please answer: agree, or only listen.')}`,
    'recording.running': () => gettext('The sound of the floor is being recorded.'),
    'recording.stopped': () => (state.meeting?.recording && gaveUp(state.meeting.recording) ? gettext('The recording has stopped. The meeting goes on.') : gettext('The recording has stopped.')),
    silenced: () => gettext('The chair has silenced the room.'),
    companion: () => gettext('Companion page: your camera and microphone stay on your other device.'),
    'companion.hall': () => gettext('You are in the hall: sound and picture stay off on this device.'),
    'hall.on': () => gettext('The hall is on the air.'),
    'hall.off': () => gettext('The hall listens. Its microphone is closed.'),
    listening: () => gettext('You are following the meeting.'),
    'listening.ask': () => gettext('You are following the meeting. You may ask for the floor.'),
    'listening.list-closed': () => `${gettext('You are following the meeting.')} ${gettext('The list of speakers is closed.')}`,
    heard: () => gettext('Your microphone is open. The room hears you.'),
    'may-speak': () => gettext('Discussion: you may open your microphone.'),
    'muted.ask': () => gettext('Muted by the rules until you are called. You may ask for the floor.'),
    'muted.list-closed': () => `${gettext('Muted by the rules.')} ${gettext('The list of speakers is closed.')}`,
    muted: () => gettext('Muted by the rules.'),
  }
  return { text: say[mine.code]?.() ?? '', tone: mine.tone ?? '', code: mine.code }
}

/** What of the server rests now.
 * @param {State} state */
export function restingSentence(state) {
  if (state.resting.includes('database')) return gettext('The server’s records do not answer: asking for the floor and writing wait until they do.')
  return state.resting.length ? gettext('News may reach you some seconds late.') : ''
}

/** Where I stand while many connect at once.
 * @param {State} state */
export function queueSentence(state) {
  const queue = queued(state)
  if (!queue) return ''
  const figures = { place: figure(queue.place), seconds: figure(queue.seconds) }
  if (queue.what === 'receive') return fill(gettext('Many people are joining: you are number %(place)s in line for sound and picture, about %(seconds)s s.'), figures)
  return fill(gettext('You see and hear the room. Your microphone and camera are number %(place)s in line, about %(seconds)s s.'), figures)
}

/**
 * A change said aloud (see `changes` in state.js).
 * @param {State} state
 * @param {import('../standing.js').Change} change
 */
export function changeSentence(state, change) {
  const name = change.turn ? turnName(state, change.turn) : delegationName(state, change.delegation)
  /** @type {Record<string, () => string>} */
  const say = {
    'floor.mine': () => (state.sending.mic ? gettext('You have the floor. Your microphone is open.') : gettext('You have the floor. Press to speak.')),
    'order.mine': () => gettext('The chair hears your point of order. Press to speak.'),
    'floor.given': () => fill(gettext('%(name)s has the floor.'), { name }),
    'order.given': () => fill(gettext('%(name)s raises a point of order.'), { name }),
    'floor.ended': () => fill(gettext('%(name)s has finished speaking.'), { name }),
    'floor.ended.mine': () => gettext('Your speech has ended. Your microphone is closed.'),
    'meeting.open': () => gettext('The meeting is open.'),
    'meeting.suspended': () => gettext('The meeting is suspended.'),
    'meeting.adjourned': () => gettext('The meeting is adjourned.'),
    'meeting.closed': () => gettext('The meeting is closed.'),
    item: () => itemTitle(change.item),
    queued: () => queueSentence(state),
    silenced: () => gettext('The chair has silenced the room.'),
    unsilenced: () => gettext('The room may be heard again.'),
    next: () => gettext('Your delegation is next.'),
    'vote.opened': () => votePut(state),
    'vote.received': () => fill(gettext('%(name)s: %(choice)s. Received by the secretariat.'), { name, choice: choiceWord(state.votes.last?.ballots[change.delegation ?? 0]) }),
    'vote.closed': () => (state.votes.last ? voteSentence(state.votes.last) : ''),
    'vote.withdrawn': () => gettext('The vote was withdrawn.'),
    'order.new': () => fill(gettext('%(name)s raises a point of order.'), { name }),
    recall: () => gettext('Everybody is called back to the meeting.'),
    knock: () => fill(gettext('%(name)s knocks.'), { name: personName(state, change.person) }),
    invite: () => fill(gettext('%(name)s asks for a word.'), { name: personName(state, change.person) }),
    'knock.answered': () => (state.knockAnswer ? knockAnswered(state.knockAnswer) : ''),
    'invite.answered': () => (state.inviteAnswer ? inviteAnswered(state, state.inviteAnswer) : ''),
    note: () => `${fill(gettext('%(name)s passes you a note.'), { name: personName(state, change.person) })} ${state.notes.at(-1)?.text}`,
    reached: () => `${gettext('The help desk writes:')} ${state.reached.at(-1)?.text || gettext('Please choose low data: pictures become small, and your voice comes through.')}`,
    line: () => `${lineSentence(state).text} ${advice(lineSentence(state).action)}`.trim(),
    sound: () => soundSaid(state),
    'line.good': () => gettext('Your line is good again.'),
  }
  return say[change.code]?.() ?? ''
}

/** What those inside say to my knock.
 * @param {NonNullable<State['knockAnswer']>} said */
export const knockAnswered = (said) => ({ come_in: gettext('You may come in.'), soon: gettext('In five minutes, they say.'), not_now: gettext('Not now, they say.') })[said.answer] ?? ''

/** What whom I asked for a word says.
 * @param {State} state
 * @param {NonNullable<State['inviteAnswer']>} said */
export function inviteAnswered(state, said) {
  const name = personName(state, said.person)
  return said.answer === 'soon' ? fill(gettext('%(name)s: in five minutes.'), { name }) : fill(gettext('%(name)s: not now.'), { name })
}

/** What a delegation votes, in words.
 * @param {import('../protocol.js').Choice | undefined} choice */
export const choiceWord = (choice) => ({ yes: gettext('In favour'), no: gettext('Against'), abstain: gettext('Abstaining') })[/** @type {string} */ (choice)] ?? ''

/** A vote that was opened: what is put to it, and whether my delegation is asked.
 * @param {State} state */
function votePut(state) {
  const vote = state.votes.last
  if (!vote) return ''
  const asked = votingFor(state, vote).map((id) => fill(gettext('%(name)s has not voted.'), { name: delegationName(state, id) }))
  return [`${gettext('A vote is open:')} ${voteText(vote)}`, ...asked].join(' ')
}

/** The text put to the vote, after the symbol of its paper.
 * @param {import('../protocol.js').Vote} vote */
export const voteText = (vote) => [vote.symbol, vote.text].filter(Boolean).join(gettext(': '))

/** The figures of a vote.
 * @param {import('../protocol.js').Tally} tally */
export const tallySentence = ({ yes, no, abstain, absent }) => fill(gettext('In favour %(yes)s, against %(no)s, abstaining %(abstain)s, not voting %(absent)s.'), { yes: figure(yes), no: figure(no), abstain: figure(abstain), absent: figure(absent) })

/** The result of a vote.
 * @param {import('../protocol.js').Vote} vote */
export const voteSentence = (vote) => `${vote.adopted ? gettext('Adopted.') : gettext('Not adopted.')} ${tallySentence(vote.tally)}`

/** A moment of the timer, spoken.
 * @param {number} seconds 60, 30 or 0 */
export function momentSentence(seconds) {
  if (seconds === 60) return gettext('One minute left.')
  return seconds === 30 ? gettext('Thirty seconds left.') : gettext('Time is over.')
}

/** "Item 3(b) Climate finance".
 * @param {import('../state.js').Item | undefined} item */
export function itemTitle(item) {
  if (!item) return gettext('No item yet')
  return fill(gettext('Item %(number)s %(title)s'), { number: item.number, title: names.text(item.titles, language) })
}

/** The meeting's state as a word.
 * @param {string | undefined} code */
export function meetingWord(code) {
  /** @type {Record<string, string>} */
  const words = {
    planned: gettext('Not yet open'), open: gettext('Open'), suspended: gettext('Suspended'),
    adjourned: gettext('Adjourned'), closed: gettext('Closed'),
  }
  return words[code ?? ''] ?? ''
}

/** Why a button of the floor rests.
 * @param {string | null} why see `asking` in state.js */
export function whyNot(why) {
  /** @type {Record<string, string>} */
  const say = {
    right: gettext('Your delegation has no right to this in this meeting.'),
    'not-open': gettext('The meeting is not open.'),
    'no-item': gettext('The chair has not taken an item yet. The list opens with it.'),
    'list-closed': gettext('The list of speakers is closed. A point of order or a reply is still possible.'),
    speaking: gettext('You have the floor.'),
    recording: gettext('The sound is being recorded: agree above to be heard.'),
    rules: gettext('Muted by the rules: your microphone opens when the chair gives you the floor.'),
    companion: gettext('This is your companion page; speak on your other device.'),
    hall: gettext('In the hall you speak through the hall’s microphones.'),
    'no-device': gettext('No microphone or camera was opened. Choose devices under More.'),
  }
  return say[why ?? ''] ?? ''
}

/** A name set apart from the text around it, whatever its script.
 * @param {string} text */
export const apart = (text) => html`<bdi>${text}</bdi>`
