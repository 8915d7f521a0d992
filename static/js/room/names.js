/** Approved names in the reader's language: picked, never changed. The twin of summit/names.py. */

/** @typedef {Record<string, { short?: string, formal?: string }>} Names */
/** @typedef {Record<string, string>} Texts */

const FALLBACK = ['en', 'fr', 'es', 'ru', 'ar', 'zh']

/**
 * The entry in this language, else the first there is in the fallback order, else undefined.
 * @template T
 * @param {Record<string, T> | null | undefined} texts
 * @param {string} language
 * @returns {T | undefined}
 */
export function pick(texts, language) {
  if (!texts) return undefined
  for (const code of [language, language.split('-')[0], ...FALLBACK]) if (texts[code]) return texts[code]
  return Object.values(texts).find(Boolean)
}

/** The approved short name, e.g. "Kenya". A plain string is a name as it stands.
 * @param {Names | string | null | undefined} names
 * @param {string} language */
export function short(names, language) {
  if (typeof names === 'string') return names
  const entry = pick(names, language)
  return entry?.short || entry?.formal || ''
}

/** The approved formal name, e.g. "the Republic of Kenya"; the short one where none was given.
 * @param {Names | string | null | undefined} names
 * @param {string} language */
export function formal(names, language) {
  if (typeof names === 'string') return names
  const entry = pick(names, language)
  return entry?.formal || entry?.short || ''
}

/** A title in this language, or the nearest there is.
 * @param {Texts | string | null | undefined} texts
 * @param {string} language */
export function text(texts, language) {
  return typeof texts === 'string' ? texts : pick(texts, language) ?? ''
}

/** Whether `wanted` occurs in any of the names, whatever the case and accents.
 * @param {Names | null | undefined} names
 * @param {string} wanted */
export function matches(names, wanted) {
  const plain = (/** @type {string} */ s) => s.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()
  const sought = plain(wanted.trim())
  return Object.values(names ?? {}).some((entry) => plain(`${entry.short ?? ''} ${entry.formal ?? ''}`).includes(sought))
}
