import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initial, reduce } from '../../static/js/room/state.js'
import { drawing } from './drawn.js'
import { topics, welcome } from './stage.js'

const { deskBell } = await import('../../static/js/room/view/bell.js')
const { dialog } = await import('../../static/js/room/view/dialogs.js')
const { changeSentence } = await import('../../static/js/room/view/sentences.js')

/** A desk that has heard these messages. */
const desk = (...heard) => ({ page: { urls: { corridors: '/s/s/corridors/' } }, ui: {}, state: [welcome(), ...topics(), ...heard].reduce((state, m) => reduce(state, m, 0), initial()) })
const note = { type: 'note.passed', person: 6, text: 'Ask for a reply', at: '2026-03-01T10:00:00Z' }

test('a note of a colleague lies on the desk until it is put away, and is told', () => {
  const room = desk(note)
  for (const words of ['Mr Nils Haug', 'passes you a note.', 'Ask for a reply', 'Answer by a note']) assert.ok(drawing(deskBell(room)).includes(words), words)
  assert.equal(changeSentence(room.state, { code: 'note', person: 6 }), 'Mr Nils Haug passes you a note. Ask for a reply')
  assert.equal(drawing(deskBell(desk(note, { type: 'page.note.done', at: note.at }))).trim(), '')
})

test('who asks for a word rings at the desk, where one is in no corridor, with the way to where one comes in', () => {
  const bell = drawing(deskBell(desk({ type: 'invite', invite: 1, person: 6, line: 'Paragraph 7' })))
  for (const words of ['Mr Nils Haug', 'asks for a word.', 'Paragraph 7', 'href=/s/s/corridors/', 'Not now']) assert.ok(bell.includes(words), words)
  assert.ok(!bell.includes('Come in'), bell)
})

test('what was answered is told in words', () => {
  const knocked = desk({ type: 'knock.answered', corridor: 'c', answer: 'not_now' }).state
  assert.equal(changeSentence(knocked, { code: 'knock.answered' }), 'Not now, they say.')
  const asked = desk({ type: 'invite.answered', invite: 1, person: 6, answer: 'soon', corridor: null }).state
  assert.equal(changeSentence(asked, { code: 'invite.answered' }), 'Mr Nils Haug: in five minutes.')
})

test('a dialog says what was refused since it was opened', () => {
  const refused = (text) => ({ type: 'page.notice', code: 'page', text, tone: 'over' })
  const room = desk(refused('An old refusal.'), refused('Write something first.'))
  const drawn = drawing(dialog({ ...room, ui: { noticed: room.state.notices[0].id } }, 'Ruling', ''))
  assert.ok(drawn.includes('Write something first.') && !drawn.includes('An old refusal.'), drawn)
})
