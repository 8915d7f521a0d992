import assert from 'node:assert/strict'
import { test } from 'node:test'
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
