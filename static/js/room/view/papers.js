/** Agenda and papers: the panel "Papers". The item being taken stands first. */

import { html, nothing } from 'lit'
import { icon } from '../../marks.js'
import * as names from '../names.js'
import { currentItem } from '../state.js'
import { apart, figure, fill, itemTitle, reading } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../state.js').Item} Item */

/** @param {Room} room */
export function papersPanel(room) {
  const { items } = room.state.agenda
  const now = currentItem(room.state)
  const others = items.filter((item) => item !== now)
  return html`<div class="panel-body" tabindex="0">
    ${now ? section(room, now, true) : nothing}
    ${others.map((item) => section(room, item, false))}
    ${items.length ? nothing : html`<div class="empty">${icon('file-text')}<p class="empty-title">${gettext('No agenda yet.')}</p><p>${gettext('The secretariat puts items and papers here.')}</p></div>`}
  </div>`
}

/**
 * @param {Room} room
 * @param {Item} item
 * @param {boolean} now
 */
function section(room, item, now) {
  return html`<section class="stack-tight" aria-label=${itemTitle(item)}>
    <h3>${apart(itemTitle(item))} ${now ? html`<span class="tag" data-state="current">${gettext('now')}</span>` : nothing}</h3>
    ${item.papers.length
      ? html`<ul class="lines">${item.papers.map((one) => paper(one, room.page.summit.slug))}</ul>`
      : html`<p class="muted small">${gettext('No papers for this item.')}</p>`}
  </section>`
}

/**
 * @param {Item['papers'][number]} paper
 * @param {string} summit
 */
function paper(paper, summit) {
  return html`<li><p><span class="symbol">${paper.symbol}</span> ${apart(names.text(paper.titles, reading()))}</p>
    <p class="files small">${paper.files.map((file) => html`<a href=${`/s/${summit}/papers/${file.id}/`} target="_blank" rel="noopener" hreflang=${file.language}
      aria-label=${fill(gettext('%(symbol)s, %(language)s, %(kind)s'), { symbol: paper.symbol, language: languageName(file.language), kind: file.kind })}>${file.language} ${file.kind}</a>
      <span class="muted">${size(file.size)}</span>`)}</p></li>`
}

/** @param {string} code */
function languageName(code) {
  return new Intl.DisplayNames([reading()], { type: 'language' }).of(code) ?? code
}

/** @param {number} bytes */
const size = (bytes) => fill(gettext('%(n)s kB'), { n: figure(Math.max(1, Math.round(bytes / 1000))) })
