/** Who is open to talk, and what I choose of that: found by name, delegation, language and item; somebody of a delegation; coffee. */

import { html, nothing, repeat } from 'lit'
import { flag, icon } from '../../marks.js'
import * as names from '../names.js'
import { delegation, mine, person } from '../state.js'
import { apart, delegationName, figure, fill, personName, reading } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../protocol.js').OpenToTalk} OpenToTalk */
/** @typedef {import('../protocol.js').PresenceState} PresenceState */

const MANY = 3 // from here on a search helps
const tongue = new Intl.DisplayNames([reading()], { type: 'language' })

/** A language in the reader's words.
 * @param {string} code */
const language = (code) => { try { return tongue.of(code) ?? code } catch { return code } }

/** "Mr Tomás Soto · Chile".
 * @param {Room} room
 * @param {number} id */
export const who = (room, id) => html`${apart(personName(room.state, id))}${person(room.state, id)?.delegation ? html` · ${apart(delegationName(room.state, person(room.state, id)?.delegation))}` : nothing}`

/** The items of the summit's agenda.
 * @param {Room} room */
const items = (room) => room.page.items ?? []

/** @param {Room} room
 * @param {number | null} id */
const itemOf = (room, id) => items(room).find((item) => item.id === id)

/** Asks for a word, and shows that it was asked until the answer comes.
 * @param {Room} room
 * @param {number} id of the person
 * @param {string} [line] */
export async function askPerson(room, id, line = '') {
  const done = await room.wish('corridor.invite', { person: id, line })
  if (done) room.say({ type: 'page.asked', invite: done.invite, person: id })
  return !!done
}

/** @param {Room} room */
export function openPeople(room) {
  const { corridors, you } = room.state
  const others = (corridors?.open ?? []).filter((one) => one.person !== you?.person)
  if (!others.length) {
    return html`<div class="empty">${icon('coffee')}<p class="empty-title">${gettext('Nobody has said so yet.')}</p><p>${gettext('People appear here when they choose to be open to talk. You can be the first.')}</p></div>`
  }
  const chosen = choice(room, others)
  const found = others.filter((one) => fits(room, one, chosen))
  return html`${others.length >= MANY ? filters(room, others) : nothing}
    <p class="visually-hidden" role="status">${fill(ngettext('%(n)s person', '%(n)s people', found.length), { n: figure(found.length) })}</p>
    <ul class="open-people">${repeat(found, (one) => one.person, (one) => line(room, one))}</ul>
    ${found.length ? nothing : html`<p class="muted">${gettext('Nobody who is open to talk fits. Ask for somebody of a delegation below.')}</p>`}`
}

/** What is chosen of those who are open to talk. A choice whose field is gone, or that nobody is left for, is none: else it
 * would hide people, and nothing would show why.
 * @param {Room} room
 * @param {OpenToTalk[]} others */
function choice(room, others) {
  const { seek, ofGroup, speaks, onItem } = room.ui
  if (others.length < MANY) return { sought: '', members: null, speaks: '', item: 0 }
  const members = groupsOf(room, others).find(([code]) => code === ofGroup)?.[1].members ?? null
  return { sought: seek.trim(), members, speaks: spokenBy(others).includes(speaks) ? speaks : '', item: others.some((one) => one.item === onItem) ? onItem : 0 }
}

/** @param {Room} room
 * @param {OpenToTalk} one
 * @param {ReturnType<typeof choice>} chosen */
function fits(room, one, { sought, members, speaks, item }) {
  const known = person(room.state, one.person)
  const named = !sought || names.matches(known?.names, sought) || names.matches(delegation(room.state, known?.delegation)?.names, sought)
  const grouped = !members || !!known?.delegations.some((id) => members.includes(id))
  return named && grouped && (!speaks || one.languages.includes(speaks)) && (!item || one.item === item)
}

/** The languages that somebody of them speaks.
 * @param {OpenToTalk[]} others */
const spokenBy = (others) => [...new Set(others.flatMap((one) => one.languages))].sort((a, b) => language(a).localeCompare(language(b), reading()))

/** The groups that somebody of them belongs to.
 * @param {Room} room
 * @param {OpenToTalk[]} others */
const groupsOf = (room, others) => Object.entries(room.state.directory.groups ?? {}).filter(([, group]) => others.some((one) => person(room.state, one.person)?.delegations.some((id) => group.members.includes(id))))

/** Only what somebody has said can be chosen.
 * @param {Room} room
 * @param {OpenToTalk[]} others */
function filters(room, others) {
  const [spoken, groups] = [spokenBy(others), groupsOf(room, others)]
  const named = items(room).filter((item) => others.some((one) => one.item === item.id))
  return html`<div class="open-filters" role="search" aria-label=${gettext('Open to talk')}>
    <div class="field"><label for="seek-open">${gettext('Person or delegation')}</label><input class="input" id="seek-open" type="search" .value=${room.ui.seek} @input=${(/** @type {any} */ e) => room.set({ seek: e.target.value })}></div>
    ${groups.length ? html`<div class="field"><label for="of-group">${gettext('Group')}</label><select id="of-group" @change=${(/** @type {any} */ e) => room.set({ ofGroup: e.target.value })}><option value="">${gettext('Any')}</option>${groups.map(([code, group]) => html`<option value=${code} ?selected=${code === room.ui.ofGroup}>${names.short(group.names, reading()) || code}</option>`)}</select></div>` : nothing}
    ${spoken.length ? html`<div class="field"><label for="speaks">${gettext('Language')}</label><select id="speaks" @change=${(/** @type {any} */ e) => room.set({ speaks: e.target.value })}><option value="">${gettext('Any')}</option>${spoken.map((code) => html`<option value=${code} ?selected=${code === room.ui.speaks}>${language(code)}</option>`)}</select></div>` : nothing}
    ${named.length ? html`<div class="field"><label for="on-item">${gettext('About item')}</label><select id="on-item" @change=${(/** @type {any} */ e) => room.set({ onItem: Number(e.target.value) })}><option value="0">${gettext('Any')}</option>${named.map((item) => html`<option value=${item.id} ?selected=${item.id === room.ui.onItem}>${itemLine(item)}</option>`)}</select></div>` : nothing}</div>`
}

/** @param {{ number: string, titles: import('../protocol.js').Texts }} item */
const itemLine = (item) => `${item.number} ${names.text(item.titles, reading())}`

/** @param {Room} room
 * @param {OpenToTalk} one */
function line(room, one) {
  const item = itemOf(room, one.item)
  const about = [item ? fill(gettext('Item %(number)s'), { number: item.number }) : '', one.about].filter(Boolean).join(' · ')
  return html`<li>${flag(delegation(room.state, person(room.state, one.person)?.delegation)?.flag ?? 'org')}
    <div><p class="person-name">${who(room, one.person)}</p><p class="person-about" title=${item ? itemLine(item) : nothing}>${apart(about || gettext('Anything'))}</p>
      ${one.languages.length ? html`<p class="person-about">${icon('languages')} ${one.languages.map(language).join(gettext(', '))}</p>` : nothing}</div>
    <button class="button" aria-label=${fill(gettext('Ask %(name)s for a word'), { name: personName(room.state, one.person) })} @click=${() => room.set({ dialog: 'word', aim: { person: one.person } })}>${gettext('Ask for a word')}</button></li>`
}

/** Somebody of a delegation, whether or not they said that they are open to talk: it rings with those who are here.
 * @param {Room} room */
export function seekOne(room) {
  const own = mine(room.state)
  const order = (/** @type {any} */ one) => one.order?.[reading()] ?? one.order?.en ?? 1e6
  const all = Object.entries(room.state.directory.delegations).filter(([id]) => !own.includes(Number(id))).sort(([, a], [, b]) => order(a) - order(b))
  return html`<form class="seek-one" @submit=${(/** @type {SubmitEvent} */ event) => void seek(event, room)}>
    <div class="field"><label for="seek-delegation">${gettext('Find someone of a delegation')}</label>
      <select id="seek-delegation" name="delegation" required aria-describedby="seek-hint"><option value=""></option>${all.map(([id]) => html`<option value=${id}>${delegationName(room.state, Number(id))}</option>`)}</select></div>
    <button class="button">${icon('bell')}${gettext('Ask whoever is here')}</button>
    <p class="hint" id="seek-hint">${gettext('It rings with whoever of them is here and wishes to be reached. The first to say yes comes.')}</p></form>`
}

/**
 * @param {SubmitEvent} event
 * @param {Room} room
 */
async function seek(event, room) {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  const sought = Number(new FormData(form).get('delegation'))
  const done = await room.wish('corridor.seek', { delegation: sought })
  if (!done) return
  form.reset()
  room.say({ type: 'page.asked', invite: done.invite, delegation: sought })
}

/** What I chose, with what is still on its way: two choices made quickly are both kept.
 * @param {Room} room */
const chosen = (room) => (room.state.presence && room.busy('corridor.presence') === 'true' ? { ...room.state.presence, ...room.ui.chosen } : room.state.presence)

/** What I choose: three ways, and what about. Every change is said at once.
 * @param {Room} room */
export function presence(room) {
  const held = chosen(room)
  if (!held) return nothing
  const way = held.quiet ? 'quiet' : held.open ? 'open' : 'unseen'
  const choose = (/** @type {Partial<PresenceState>} */ change) => {
    room.ui.chosen = { ...(chosen(room) === room.state.presence ? {} : room.ui.chosen), ...change }
    const { open, quiet, about, item, languages } = /** @type {PresenceState} */ ({ ...room.state.presence, ...room.ui.chosen })
    return room.wish('corridor.presence', { on: open, quiet, about, item, languages })
  }
  const ways = /** @type {[string, string, string][]} */ ([
    ['open', gettext('I am open to talk'), gettext('Others see your name and what about. Nobody sees whom you talk with.')],
    ['unseen', gettext('I am not on the list'), gettext('Whoever looks for you or your delegation may still ask for a word.')],
    ['quiet', gettext('Do not disturb me'), gettext('Nobody can ask you for a word.')],
  ])
  return html`<form class="card" aria-label=${gettext('Your presence')} @submit=${(/** @type {Event} */ e) => e.preventDefault()}>
    <fieldset><legend>${gettext('How others find you')}</legend>${ways.map(([code, label, hint]) => html`<div class="choice"><input type="radio" name="presence" id=${`presence-${code}`} .checked=${way === code} @change=${() => choose({ open: code === 'open', quiet: code === 'quiet' })}><label for=${`presence-${code}`}>${label}<span class="hint">${hint}</span></label></div>`)}</fieldset>
    ${held.open ? intent(room, held, choose) : nothing} ${blocked(room, held.blocked)}</form>`
}

/**
 * @param {Room} room
 * @param {import('../protocol.js').PresenceState} held
 * @param {(change: Partial<PresenceState>) => unknown} choose
 */
function intent(room, held, choose) {
  const tongues = [...new Set([...room.page.summit.languages, ...held.languages])]
  const spoken = (/** @type {string} */ code, /** @type {boolean} */ on) => held.languages.filter((one) => one !== code).concat(on ? [code] : [])
  return html`<div class="field"><label for="about">${gettext('What about')}</label><input id="about" maxlength="120" autocomplete="off" .value=${held.about} @change=${(/** @type {any} */ e) => choose({ about: e.target.value })}></div>
    ${items(room).length ? html`<div class="field"><label for="about-item">${gettext('Item of the agenda')}</label><select id="about-item" @change=${(/** @type {any} */ e) => choose({ item: Number(e.target.value) || null })}><option value="0">${gettext('None in particular')}</option>${items(room).map((item) => html`<option value=${item.id} ?selected=${item.id === held.item}>${itemLine(item)}</option>`)}</select></div>` : nothing}
    <fieldset class="tongues"><legend>${gettext('In which languages')}</legend>${tongues.map((code) => html`<div class="choice"><input type="checkbox" id=${`speak-${code}`} .checked=${held.languages.includes(code)} @change=${(/** @type {any} */ e) => choose({ languages: spoken(code, e.target.checked) })}><label for=${`speak-${code}`}>${language(code)}</label></div>`)}</fieldset>`
}

/** @param {Room} room
 * @param {number[]} persons */
function blocked(room, persons) {
  if (!persons.length) return nothing
  return html`<details><summary>${fill(ngettext('%(n)s person cannot reach you', '%(n)s people cannot reach you', persons.length), { n: figure(persons.length) })}</summary><ul class="lines">${persons.map((id) => html`<li class="line"><span class="line-main">${who(room, id)}</span>
    <button type="button" class="button button--small" aria-label=${fill(gettext('Let %(name)s reach me again'), { name: personName(room.state, id) })} @click=${() => room.wish('corridor.block', { person: id, on: false })}>${gettext('Let reach me again')}</button></li>`)}</ul></details>`
}

/** Somebody new, by lot.
 * @param {Room} room */
export function coffee(room) {
  const { corridors, corridor, presence } = room.state
  if (!presence || corridor) return nothing
  const waits = corridors?.coffee ?? 0
  return html`<section class="card" aria-labelledby="coffee-title"><h3 id="coffee-title">${icon('coffee')} ${gettext('Coffee with someone new')}</h3>
    ${presence.coffee
      ? html`<p role="status">${gettext('Looking for somebody. As soon as there is one, you are both taken to a corner.')}</p><button class="button" @click=${() => room.wish('corridor.coffee', { on: false })}>${gettext('Not any more')}</button>`
      : html`<p>${gettext('One person of another delegation whom you have not met this way. Who met whom is written nowhere.')}</p>
        ${waits ? html`<p class="muted">${fill(ngettext('%(n)s person waits.', '%(n)s people wait.', waits), { n: figure(waits) })}</p>` : nothing}
        <button class="button" @click=${() => room.wish('corridor.coffee', { on: true })}>${gettext('Take me along')}</button>`}</section>`
}
