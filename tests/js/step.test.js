import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initial, reduce } from '../../static/js/room/state.js'
import { nextStep, underRuling, unheard, wallToUtc } from '../../static/js/room/step.js'
import { AGENDA, running, topics, turn, VOTE, welcome } from './stage.js'

const desk = (more = {}, acts = []) => [welcome(more), ...topics(more), { type: 'state', topic: 'desk', version: 10, state: { undo: null, removed: [], accepts: [], acts } }]
  .reduce((state, m) => reduce(state, m, 0), { ...initial(), link: 'open' })

test('the chair is told one next step, by table', () => {
  const paused = { running_since: null, used_ms: 1000 }
  const [opening, finance] = AGENDA.items
  for (const [name, more, acts, code, about] of [
    ['not yet open', { meeting: { state: 'planned' } }, [], 'open', undefined],
    ['suspended', { meeting: { state: 'suspended' } }, [], 'resume', undefined],
    ['adjourned: it goes on another day', { meeting: { state: 'adjourned' } }, [], 'resume', undefined],
    ['open, no item', { meeting: { item: null }, floor: { item: null } }, [], 'take', opening.id],
    ['hands are up', { floor: { list: [turn(4, 2), turn(5, 3)] } }, [], 'give', 4],
    ['hands are up while one speaks', { floor: { speaking: running(3, 1), list: [turn(4, 2)] } }, [], 'thank-give', 4],
    ['the last one speaks', { floor: { speaking: running(3, 1) } }, [], 'end', 3],
    ['a point of order waits', { floor: { speaking: running(3, 1), orders: [turn(9, 2, { register: 'order' })], list: [turn(4, 2)] } }, [], 'hear', 9],
    ['a point of order is heard', { floor: { speaking: running(3, 1, paused), order: running(9, 2, { register: 'order' }), orders: [running(9, 2, { register: 'order' })] } }, [], 'rule', 9],
    ['a speech is paused', { floor: { speaking: running(3, 1, paused), list: [turn(4, 2)] } }, [], 'resume-speech', 3],
    ['nobody waits, the list is open', {}, [], 'close-list', finance.id],
    ['replies come after a closed list', { floor: { list_state: 'closed', replies: [turn(7, 3, { register: 'reply' })] } }, [], 'reply', 7],
    ['replies wait while the list is open', { floor: { replies: [turn(7, 3, { register: 'reply' })] } }, [], 'close-list', finance.id],
    ['all were heard', { floor: { list_state: 'closed' } }, [], 'decide', finance.id],
    ['a vote is open', { votes: { last: VOTE }, floor: { list: [turn(4, 2)] } }, [], 'close-vote', undefined],
    ['a point of order during a vote', { votes: { last: VOTE }, floor: { orders: [turn(9, 2, { register: 'order' })] } }, [], 'hear', 9],
    ['it was voted upon', { floor: { list_state: 'closed' } }, [{ entry: 4, kind: 'vote.closed', at: '', facts: { item: { number: '3(b)' } } }], 'close', undefined],
    ['it was decided, the last item', { floor: { list_state: 'closed' } }, [{ entry: 4, kind: 'decision.taken', at: '', facts: { item: { number: '3(b)' } } }], 'close', undefined],
    ['the decision was undone', { floor: { list_state: 'closed' } }, [{ entry: 4, kind: 'decision.taken', at: '', facts: { undone: true, item: { number: '3(b)' } } }], 'decide', finance.id],
    ['it was decided, more to come', { meeting: { item: 1 }, floor: { item: 1, list_state: 'closed' } }, [{ entry: 4, kind: 'decision.taken', at: '', facts: { item: { number: '1' } } }], 'take', finance.id],
  ]) {
    const step = nextStep(desk(more, acts))
    assert.deepEqual([step.code, step.turn?.id ?? step.item?.id], [code, about], name)
  }
  assert.equal(nextStep(initial()), null)
})

test('what closing would leave unheard is counted over the programme', () => {
  assert.equal(unheard(desk()), 3)
})

test('a wall clock at the host becomes the next such moment', () => {
  const now = Date.parse('2026-03-01T10:00:00Z')
  assert.equal(wallToUtc('15:10', 'Africa/Nairobi', now), '2026-03-01T12:10:00.000Z')
  assert.equal(wallToUtc('09:00', 'Africa/Nairobi', now), '2026-03-02T06:00:00.000Z')
  assert.equal(wallToUtc('23:30', 'America/New_York', now), '2026-03-02T04:30:00.000Z')
  assert.equal(wallToUtc('soon', 'UTC', now), null)
})

test('over a night in which clocks change, the hour at the host counts', () => {
  assert.equal(wallToUtc('09:00', 'Europe/Zurich', Date.parse('2026-03-28T22:00:00Z')), '2026-03-29T07:00:00.000Z')
  assert.equal(wallToUtc('09:00', 'Europe/Zurich', Date.parse('2026-10-24T22:00:00Z')), '2026-10-25T08:00:00.000Z')
  assert.equal(wallToUtc('04:00', 'Europe/Zurich', Date.parse('2026-03-28T23:30:00Z')), '2026-03-29T02:00:00.000Z')
})

test('a ruling is given on the point of order it was begun for', () => {
  const [one, other] = [turn(7, 2, { register: 'order' }), turn(8, 3, { register: 'order' })]
  assert.equal(underRuling(desk({ floor: { order: one } }), 7), one)
  for (const order of [other, null]) assert.equal(underRuling(desk({ floor: { order } }), 7), null)
  assert.equal(underRuling(desk({ floor: { order: one } }), undefined), null)
})
