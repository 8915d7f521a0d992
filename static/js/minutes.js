/** The record desk: entries appear while the meeting goes on; what is written beside them saves itself. */

import { Item } from './minutes/item.js'
import { meant } from './room/keys.js'

/**
 * @typedef {{ seq: number, number: number, time: string, kind: string, heading: string, before: string, lead: string,
 *   after: string, note: string, sounds: { id: number, url: string, began: string, length: string, who: string, cut: boolean }[], prose: import('./minutes/text.js').Prose }} Entry
 */

const EVERY = 3000 // ms between two looks at the server
const need = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

const root = need('desk')
const url = /** @type {string} */ (root.dataset.state)
const language = root.dataset.language ?? ''
const token = /** @type {HTMLInputElement} */ (root.querySelector('[name=csrfmiddlewaretoken]')).value
const desk = {
  url: url.replace(/state\/$/, ''), language, token, key: `minutes/${root.dataset.minutes}/${language}`,
  offline: (/** @type {boolean} */ is) => { need('offline').hidden = !is },
}
/** @type {Map<number, Item>} */
const items = new Map()
for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#prose > li'))) {
  const item = new Item(element, desk)
  items.set(item.seq, item)
}

/** A copy of a template, filled. @param {string} id @param {Entry} entry */
function drawn(id, entry) {
  const template = /** @type {HTMLTemplateElement} */ (need(id))
  return fill(/** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true)), entry)
}

/** @param {HTMLElement} element @param {Entry} entry */
function fill(element, entry) {
  const words = { time: entry.time, before: entry.before, lead: entry.lead, after: entry.after, note: entry.note, seq: String(entry.seq), told: entry.before + entry.lead + entry.after }
  for (const [name, text] of Object.entries(words)) {
    const part = element.querySelector(`[data-part="${name}"]`)
    if (part && part.textContent !== text) part.textContent = text
  }
  element.dataset.seq = String(entry.seq)
  const sounds = element.querySelector('[data-part="sounds"]')
  for (const sound of sounds ? entry.sounds : []) if (!sounds?.querySelector(`[data-sound="${sound.id}"]`)) sounds?.append(player(sound))
  const link = /** @type {HTMLAnchorElement | null} */ (element.querySelector('[data-part="link"]'))
  if (link) link.href = `#entry-${entry.seq}`
  return element
}

/** A player of one recorded spell. @param {Entry['sounds'][number]} sound */
function player(sound) {
  const template = /** @type {HTMLTemplateElement} */ (need('sound'))
  const figure = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true))
  figure.dataset.sound = String(sound.id)
  const audio = /** @type {HTMLAudioElement} */ (figure.querySelector('audio'))
  audio.src = sound.url
  audio.setAttribute('aria-label', `${gettext('Recording')}: ${sound.who}, ${sound.length}`)
  const words = [...figure.querySelectorAll('figcaption > bdi, figcaption > span')]
  for (const [place, text] of [sound.who, sound.length].entries()) words[place].textContent = text
  if (sound.cut) figure.querySelector('figcaption')?.append(Object.assign(document.createElement('strong'), { textContent: gettext('The end is missing: the media server was restarted.') }))
  return figure
}

/** @param {Entry[]} entries */
function draw(entries) {
  const events = need('events'), prose = need('prose')
  const heads = [...events.querySelectorAll('.timeline-head')]
  const shown = /** @type {HTMLElement[]} */ ([])
  for (const entry of entries) {
    if (entry.heading) {
      const head = heads.shift() ?? Object.assign(document.createElement('li'), { className: 'timeline-head' })
      if (head.textContent !== entry.heading) head.textContent = entry.heading
      shown.push(/** @type {HTMLElement} */ (head))
    }
    const there = document.getElementById(`event-${entry.seq}`)
    const event = there ? fill(there, entry) : drawn('event', entry)
    event.id = `event-${entry.seq}`
    shown.push(event)
  }
  if (shown.length !== events.children.length || shown.some((one, place) => events.children[place] !== one)) events.replaceChildren(...shown)
  for (const entry of entries) beside(entry, prose)
  for (const [seq, item] of items) {
    if (entries.some((entry) => entry.seq === seq)) continue
    if (item.dirty) continue // an undone act: what is being written stays until it is saved
    item.root.remove()
    items.delete(seq)
  }
  need('none').hidden = entries.length > 0
}

/** The text of one entry, made when it is new. @param {Entry} entry @param {HTMLElement} list */
function beside(entry, list) {
  const item = items.get(entry.seq)
  if (item) {
    fill(item.root, entry)
    return item.hear(entry.prose)
  }
  const element = drawn('item', entry)
  element.id = `entry-${entry.seq}`
  element.dataset.version = '0'
  const area = /** @type {HTMLTextAreaElement} */ (element.querySelector('textarea'))
  area.id = `text-${entry.seq}`
  const label = /** @type {HTMLLabelElement} */ (element.querySelector('label'))
  label.htmlFor = area.id
  label.textContent = `${label.textContent?.trim()} ${entry.seq}`
  const versions = /** @type {HTMLAnchorElement} */ (element.querySelector('[data-part="versions"]'))
  versions.href = `${desk.url}${entry.seq}/versions/?language=${language}`
  const later = [...list.children].find((one) => Number(/** @type {HTMLElement} */ (one).dataset.seq) > entry.seq)
  list.insertBefore(element, later ?? null)
  const made = new Item(element, desk)
  items.set(entry.seq, made)
  made.hear(entry.prose)
  need('said').textContent = `${entry.time} ${entry.before}${entry.lead}${entry.after}`
}

let etag = '', state = ''
async function look() {
  try {
    const response = await fetch(`${url}?language=${language}`, { headers: etag ? { 'If-None-Match': etag } : {}, cache: 'no-store' })
    desk.offline(response.status >= 500)
    if (response.status === 200) {
      etag = response.headers.get('ETag') ?? ''
      const told = await response.json()
      draw(told.entries)
      if (state && told.state !== state) location.reload()
      state = told.state
    } else if (response.status === 404 || response.redirected) {
      need('said').textContent = gettext('These minutes are not open to you any more.')
      return
    }
  } catch {
    desk.offline(true)
  }
  setTimeout(look, EVERY)
}
setTimeout(look, EVERY)

addEventListener('beforeunload', (event) => {
  for (const item of items.values()) item.save()
  if ([...items.values()].some((item) => item.dirty)) event.preventDefault()
})
addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || meant(event) !== 's') return
  event.preventDefault()
  for (const item of items.values()) item.save()
})
