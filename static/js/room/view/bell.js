/** Somebody asks for a word, or passes a note: on every page one sits at, with the ways to answer. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import { noteCards } from './notes.js'
import { who } from './presence.js'
import { apart } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {'come_in' | 'soon' | 'not_now' | 'silent'} Answer */

/** The fourth way says nothing at all: whoever asked hears no answer.
 * @param {(answer: Answer) => unknown} answer
 * @param {unknown} [first] how one says "come in", where it is not by answering here */
export const answers = (answer, first) => html`${first ?? html`<button class="button button--primary" @click=${() => answer('come_in')}>${gettext('Come in')}</button>`}
  <button class="button" @click=${() => answer('soon')}>${gettext('In five minutes')}</button><button class="button" @click=${() => answer('not_now')}>${gettext('Not now')}</button>
  <button class="button button--quiet" aria-label=${gettext('Put away without an answer')} title=${gettext('Put away without an answer')} @click=${() => answer('silent')}>${icon('x')}</button>`

/** @param {Room} room
 * @param {unknown} [first]
 * @param {unknown} [hint] */
export const invitations = (room, first, hint = nothing) => room.state.invites.map((invite) => html`<div class="knock" role="alertdialog" aria-label=${gettext('Somebody asks for a word')}><p><strong>${who(room, invite.person)}</strong> ${gettext('asks for a word.')} ${invite.line ? apart(`“${invite.line}”`) : nothing}</p>
  ${hint}<p class="buttons">${answers((answer) => room.answerInvite(invite.invite, answer), first)}</p></div>`)

/**
 * At a desk: what a colleague wrote, and who asks for a word. One goes in from the corridors page, where it rings too: from here one's own seat would leave the meeting, with
 * its microphone, and the desk draws no corridor.
 * @param {Room} room
 */
export function deskBell(room) {
  const { corridors } = room.page.urls
  if (!corridors) return noteCards(room)
  return html`${noteCards(room)} ${invitations(room, html`<a class="button button--primary" href=${corridors} target="_blank" rel="noopener">${icon('external-link')}${gettext('To the corridors')}</a>`,
    html`<p class="hint">${gettext('It rings there too, in a tab of its own: come in from there. This desk stays as it is.')}</p>`)}`
}
