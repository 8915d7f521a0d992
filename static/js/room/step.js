/** The chair's next step, from the state alone. Pure: codes and figures; view/desk.js says the sentences. */

import { currentItem, openVote, ordersWaiting } from './state.js'

/** @typedef {import('./state.js').State} State */
/** @typedef {import('./state.js').Turn} Turn */
/** @typedef {import('./state.js').Item} Item */
/**
 * @typedef {object} Step
 * @property {'open' | 'resume' | 'over' | 'rule' | 'hear' | 'take' | 'resume-speech' | 'give' | 'thank-give' | 'end' | 'reply' | 'thank-reply' | 'close-list' | 'decide' | 'close' | 'close-vote'} code
 * @property {Turn} [turn] whom the step is about
 * @property {Turn} [before] who speaks until then
 * @property {Item} [item]
 * @property {import('./protocol.js').Vote} [vote]
 */

/**
 * What the chair does next, and only one thing.
 * @param {State} state
 * @returns {Step | null}
 */
export function nextStep(state) {
  const { floor, meeting } = state
  if (!meeting) return null
  if (meeting.state === 'planned') return { code: 'open' }
  if (meeting.state === 'suspended' || meeting.state === 'adjourned') return { code: 'resume' }
  if (meeting.state !== 'open') return { code: 'over' }
  if (floor.order) return { code: 'rule', turn: floor.order }
  const [order] = ordersWaiting(state)
  if (order) return { code: 'hear', turn: order, before: floor.speaking ?? undefined }
  const vote = openVote(state)
  if (vote) return { code: 'close-vote', vote }
  const { speaking } = floor
  if (speaking && !speaking.running_since) return { code: 'resume-speech', turn: speaking }
  const [next] = floor.list
  if (next) return { code: speaking ? 'thank-give' : 'give', turn: next, before: speaking ?? undefined }
  const [reply] = floor.replies
  if (reply && floor.list_state === 'closed') return { code: speaking ? 'thank-reply' : 'reply', turn: reply, before: speaking ?? undefined }
  if (speaking) return { code: 'end', turn: speaking }
  return itemStep(state)
}

/**
 * Nobody speaks and nobody waits: close the list, decide, go on, close.
 * @param {State} state
 * @returns {Step}
 */
function itemStep(state) {
  const item = currentItem(state)
  const following = after(state, item)
  if (!item) return following ? { code: 'take', item: following } : { code: 'close' }
  if (state.floor.list_state === 'open') return { code: 'close-list', item }
  if (!decided(state, item)) return { code: 'decide', item }
  return following ? { code: 'take', item: following } : { code: 'close' }
}

/** The item that follows; the first while none is taken.
 * @param {State} state
 * @param {Item | undefined} item
 * @returns {Item | undefined} */
export function after(state, item) {
  const { items } = state.agenda
  return item ? items[items.indexOf(item) + 1] : items[0]
}

/** Whether something was decided on this item among the last acts.
 * @param {State} state
 * @param {Item} item */
export function decided(state, item) {
  return (state.desk?.acts ?? []).some(({ kind, facts }) => (kind === 'decision.taken' || kind === 'vote.closed') && !facts.undone && facts.item?.number === item.number)
}

/** Delegations whose hands are up on the items of this meeting: what closing it would leave unheard.
 * @param {State} state */
export const unheard = (state) => state.agenda.items.reduce((sum, item) => sum + item.unheard, 0)

/** The point of order a ruling is written on: only the one it was begun for, whoever ruled meanwhile.
 * @param {State} state
 * @param {number | undefined} begun id of its turn */
export const underRuling = (state, begun) => (state.floor.order?.id === begun ? state.floor.order : null)

/**
 * A wall clock at a place, "15:10", as the next such moment in UTC.
 * @param {string} wall
 * @param {string} zone IANA
 * @param {number} now the server's time in ms
 * @returns {string | null} ISO 8601, or null for what is no time
 */
export function wallToUtc(wall, zone, now) {
  const found = /^(\d{1,2}):(\d{2})$/.exec(wall)
  if (!found) return null
  const parts = (/** @type {number} */ at) => Object.fromEntries(new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { year, month, day } = parts(now)
  const ahead = (/** @type {number} */ at) => {
    const there = parts(at)
    return Date.UTC(there.year, there.month - 1, there.day, there.hour, there.minute) - at
  }
  const on = (/** @type {number} */ date) => {
    const wanted = Date.UTC(year, month - 1, date, Number(found[1]), Number(found[2]))
    return wanted - ahead(wanted - ahead(wanted)) // as far ahead as clocks are at that hour, also where they change in that night
  }
  const today = on(day)
  return new Date(today > now ? today : on(day + 1)).toISOString()
}
