import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Item } from '../../static/js/minutes/item.js'
import { isDirty, meet } from '../../static/js/minutes/text.js'

const theirs = { version: 2, text: 'Theirs.', by: 'Dana', at: '10:00:00' }

test('a version I know already changes nothing', () => {
  assert.equal(meet({ version: 2, saved: 'Theirs.', text: 'Mine.' }, theirs), 'same')
})
test('a newer text is taken when I have typed nothing', () => {
  assert.equal(meet({ version: 1, saved: 'Old.', text: 'Old.' }, theirs), 'take')
})
test('two who wrote the same agree', () => {
  assert.equal(meet({ version: 1, saved: 'Old.', text: ' Theirs. ' }, theirs), 'agree')
})
test('two who wrote differently are told, and nothing is taken', () => {
  assert.equal(meet({ version: 1, saved: 'Old.', text: 'Mine.' }, theirs), 'conflict')
})
test('spaces at the ends are nothing to save', () => {
  assert.equal(isDirty({ version: 1, saved: 'Same.', text: 'Same. ' }), false)
  assert.equal(isDirty({ version: 1, saved: 'Same.', text: 'Other.' }), true)
})

test('what the sign-in page answers is not taken for saved, and the text stays in the browser', async () => {
  const kept = new Map()
  Object.assign(globalThis, {
    gettext: (text) => text, localStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text), removeItem: (key) => kept.delete(key) },
    fetch: async () => new Response('<!doctype html>', { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } }),
  })
  const parts = new Map()
  const part = (name) => parts.get(name) ?? parts.set(name, Object.assign(new EventTarget(), { textContent: '', hidden: true, value: '' })).get(name)
  const root = Object.assign(new EventTarget(), { dataset: { seq: '4', version: '1' }, querySelector: part })
  const item = new Item(/** @type {any} */ (root), { url: '/', language: 'en', token: '', key: 'minutes/1/en', offline: () => {} })
  part('textarea').value = 'Kenya said.'
  item.typed()
  await item.save()
  assert.deepEqual([item.dirty, JSON.parse(kept.get('minutes/1/en/4')).text], [true, 'Kenya said.'])
  assert.match(part('[data-part="saved"]').textContent, /could not be saved/)
})
