/** One entry's text on the record desk: saved as it is written, kept in this browser until the server has it. */

import { isDirty, meet } from './text.js'

/** @typedef {import('./text.js').Prose} Prose */

const IDLE = 1200 // ms without a key before it is saved
const AGAIN = 5000 // ms until a failed save is tried again

export class Item {
  /**
   * @param {HTMLElement} root the .prose-item
   * @param {{ url: string, language: string, token: string, key: string, offline: (is: boolean) => void }} desk
   */
  constructor(root, desk) {
    this.root = root
    this.desk = desk
    this.seq = Number(root.dataset.seq)
    this.area = /** @type {HTMLTextAreaElement} */ (root.querySelector('textarea'))
    this.mine = { version: Number(root.dataset.version), saved: this.area.value, text: this.area.value }
    this.key = `${desk.key}/${this.seq}`
    this.saving = false
    this.timer = 0
    /** @type {Prose | null} */
    this.theirs = null
    this.area.addEventListener('input', () => this.typed())
    this.area.addEventListener('blur', () => this.save())
    root.addEventListener('click', (event) => this.choose(/** @type {HTMLElement} */ (event.target).dataset.act))
    this.restore()
  }

  get dirty() {
    return isDirty(this.mine)
  }

  /** What was typed and never reached the server, from an earlier visit. */
  restore() {
    const kept = localStorage.getItem(this.key)
    if (kept === null) return
    const { text, version } = JSON.parse(kept)
    if (text.trim() === this.mine.saved.trim()) return localStorage.removeItem(this.key)
    const now = { version: this.mine.version, text: this.mine.saved, by: '', at: '' }
    this.area.value = this.mine.text = text
    if (version < this.mine.version) this.disagree(now)
    else this.save()
  }

  typed() {
    this.mine.text = this.area.value
    localStorage.setItem(this.key, JSON.stringify({ text: this.mine.text, version: this.mine.version }))
    this.tell(gettext('Not saved yet'))
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), IDLE)
  }

  async save() {
    clearTimeout(this.timer)
    if (this.saving || this.theirs || !this.dirty) return
    this.saving = true
    const text = this.mine.text
    try {
      const body = new URLSearchParams({ text, language: this.desk.language, based_on: String(this.mine.version) })
      const response = await fetch(`${this.desk.url}${this.seq}/`, { method: 'POST', body, headers: { 'X-CSRFToken': this.desk.token } })
      this.desk.offline(false)
      this.answered(response.status, response.headers.get('Content-Type')?.includes('json') ? await response.json() : null, text)
    } catch {
      this.desk.offline(true)
      this.timer = setTimeout(() => this.save(), AGAIN)
    } finally {
      this.saving = false
    }
    if (this.dirty && !this.theirs && !this.timer) this.timer = setTimeout(() => this.save(), IDLE)
  }

  /**
   * @param {number} status
   * @param {any} answer null: no answer of the record desk, as the page to sign in again
   * @param {string} text what was sent
   */
  answered(status, answer, text) {
    this.timer = 0
    if (status === 409 && answer) return this.disagree(answer.theirs)
    if (status !== 200 || !answer) {
      this.timer = -1 // refused: sending the same again would not help; the next key tries again
      return this.tell(answer?.message ?? gettext('This could not be saved. Copy your text, then load the page again.'))
    }
    this.mine.saved = text
    this.know(answer)
    if (!this.dirty) localStorage.removeItem(this.key)
  }

  /** The server's text has moved on. @param {Prose} theirs */
  hear(theirs) {
    if (this.saving || this.theirs) return
    const met = meet(this.mine, theirs)
    if (met === 'conflict') return this.disagree(theirs)
    if (met === 'take') this.area.value = this.mine.text = theirs.text
    if (met === 'same') return
    this.mine.saved = theirs.text
    this.know(theirs)
  }

  /** @param {Prose} prose */
  know(prose) {
    this.mine.version = prose.version
    this.root.dataset.version = String(prose.version)
    this.tell(prose.version ? `${prose.by}, ${prose.at}` : '')
    this.part('versions').hidden = prose.version === 0
  }

  /** Both are shown; nothing is sent until somebody decides. @param {Prose} theirs */
  disagree(theirs) {
    this.theirs = theirs
    const words = gettext('Changed by %s at %s while you were writing:').replace('%s', theirs.by || gettext('somebody')).replace('%s', theirs.at || '…')
    this.part('conflict').textContent = words
    this.part('theirs').textContent = theirs.text || gettext('(empty)')
    this.root.classList.add('prose-item--held')
    this.box.hidden = false
    this.tell(words)
  }

  /** @param {string | undefined} act */
  choose(act) {
    const theirs = this.theirs
    if (!theirs || (act !== 'theirs' && act !== 'mine')) return
    this.theirs = null
    this.box.hidden = true
    this.root.classList.remove('prose-item--held')
    if (act === 'theirs') this.area.value = this.mine.text = theirs.text
    this.mine.saved = theirs.text
    this.know(theirs)
    if (act === 'theirs') localStorage.removeItem(this.key)
    else this.save()
    this.area.focus()
  }

  get box() {
    return /** @type {HTMLElement} */ (this.root.querySelector('.conflict'))
  }

  /** @param {string} name */
  part(name) {
    return /** @type {HTMLElement} */ (this.root.querySelector(`[data-part="${name}"]`))
  }

  /** @param {string} text */
  tell(text) {
    this.part('saved').textContent = text
  }
}
