/** The sentences of the desk: what the chair says next, and what was done. */

import * as names from '../names.js'
import { delegationName, fill, reading, turnName } from './sentences.js'

/** @typedef {import('../state.js').State} State */
/** @typedef {import('../state.js').Turn} Turn */
/** @typedef {{ say: string, button: string, wish: string, fields: Record<string, unknown>, dialog?: string }} Words */

/**
 * The sentence to say and the button that does it.
 * @param {State} state
 * @param {import('../step.js').Step} step
 * @returns {Words}
 */
export function stepSentence(state, step) {
  const next = step.turn ? turnName(state, step.turn) : ''
  const before = step.before ? delegationName(state, step.before.delegation) : ''
  const give = fill(gettext('Give the floor to %(name)s'), { name: step.turn ? delegationName(state, step.turn.delegation) : '' })
  const title = names.text(state.meeting?.titles, reading())
  /** @type {Record<string, () => Words>} */
  const words = {
    open: () => ({ say: fill(gettext('“I declare open the %(title)s.”'), { title }), button: gettext('Open the meeting'), wish: 'meeting.open', fields: {} }),
    resume: () => ({ say: gettext('“The meeting is resumed.”'), button: gettext('Resume the meeting'), wish: 'meeting.resume', fields: {} }),
    over: () => ({ say: gettext('The meeting is closed. The minutes are being archived.'), button: '', wish: '', fields: {} }),
    hear: () => ({ say: fill(gettext('“I give the floor to %(name)s on a point of order.”'), { name: next }), button: fill(gettext('Hear the point of order of %(name)s'), { name: next }), wish: 'floor.give', fields: { turn: step.turn?.id } }),
    rule: () => ({ say: fill(gettext('“%(name)s has raised a point of order. I rule as follows …”'), { name: next }), button: gettext('Rule on the point of order'), wish: 'floor.rule', fields: {}, dialog: 'rule' }),
    take: () => ({ say: fill(gettext('“We now turn to agenda item %(number)s, %(title)s.”'), { number: step.item?.number, title: names.text(step.item?.titles, reading()) }), button: fill(gettext('Take item %(number)s'), { number: step.item?.number }), wish: 'item.take', fields: { item: step.item?.id } }),
    'resume-speech': () => ({ say: fill(gettext('“I invite the representative of %(name)s to continue.”'), { name: next }), button: fill(gettext('Let %(name)s continue'), { name: next }), wish: 'floor.resume', fields: { turn: step.turn?.id } }),
    give: () => ({ say: fill(gettext('“I give the floor to the distinguished representative of %(name)s.”'), { name: next }), button: give, wish: 'floor.give_next', fields: { expect: step.turn?.id } }),
    'thank-give': () => ({ say: fill(gettext('“I thank the distinguished representative of %(before)s. I now give the floor to the distinguished representative of %(name)s.”'), { before, name: next }), button: give, wish: 'floor.give_next', fields: { expect: step.turn?.id } }),
    reply: () => ({ say: fill(gettext('“I give the floor to %(name)s, which has asked to speak in exercise of its right of reply.”'), { name: next }), button: give, wish: 'floor.give', fields: { turn: step.turn?.id } }),
    'thank-reply': () => ({ say: fill(gettext('“I thank the distinguished representative of %(before)s. I give the floor to %(name)s in exercise of its right of reply.”'), { before, name: next }), button: give, wish: 'floor.give', fields: { turn: step.turn?.id } }),
    end: () => ({ say: fill(gettext('“I thank the distinguished representative of %(name)s.”'), { name: next }), button: gettext('End the speech'), wish: 'floor.end', fields: { turn: step.turn?.id } }),
    'close-list': () => ({ say: gettext('“Does any other delegation wish to take the floor? I see none. The list of speakers is closed.”'), button: gettext('Close the list'), wish: 'list.close', fields: { item: step.item?.id } }),
    decide: () => ({ say: gettext('“May I take it that the meeting agrees? I hear no objection. It is so decided.”'), button: gettext('It was so decided'), wish: 'decision.gavel', fields: {}, dialog: 'decide' }),
    'close-vote': () => ({ say: gettext('“Have all delegations voted? The voting is closed.”'), button: gettext('Close the vote'), wish: 'vote.close', fields: { vote: step.vote?.id } }),
    close: () => ({ say: gettext('“There is no further business. The meeting is closed.”'), button: gettext('Close the meeting'), wish: 'meeting.close', fields: {}, dialog: 'close' }),
  }
  return words[step.code]()
}

/** In which capacity a delegation stands on the list, when it is not its own.
 * @param {Turn} turn */
export function capacityWord(turn) {
  if (turn.on_behalf_of) return fill(gettext('on behalf of %(group)s'), { group: names.text(turn.on_behalf_of, reading()) })
  return turn.capacity === 'observer' ? gettext('observer') : ''
}

/** An act of the desk, in the past.
 * @param {import('../protocol.js').Act} act */
export function actSentence(act) {
  const { facts } = act
  const name = names.short(facts.delegation?.names, reading())
  const item = facts.item ? fill(gettext('Item %(number)s %(title)s'), { number: facts.item.number, title: names.text(facts.item.titles, reading()) }) : ''
  const who = names.short((facts.person ?? facts.to)?.names, reading())
  const about = name ? gettext(': ') + name : ''
  /** @type {Record<string, string>} */
  const said = {
    'meeting.opened': gettext('Meeting opened'), 'meeting.suspended': gettext('Meeting suspended'), 'meeting.resumed': gettext('Meeting resumed'),
    'meeting.adjourned': gettext('Meeting adjourned'), 'meeting.closed': gettext('Meeting closed'), 'meeting.reopened': gettext('Meeting open again'),
    'meeting.speech_set': gettext('Way of speaking changed'), 'meeting.chat_set': gettext('Chat changed'), 'meeting.screens_set': gettext('Shared screens changed'), 'meeting.openness_set': gettext('Doors changed'),
    'meeting.silenced': gettext('Room silenced'), 'meeting.unsilenced': gettext('Room may speak again'),
    'presiding.changed': who ? fill(gettext('%(name)s presides'), { name: who }) : gettext('Presiding officer changed'), 'item.taken': item || gettext('Item taken'),
    'list.opened': gettext('List opened'), 'list.closed': gettext('List closed'), 'list.reordered': gettext('List reordered'),
    'hand.raised': gettext('Put on the list') + about, 'hand.lowered': gettext('Taken off the list') + about,
    'floor.given': gettext('Floor given') + about, 'floor.paused': gettext('Speech paused') + about, 'floor.resumed': gettext('Speech resumed') + about,
    'floor.extended': gettext('Time extended') + about, 'floor.ended': gettext('Speech ended') + about,
    'order.raised': gettext('Point of order raised') + about, 'order.heard': gettext('Point of order heard') + about, 'order.ruled': gettext('Ruling given') + about,
    'decision.taken': gettext('It was so decided'), 'attendance.arrived': gettext('Marked present') + about, 'attendance.left': gettext('Marked absent') + about,
    'vote.opened': gettext('Vote opened'), 'vote.closed': gettext('Vote closed'), 'vote.withdrawn': gettext('Vote withdrawn'),
    'person.removed': who ? fill(gettext('Asked to leave: %(name)s'), { name: who }) : gettext('A person was asked to leave'), 'person.readmitted': gettext('A person was let in again'),
    'recording.announced': gettext('Recording announced'), 'recording.stopped': gettext('Recording stopped'),
    'act.corrected': gettext('Correction entered'), 'act.undone': gettext('Act undone'),
  }
  return said[act.kind] ?? act.kind
}
