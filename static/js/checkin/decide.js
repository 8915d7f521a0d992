/** What a badge means, from the list a telephone keeps. Pure. The server decides the same way (summit/accreditation/door.py). */

/**
 * @typedef {{ number: number, state: 'valid' | 'void' | 'withdrawn', name: string, delegation: string, home: number,
 *   function: string, who: number, photo: string, in: Record<string, string> }} Entry  photo: which one it is, '': none; in: {meeting: when they came in, ISO}
 * @typedef {{ id: number, title: string, each: number | null, own?: Record<string, number> }} Meeting  each: persons of one
 *   delegation in its hall; own: {delegation: its other number}, missing in lists kept by an earlier version
 * @typedef {{ until: string, badges: Record<string, Entry>, meetings: Meeting[] }} List
 * @typedef {'in' | 'again' | 'void' | 'withdrawn' | 'full' | 'unknown'} Outcome
 * @typedef {{ outcome: Outcome, entry: Entry | null, first: string }} Verdict  first: when they came in before, ISO
 */

/** Only letters and digits count, capitals and small alike: 17-k7qx-m2pa is 17K7QXM2PA. @param {string} code */
export const bare = (code) => code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')

/** @param {List} list @param {string} digest of the code @param {number} meeting @returns {Verdict} */
export function decide(list, digest, meeting) {
  const entry = list.badges[digest] ?? null
  if (!entry) return { outcome: 'unknown', entry, first: '' }
  if (entry.state !== 'valid') return { outcome: entry.state, entry, first: '' }
  const first = entry.in[meeting] ?? ''
  if (first) return { outcome: 'again', entry, first }
  const hall = list.meetings.find((one) => one.id === meeting)
  const most = hall?.own?.[entry.home] ?? hall?.each ?? null
  if (most !== null && entry.home && inside(list, entry.home, meeting) >= most) return { outcome: 'full', entry, first }
  return { outcome: 'in', entry, first }
}

/**
 * What a fresh list does not know yet: who came in by a scan that still waits here has come in.
 * @param {List} list @param {{ digest: string, meeting: number, at: string }[]} waiting
 */
export function recall(list, waiting) {
  for (const { digest, meeting, at } of waiting) {
    const { outcome, entry } = decide(list, digest, meeting)
    if (outcome === 'in' && entry) remember(list, entry, meeting, at)
  }
}

/** How many persons of this delegation have come in. @param {List} list @param {number} home @param {number} meeting */
export function inside(list, home, meeting) {
  const people = new Set()
  for (const entry of Object.values(list.badges)) if (entry.home === home && entry.in[meeting]) people.add(entry.who)
  return people.size
}

/** Remember on the list that they came in, on every badge of theirs. @param {List} list @param {Entry} entry @param {number} meeting @param {string} at ISO */
export function remember(list, entry, meeting, at) {
  for (const one of Object.values(list.badges)) if (one.who === entry.who) one.in[meeting] = at
}

/**
 * What must change in the photos that are kept. kept: {who: which one}; all: how many people have a photo.
 * @param {List} list @param {Map<number, string>} kept @returns {{ lacking: { who: number, which: string }[], gone: number[], all: number }}
 */
export function photosFor(list, kept) {
  const named = new Map(Object.values(list.badges).filter((one) => one.photo).map((one) => [one.who, one.photo]))
  const lacking = [...named].filter(([who, which]) => kept.get(who) !== which).map(([who, which]) => ({ who, which }))
  return { lacking, gone: [...kept.keys()].filter((who) => !named.has(who)), all: named.size }
}
