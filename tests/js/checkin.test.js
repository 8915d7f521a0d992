import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bare, decide, inside, photosFor, recall, remember } from '../../static/js/checkin/decide.js'

/** @returns {any} */
const entry = (number, more = {}) => ({ number, state: 'valid', name: `Person ${number}`, delegation: 'Kenya', home: 1, function: 'Adviser', who: number, photo: '', in: {}, ...more })
/** @returns {any} */
const list = (each = null) => {
  const one = entry(1)
  return { until: '', badges: { a: one, a2: { ...one, in: { ...one.in } }, b: entry(2), c: entry(3, { state: 'void' }), d: entry(4, { state: 'withdrawn' }) }, meetings: [{ id: 7, title: 'Plenary', each, own: {} }] }
}

test('a code counts by its letters and digits alone', () => {
  assert.equal(bare(' 17-k7qx m2pa'), '17K7QXM2PA')
})

test('the list tells what a badge means', () => {
  const known = list()
  assert.deepEqual(['a', 'c', 'd', 'nothing'].map((digest) => decide(known, digest, 7).outcome), ['in', 'void', 'withdrawn', 'unknown'])
})

test('who came in has come in by either code of the badge, and in this meeting only', () => {
  const known = list()
  remember(known, known.badges.a, 7, '2026-11-23T09:00:00Z')
  assert.deepEqual([decide(known, 'a', 7).outcome, decide(known, 'a2', 7).outcome, decide(known, 'a', 8).outcome], ['again', 'again', 'in'])
  assert.equal(decide(known, 'a2', 7).first, '2026-11-23T09:00:00Z')
})

test('the places of a delegation are counted by persons, not by codes', () => {
  const known = list(2)
  remember(known, known.badges.a, 7, '2026-11-23T09:00:00Z')
  assert.equal(inside(known, 1, 7), 1)
  assert.equal(decide(known, 'b', 7).outcome, 'in')
  known.meetings[0].each = 1
  assert.equal(decide(known, 'b', 7).outcome, 'full')
  known.meetings[0].own = { 1: 2, 2: 1 }
  assert.equal(decide(known, 'b', 7).outcome, 'in')
  delete known.meetings[0].own
  assert.equal(decide(known, 'b', 7).outcome, 'full', 'a list that was kept before delegations had numbers of their own')
})

test('a list from the server does not forget who came in by a scan that still waits here', () => {
  const fresh = list()
  recall(fresh, [{ digest: 'a', meeting: 7, at: '2026-11-23T09:00:00Z' }, { digest: 'c', meeting: 7, at: '2026-11-23T09:01:00Z' }, { digest: 'nothing', meeting: 7, at: '' }])
  assert.deepEqual(['a', 'a2', 'b', 'c'].map((digest) => decide(fresh, digest, 7).outcome), ['again', 'again', 'in', 'void'])
})

test('each photo is fetched once for a person, a new one again, and that of nobody on the list goes', () => {
  const known = list()
  for (const digest of ['a', 'a2']) known.badges[digest].photo = 'new'
  known.badges.b.photo = 'same'
  const { lacking, gone, all } = photosFor(known, new Map([[1, 'old'], [2, 'same'], [3, 'taken back'], [9, 'of nobody']]))
  assert.deepEqual({ lacking, gone, all }, { lacking: [{ who: 1, which: 'new' }], gone: [3, 9], all: 2 })
  assert.deepEqual(photosFor(known, new Map([[1, 'new'], [2, 'same']])), { lacking: [], gone: [], all: 2 })
})
