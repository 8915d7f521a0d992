/** A recorded vote: asked of my delegation, run from the desk, its result with every name. */

import { html, nothing } from 'lit'
import { flag, icon } from '../../marks.js'
import { accepts, delegation, may, openVote, voteResult, votingFor } from '../state.js'
import { apart, choiceWord, delegationName, figure, fill, hostTime, reading, tallySentence, voteText } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../protocol.js').Vote} Vote */
/** @typedef {import('../protocol.js').Choice} Choice */

/** @type {readonly Choice[]} */
const CHOICES = ['yes', 'no', 'abstain']
const MARKS = { yes: 'check', no: 'x', abstain: 'minus' }

/** On the pages of those who sit in the meeting: the open vote, or the result until the next item or until it is put away.
 * @param {Room} room */
export function voteBanner(room) {
  const vote = openVote(room.state)
  if (vote) return html`<section class="notice vote" data-tone="action" id="vote" aria-labelledby="vote-title">${icon('stamp')}<div class="notice-body">
    <h2 id="vote-title">${gettext('Vote open')}</h2>${what(vote)}
    ${votingFor(room.state, vote).map((id) => ask(room, vote, id))}
    <p class="small muted">${progress(vote)}</p></div></section>`
  const result = voteResult(room.state)
  return result && room.ui.voteSeen !== result.id ? closed(room, result) : nothing
}

/** What is voted upon, and by which majority.
 * @param {Vote} vote */
const what = (vote) => html`<p class="vote-text">${vote.symbol ? html`<bdi class="vote-symbol">${vote.symbol}</bdi> ` : nothing}${apart(vote.text)}${vote.majority === 'two_thirds' ? html` <span class="muted">${gettext('Two thirds of those voting are required.')}</span>` : nothing}</p>`

/** @param {Vote} vote */
const progress = ({ tally, entitled }) => fill(gettext('%(cast)s of %(all)s delegations have voted.'), { cast: figure(entitled.length - tally.absent), all: figure(entitled.length) })

/**
 * The three choices of one delegation of mine, and what became of its word.
 * @param {Room} room
 * @param {Vote} vote
 * @param {number} id
 */
function ask(room, vote, id) {
  const choice = vote.ballots[id]
  const name = delegationName(room.state, id)
  const at = room.ui.received[id]
  const received = !choice ? fill(gettext('%(name)s has not voted.'), { name })
    : `${fill(gettext('%(name)s: %(choice)s.'), { name, choice: choiceWord(choice) })} ${at ? fill(gettext('Received by the secretariat at %(time)s.'), { time: hostTime(at, room.state.meeting?.zone, true) }) : gettext('Received by the secretariat.')}`
  return html`<div class="vote-choices" role="group" aria-label=${fill(gettext('How %(name)s votes'), { name })}>${CHOICES.map((one) => html`<button class="button button--large" data-choice=${one} aria-pressed=${String(choice === one)} aria-busy=${room.busy('vote.cast')}
      @click=${() => void cast(room, vote, id, one)}>${icon(MARKS[one])}${choiceWord(one)}</button>`)}</div>
    <p class="vote-received"><strong>${apart(received)}</strong> ${choice ? gettext('You may change it until the vote is closed.') : nothing}</p>`
}

/**
 * @param {Room} room
 * @param {Vote} vote
 * @param {number} id of the delegation
 * @param {Choice} choice
 */
async function cast(room, vote, id, choice) {
  const answer = await room.wish('vote.cast', { vote: vote.id, choice, delegation: id })
  if (answer) room.set({ received: { ...room.ui.received, [id]: String(answer.received_at) } })
}

/**
 * @param {Room} room
 * @param {Vote} vote
 */
function closed(room, vote) {
  return html`<section class="notice vote" data-tone=${vote.adopted ? 'good' : 'over'} id="vote" aria-labelledby="vote-title">${icon(vote.adopted ? 'circle-check' : 'circle-x')}<div class="notice-body">
    <h2 id="vote-title">${vote.adopted ? gettext('Adopted') : gettext('Not adopted')}</h2>${what(vote)}<p>${tallySentence(vote.tally)}</p>${roll(room, vote)}</div>
    <button class="button button--quiet button--small" aria-label=${gettext('Put the result away')} @click=${() => room.set({ voteSeen: vote.id })}>${icon('x')}</button></section>`
}

/** Who voted how, each choice in the order of names.
 * @param {Room} room
 * @param {Vote} vote */
function roll(room, vote) {
  const order = new Intl.Collator(reading())
  const names = (/** @type {(id: number) => boolean} */ which) => vote.entitled.filter(which).map((id) => delegationName(room.state, id)).sort(order.compare).join(gettext(', '))
  const rows = [...CHOICES.map((one) => [choiceWord(one), names((id) => vote.ballots[id] === one)]), [gettext('Not voting'), names((id) => !vote.ballots[id])]]
  return html`<details><summary>${gettext('Who voted how')}</summary><dl class="vote-roll">${rows.map(([word, who]) => (who ? html`<dt>${word}</dt><dd>${apart(who)}</dd>` : nothing))}</dl></details>`
}

/** On the desk: how far it is, what is entered for a delegation in the hall, and its end.
 * @param {Room} room */
export function voteDesk(room) {
  const vote = openVote(room.state)
  const result = voteResult(room.state)
  if (!vote) return result ? html`<article class="card vote-desk" id="vote"><h2>${result.adopted ? gettext('Adopted') : gettext('Not adopted')}</h2>${what(result)}<p>${tallySentence(result.tally)}</p>${roll(room, result)}</article>` : nothing
  const missing = vote.entitled.filter((id) => !vote.ballots[id])
  return html`<article class="card vote-desk" id="vote"><h2>${gettext('Vote open')}</h2>${what(vote)}
    <progress max=${Math.max(1, vote.entitled.length)} .value=${vote.entitled.length - missing.length} aria-label=${gettext('Delegations that have voted')}></progress>
    <p>${progress(vote)}</p>
    ${missing.length ? html`<details><summary>${fill(ngettext('%(n)s has not voted', '%(n)s have not voted', missing.length), { n: figure(missing.length) })}</summary><ul class="lines">${missing.map((id) => html`<li class="line">${flag(delegation(room.state, id)?.flag ?? 'org')}<span class="line-main">${apart(delegationName(room.state, id))}</span>${entry(room, id)}</li>`)}</ul></details>` : nothing}
    <p class="buttons">${accepts(room.state, 'vote.withdraw') ? html`<button class="button button--danger" id="withdraw-vote" @click=${() => room.set({ dialog: 'withdraw' })}>${gettext('Withdraw the vote')}</button>` : nothing}</p></article>`
}

/** An officer enters what a delegation in the hall votes.
 * @param {Room} room
 * @param {number} id */
export function entry(room, id) {
  const vote = openVote(room.state)
  if (!vote?.entitled.includes(id) || !may(room.state, 'run_floor')) return nothing
  const name = delegationName(room.state, id)
  return html`<span class="buttons buttons--tight" role="group" aria-label=${fill(gettext('How %(name)s votes'), { name })}>${CHOICES.map((one) => html`<button class="button button--small" data-choice=${one} aria-pressed=${String(vote.ballots[id] === one)} aria-label=${`${name}${gettext(': ')}${choiceWord(one)}`}
    @click=${() => room.wish('vote.cast', { vote: vote.id, choice: one, delegation: id })}>${icon(MARKS[one])}${choiceWord(one)}</button>`)}</span>`
}

/** What the hall's screen shows of it while nobody has the floor.
 * @param {Room} room */
export function voteOnScreen(room) {
  const vote = openVote(room.state) ?? voteResult(room.state)
  if (!vote) return null
  const title = vote.state === 'open' ? gettext('Vote open') : vote.adopted ? gettext('Adopted') : gettext('Not adopted')
  const line = vote.state === 'open' ? html`<p class="screen-person">${progress(vote)}</p>`
    : html`<dl class="screen-tally">${[...CHOICES.map((one) => [choiceWord(one), vote.tally[one]]), [gettext('Not voting'), vote.tally.absent]].map(([word, n]) => html`<div><dt>${word}</dt><dd>${figure(Number(n))}</dd></div>`)}</dl>`
  return html`<p class="screen-person">${title}</p><h1 class="screen-name">${apart(voteText(vote))}</h1>${line}`
}
