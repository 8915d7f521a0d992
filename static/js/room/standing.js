/**
 * Where I stand: my state, what I may ask for, and what changed that I must hear. Pure, like state.js: codes and figures.
 */

import { currentItem, isMine, iSpeak, may, myTurn, openVote, ordersWaiting, publishes, queued, voice, votingFor } from './state.js'
import { secondsLeft } from './timer.js'

/** @typedef {import('./state.js').State} State */
/** @typedef {import('./state.js').Register} Register */
/** @typedef {import('./protocol.js').Turn} Turn */
/** @typedef {import('./protocol.js').MeetingState} Meeting */
/** @typedef {import('./protocol.js').Item} Item */
/** @typedef {{ code: string, urgent?: boolean, delegation?: number, turn?: Turn, item?: Item, person?: number }} Change */

/**
 * My state, as data for one sentence. The first that holds.
 * @param {State} state
 * @param {number} now the server's time in ms
 * @returns {{ code: string, tone?: string, place?: number, seconds?: number | null, hand?: boolean, until?: string | null }}
 */
export function myState(state, now) {
  const { floor, meeting, you } = state
  const waiting = myTurn(state, 'list')
  if (state.link === 'closed') return { code: `closed.${state.closed?.state ?? 'over'}`, tone: 'lost' }
  if (state.link !== 'open') return { code: state.meeting ? 'reconnecting' : 'connecting', tone: 'lost', hand: !!(waiting ?? myTurn(state, 'order')) }
  if (!meeting && state.corridor) return inCorridor(state)
  if (!meeting || !you) return { code: 'connecting' }
  const resting = restOf(meeting)
  if (resting) return resting
  const held = voice(state)
  if (held && iSpeak(state, held) && publishes(state)) return speaking(state, held, now)
  if (isMine(state, held)) return { code: 'colleague', tone: 'floor' }
  if (isMine(state, floor.speaking)) return { code: 'interrupted', tone: 'floor' }
  if (meeting.presiding === you.person) return { code: state.sending.mic ? 'presiding.heard' : 'presiding', tone: state.sending.mic ? 'heard' : undefined }
  if (myTurn(state, 'order')) return { code: 'order.waiting' }
  if (waiting) return inList(state, waiting)
  if (myTurn(state, 'reply')) return { code: 'reply.waiting' }
  if (state.corridor) return inCorridor(state)
  if (meeting.silenced) return { code: 'silenced' }
  if (state.device === 'companion') return { code: state.mode === 'hall' ? 'companion.hall' : 'companion' }
  if (state.device === 'media' && state.mode === 'hall') return { code: 'companion.hall' }
  if (state.device === 'hall') return { code: state.sending.mic ? 'hall.on' : 'hall.off' }
  const asks = asking(state, 'list').why
  const can = asks === null ? '.ask' : asks === 'list-closed' ? '.list-closed' : ''
  if (!may(state, 'publish')) return { code: `listening${can}` }
  if (state.audible) return state.sending.mic ? { code: 'heard', tone: 'heard' } : { code: 'may-speak' }
  return { code: `muted${can}` }
}

/** Who hears me there, whatever the rules of the meeting say. @param {State} state */
function inCorridor(state) {
  return { code: publishes(state) ? 'corridor' : state.mode === 'hall' ? 'companion.hall' : 'corridor.words' }
}

/** @param {Meeting} meeting */
function restOf(meeting) {
  if (meeting.state === 'planned') return { code: 'planned' }
  if (meeting.state === 'suspended') return { code: meeting.resumes_at ? 'suspended.until' : 'suspended', until: meeting.resumes_at }
  if (meeting.state === 'adjourned' || meeting.state === 'closed') return { code: meeting.state }
  return null
}

/**
 * @param {State} state
 * @param {Turn} turn
 * @param {number} now
 */
function speaking(state, turn, now) {
  const order = turn.register === 'order'
  if (!turn.running_since) return { code: 'floor.paused', tone: 'floor', seconds: secondsLeft(turn, now) }
  if (state.sending.mic) return { code: order ? 'order.on' : 'floor.on', tone: 'floor', seconds: secondsLeft(turn, now) }
  return { code: order ? 'order.press' : 'floor.press', tone: 'floor' }
}

/**
 * @param {State} state
 * @param {Turn} turn
 */
function inList(state, turn) {
  const place = state.floor.list.findIndex((other) => other.id === turn.id) + 1
  return { code: place === 1 ? 'list.next' : 'list', place, seconds: state.floor.forecast[turn.id] ?? null }
}

/**
 * What the buttons of the floor offer: `can` false with the reason why, `turn` when the hand is up.
 * @param {State} state
 * @param {Register} register
 * @returns {{ can: boolean, why: string | null, turn: Turn | undefined }}
 */
export function asking(state, register) {
  const turn = myTurn(state, register)
  const right = { list: 'ask', order: 'point_of_order', reply: 'reply' }[register]
  if (turn) return { can: true, why: null, turn }
  if (!may(state, right)) return { can: false, why: 'right', turn }
  if (state.meeting?.state !== 'open') return { can: false, why: 'not-open', turn }
  if (register === 'list' && !state.floor.item) return { can: false, why: 'no-item', turn }
  if (register === 'list' && state.floor.list_state === 'closed') return { can: false, why: 'list-closed', turn }
  const held = voice(state)
  if (register !== 'reply' && held?.register === register && isMine(state, held)) return { can: false, why: 'speaking', turn }
  return { can: true, why: null, turn }
}

/**
 * What changed that a person who does not look must hear. Codes with figures; politely unless `urgent`.
 * @param {State} before
 * @param {State} after
 * @returns {Change[]}
 */
export function changes(before, after) {
  const queue = queued(after) && !queued(before) ? [{ code: 'queued' }] : []
  return [...queue, ...doorbells(before, after), ...ofMyLine(before, after), ...(before.meeting && after.meeting ? inMeeting(before, after, before.meeting, after.meeting) : [])]
}

/**
 * My line became bad, or good again: once, for the server says so only when it is sure. Or my sound did.
 * @param {State} before
 * @param {State} after
 * @returns {Change[]}
 */
function ofMyLine(before, after) {
  const [was, is] = [before.line, after.line]
  /** @type {Change[]} */
  const sound = after.sound && after.sound.why !== before.sound?.why && (after.sound.grade !== 'green' || before.trial === 'on') ? [{ code: 'sound' }] : []
  if (!is || is.what === (was?.what ?? 'good')) return sound
  return [{ code: is.what === 'good' ? 'line.good' : 'line' }, ...sound]
}

/**
 * Somebody at the door of a corridor, with a word to me, answering my knock or my word, passing me a note, or writing from
 * the help desk.
 * @param {State} before
 * @param {State} after
 * @returns {Change[]}
 */
function doorbells(before, after) {
  const knock = after.knocks.find((one) => !before.knocks.some((known) => known.knock === one.knock))
  const invite = after.invites.find((one) => !before.invites.some((known) => known.invite === one.invite))
  const recall = after.corridors?.recall && after.corridors.recall !== before.corridors?.recall
  const word = after.reached.find((one) => !before.reached.some((known) => known.call === one.call))
  const note = after.notes.find((one) => !before.notes.includes(one))
  const [knocked, asked] = [after.knockAnswer !== before.knockAnswer && after.knockAnswer, after.inviteAnswer !== before.inviteAnswer && after.inviteAnswer]
  return [...(knocked ? [{ code: 'knock.answered' }] : []), ...(asked ? [{ code: 'invite.answered' }] : []), ...(word ? [{ code: 'reached' }] : []), ...(note ? [{ code: 'note', person: note.person }] : []), ...(recall ? [{ code: 'recall', urgent: !!after.corridor }] : []), ...(knock ? [{ code: 'knock', person: knock.person }] : []), ...(invite ? [{ code: 'invite', person: invite.person }] : [])]
}

/**
 * @param {State} before
 * @param {State} after
 * @param {Meeting} met
 * @param {Meeting} meets
 * @returns {Change[]}
 */
function inMeeting(before, after, met, meets) {
  /** @type {Change[]} */
  const said = []
  const [was, is] = [voice(before), voice(after)]
  if (is && is.id !== was?.id) {
    if (iSpeak(after, is)) said.push({ code: is.register === 'order' ? 'order.mine' : 'floor.mine', urgent: true })
    else said.push({ code: is.register === 'order' ? 'order.given' : 'floor.given', delegation: is.delegation, turn: is })
  } else if (was && !is) said.push({ code: iSpeak(before, was) ? 'floor.ended.mine' : 'floor.ended', delegation: was.delegation })
  if (met.state !== meets.state) said.push({ code: `meeting.${meets.state}` })
  if (met.item !== meets.item && currentItem(after)) said.push({ code: 'item', item: currentItem(after) })
  const [heldThen, held] = [met.recording, meets.recording]
  if (held && (held.id !== heldThen?.id || held.state !== heldThen.state)) said.push({ code: `recording.${held.state}`, urgent: true })
  if (met.silenced !== meets.silenced) said.push({ code: meets.silenced ? 'silenced' : 'unsilenced' })
  const [wasIn, isIn] = [myTurn(before, 'list'), myTurn(after, 'list')]
  if (isIn && after.floor.list[0]?.id === isIn.id && (!wasIn || before.floor.list[0]?.id !== isIn.id)) said.push({ code: 'next', urgent: true })
  said.push(...ofTheVote(before, after))
  const order = may(after, 'run_floor') && ordersWaiting(after).find((turn) => !before.floor.orders.some((known) => known.id === turn.id))
  if (order) said.push({ code: 'order.new', urgent: true, delegation: order.delegation, turn: order })
  return said
}

/**
 * A vote was opened, closed or withdrawn; my delegation's word was received, or somebody else of it changed it.
 * @param {State} before
 * @param {State} after
 * @returns {Change[]}
 */
function ofTheVote(before, after) {
  const [was, is] = [openVote(before), openVote(after)]
  const last = after.votes.last
  if (is && is.id !== was?.id) return [{ code: 'vote.opened', urgent: true }]
  if (was && !is) return [{ code: last?.id === was.id ? 'vote.closed' : 'vote.withdrawn', urgent: true }]
  const mine = is && was ? votingFor(after, is).find((id) => is.ballots[id] && is.ballots[id] !== was.ballots[id]) : undefined
  return mine === undefined ? [] : [{ code: 'vote.received', delegation: mine }]
}
