import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as me from '../../static/js/room/standing.js'
import * as s from '../../static/js/room/state.js'
import { DELEGATE, FLOOR, MEETING, NOW, running, seat, topics, turn, VOTE, welcome } from './stage.js'

/** A seat that was welcomed, with other topics where wished. */
const room = (more = {}) => {
  const state = [welcome(more), ...topics(more)].reduce((state, m) => s.reduce(state, m, 0), { ...s.initial(more.device), link: 'open' })
  return { ...state, ...more.page }
}
test('my place in the queue is to hear first, and is no news while the line is down', () => {
  const told = [{ type: 'waiting', room: 'meeting', what: 'publish', place: 300, seconds: 9 }, { type: 'waiting', room: 'meeting', what: 'receive', place: 120, seconds: 4 }]
  const waits = told.reduce((state, m) => s.reduce(state, m, 0), room())
  assert.deepEqual(s.queued(waits), { what: 'receive', place: 120, seconds: 4 })
  assert.deepEqual(me.changes(room(), waits), [{ code: 'queued' }])
  const hears = s.reduce(waits, { type: 'page.waited', room: 'meeting', what: 'receive' }, 0)
  assert.deepEqual(s.queued(hears), { what: 'publish', place: 300, seconds: 9 })
  assert.deepEqual(me.changes(waits, hears), [])
  assert.equal(s.queued({ ...waits, link: 'reconnecting' }), null)
  assert.equal(s.queued(s.reduce(hears, { type: 'page.waited', room: 'meeting', what: 'publish' }, 0)), null)
})

const mic = { sending: { mic: true, camera: false, screen: false } }

test('my state is one sentence, by table', () => {
  for (const [name, more, code, figures] of [
    ['nothing asked, rostrum', {}, 'muted.ask', {}],
    ['the list is closed', { floor: { list_state: 'closed' } }, 'muted.list-closed', {}],
    ['no item is being taken', { floor: { item: null } }, 'muted', {}],
    ['following, the list is open', { rights: ['enter', 'ask'] }, 'listening.ask', {}],
    ['following, the list is closed', { rights: ['enter', 'ask'], floor: { list_state: 'closed' } }, 'listening.list-closed', {}],
    ['third on the list', { floor: { list: [turn(1, 2), turn(2, 3), turn(3, 1)], forecast: { 3: 540 } } }, 'list', { place: 3, seconds: 540 }],
    ['next', { floor: { list: [turn(3, 1)], forecast: { 3: 60 } } }, 'list.next', { place: 1, seconds: 60 }],
    ['called, not yet open', { floor: { speaking: running(3, 1) }, audible: true }, 'floor.press', {}],
    ['called and open', { floor: { speaking: running(3, 1) }, audible: true, page: mic }, 'floor.on', { seconds: 180 }],
    ['a colleague was named', { floor: { speaking: running(3, 1, { speaker: 9 }) } }, 'colleague', {}],
    ['paused by the chair', { floor: { speaking: running(3, 1, { running_since: null, used_ms: 30_000 }) } }, 'floor.paused', { seconds: 150 }],
    ['interrupted by a point of order', { floor: { speaking: running(3, 1, { running_since: null }), order: running(4, 2, { register: 'order' }) } }, 'interrupted', {}],
    ['my point of order is heard', { floor: { order: running(4, 1, { register: 'order' }) } }, 'order.press', {}],
    ['my point of order waits', { floor: { orders: [turn(4, 1, { register: 'order' })] } }, 'order.waiting', {}],
    ['a point of order goes before my place on the list', { floor: { list: [turn(1, 1)], orders: [turn(4, 1, { register: 'order' })] } }, 'order.waiting', {}],
    ['my reply waits', { floor: { replies: [turn(5, 1, { register: 'reply' })] } }, 'reply.waiting', {}],
    ['discussion, closed', { meeting: { speech: 'discussion' }, audible: true }, 'may-speak', {}],
    ['discussion, open', { meeting: { speech: 'discussion' }, audible: true, page: mic }, 'heard', {}],
    ['silenced', { meeting: { silenced: true } }, 'silenced', {}],
    ['in a corridor while no meeting is on', { page: { meeting: null, corridor: { corridor: 'c' } } }, 'corridor', {}],
    ['in a corridor beside a meeting, muted there', { page: { audible: false, corridor: { corridor: 'c' } } }, 'corridor', {}],
    ['in a corridor, on a companion', { page: { meeting: null, device: 'companion', corridor: { corridor: 'c' } } }, 'corridor.words', {}],
    ['in a corridor, on a device in the hall', { page: { meeting: null, mode: 'hall', corridor: { corridor: 'c' } } }, 'companion.hall', {}],
    ['not yet open', { meeting: { state: 'planned' } }, 'planned', {}],
    ['suspended until', { meeting: { state: 'suspended', resumes_at: '2026-03-01T13:00:00Z' } }, 'suspended.until', { until: '2026-03-01T13:00:00Z' }],
    ['suspended', { meeting: { state: 'suspended' } }, 'suspended', {}],
    ['adjourned', { meeting: { state: 'adjourned' } }, 'adjourned', {}],
    ['closed', { meeting: { state: 'closed' } }, 'closed', {}],
    ['the line is down, hand up', { floor: { list: [turn(3, 1)] }, page: { link: 'reconnecting' } }, 'reconnecting', { hand: true }],
    ['the line is down', { page: { link: 'reconnecting' } }, 'reconnecting', { hand: false }],
    ['opened elsewhere', { page: { link: 'closed', closed: { code: 4409, state: 'elsewhere' } } }, 'closed.elsewhere', {}],
    ['companion in the hall', { device: { device: 'companion', mode: 'hall' } }, 'companion.hall', {}],
    ['a phone in the hall', { device: { device: 'media', mode: 'hall' } }, 'companion.hall', {}],
    ['companion', { device: { device: 'companion' } }, 'companion', {}],
    ['companion whose delegation is called', { device: { device: 'companion' }, floor: { speaking: running(3, 1) } }, 'colleague', {}],
    ['presiding', { you: { person: 2 } }, 'presiding', {}],
    ['press', { rights: ['enter'] }, 'listening', {}],
    ['the hall itself', { device: { device: 'hall', mode: 'hall' }, you: { person: 4, delegations: [] } }, 'hall.off', {}],
  ]) {
    const mine = me.myState(room(more), NOW)
    assert.equal(mine.code, code, name)
    for (const [key, value] of Object.entries(figures)) assert.deepEqual(mine[key], value, `${name}: ${key}`)
  }
})

test('a snapshot, then messages, equals a fresh snapshot', () => {
  const list = [turn(3, 1)]
  const later = s.reduce(room(), { type: 'state', topic: 'floor', version: 11, state: { ...FLOOR, list } }, 0)
  const fresh = { ...room({ floor: { list } }) }
  assert.deepEqual({ ...later, versions: fresh.versions }, fresh)
})

test('an older state is forgotten, the same one twice does no harm', () => {
  const state = s.reduce(room(), { type: 'state', topic: 'meeting', version: 12, state: { ...MEETING, state: 'closed' } }, 0)
  const older = s.reduce(state, { type: 'state', topic: 'meeting', version: 11, state: MEETING }, 0)
  assert.equal(older.meeting.state, 'closed')
})

test('a welcome says whether I am still in the corridor', () => {
  const inside = s.reduce(room(), { type: 'state', topic: 'corridor', version: 500, state: { corridor: 'c', topic: '', locked: false, persons: [1], seats: [], knocks: [{ knock: 1, person: 2, line: '', at: '' }] } }, 0)
  assert.deepEqual(inside.knocks.map(({ knock, corridor }) => [knock, corridor]), [[1, 'c']])
  assert.equal(s.reduce(inside, { ...welcome(), corridor: 'c' }, 0).corridor.corridor, 'c')
  assert.equal(s.reduce(inside, welcome(), 0).corridor, null)
})

test('nothing of a corridor stays on the page once one is out', () => {
  const said = s.reduce(room(), { type: 'corridor.said', person: 2, text: 'quietly', at: '' }, 0)
  for (const type of ['page.corridor.left', 'corridor.closed']) assert.ok(!JSON.stringify(s.reduce(said, { type, code: 'x', text: 'y' }, 0)).includes('quietly'))
})

test('the same chat line is kept once, and unread lines are counted', () => {
  const line = { line: 1, person: 2, delegation: 2, text: 'Hello', to_secretariat: false, at: '2026-03-01T10:00:00Z' }
  const state = [1, 2].reduce((state) => s.reduce(state, { type: 'chat.said', line }, 0), room())
  assert.deepEqual([state.chat.lines.length, s.unread(state), s.unread(s.reduce(state, { type: 'page.read' }, 0))], [1, 1, 0])
})

test('a long chat has unread lines, too, though only the last hundred are kept', () => {
  const said = (state, line) => s.reduce(state, { type: 'chat.said', line: { line, person: 2, delegation: 2, text: String(line), to_secretariat: false, at: '' } }, 0)
  const full = s.reduce(Array.from({ length: 120 }, (_, at) => at + 1).reduce(said, room()), { type: 'page.read' }, 0)
  assert.deepEqual([s.unread(full), s.unread(said(said(full, 121), 122))], [0, 2])
})

test('what the buttons offer, by table', () => {
  for (const [name, more, register, expected] of [
    ['may ask', {}, 'list', { can: true, why: null }],
    ['the list is closed', { floor: { list_state: 'closed' } }, 'list', { can: false, why: 'list-closed' }],
    ['a closed list blocks no point of order', { floor: { list_state: 'closed' } }, 'order', { can: true, why: null }],
    ['a closed list blocks no reply', { floor: { list_state: 'closed' } }, 'reply', { can: true, why: null }],
    ['no item', { floor: { item: null } }, 'list', { can: false, why: 'no-item' }],
    ['not open', { meeting: { state: 'suspended' } }, 'order', { can: false, why: 'not-open' }],
    ['no right', { rights: ['enter', 'ask'] }, 'order', { can: false, why: 'right' }],
    ['a hand that is up may be lowered, list closed or not', { floor: { list: [turn(1, 1)], list_state: 'closed' } }, 'list', { can: true, why: null }],
    ['speaking now', { floor: { speaking: running(1, 1) } }, 'list', { can: false, why: 'speaking' }],
  ]) {
    const { can, why } = me.asking(room(more), register)
    assert.deepEqual({ can, why }, expected, name)
  }
})

test('what the page itself notices of its line goes before what the server judged', () => {
  const line = { whose: 'mine', what: 'up', action: 'camera' }
  for (const [more, code, action] of [
    [{}, 'fine', ''],
    [{ line: { whose: '', what: 'good', action: '' } }, 'fine', ''],
    [{ line }, 'up', 'camera'],
    [{ line, media: { meeting: 'reconnecting', corridor: 'off' } }, 'no-media', ''],
    [{ line, link: 'reconnecting' }, 'reconnecting', ''],
    [{ line, link: 'closed' }, 'lost', ''],
  ]) assert.deepEqual(s.lineState({ ...room(), ...more }), { code, action })
})

test('a line that became bad is said once, and so is its recovery', () => {
  const heard = (state, what) => s.reduce(state, { type: 'line', loss: 0, rtt: 1, kbps: {}, verdict: { whose: 'mine', what, action: '' } }, 0)
  const states = ['good', 'up', 'up', 'good'].reduce((all, what) => [...all, heard(all.at(-1), what)], [room()])
  assert.deepEqual(states.slice(1).map((state, at) => me.changes(states[at], state).map(({ code }) => code)), [[], ['line'], [], ['line.good']])
})

test('what is wrong with my sound is said once, and a trial always says what it found', () => {
  const sound = (grade, why) => (state) => s.reduce(state, { type: 'page.sound', sound: { grade, why, bandwidth: null } }, 0)
  const codes = (state, act) => me.changes(state, act(state)).map(({ code }) => code)
  const [good, narrow] = [sound('green', 'good'), sound('red', 'narrow')]
  const trial = s.reduce(room(), { type: 'page.trial', trial: 'on' }, 0)
  assert.deepEqual([codes(room(), good), codes(room(), narrow), codes(narrow(room()), narrow), codes(trial, good)], [[], ['sound'], [], ['sound']])
})

test('loudness says who talks in a conversation, never at the rostrum', () => {
  const talks = { all: ['s6:mic', 'mine'], first: 's6:mic', last: 's6:mic' }
  const seen = (more) => ['s1', 's2', 's6'].map((key) => s.talking({ ...room(more), talks }, room(more).people.seats.find(({ seat }) => seat === key)))
  assert.deepEqual(seen({}), ['', '', ''])
  assert.deepEqual(seen({ meeting: { speech: 'discussion' } }), ['talks', '', 'first'])
  assert.deepEqual(seen({ meeting: { state: 'planned' } }), ['talks', '', 'first'])
  const mine = s.reduce({ ...room(), talks }, { type: 'page.talks', all: ['mine'], first: 'mine' }, 0)
  assert.equal(mine.talks.last, 's6:mic', 'I do not look at myself')
})

test('what the help desk writes stays until it is closed; an offer is shown once', () => {
  const write = (state, call, offer = '') => s.reduce(state, { type: 'help.reached', call, text: '', offer }, 0)
  const state = write(write(write(room(), 1, 'low_data'), 2), 3, 'low_data')
  assert.deepEqual(state.reached.map(({ call }) => call), [2, 3])
  assert.deepEqual(me.changes(room(), state).map(({ code }) => code), ['reached'])
  assert.deepEqual(s.reduce(state, { type: 'page.reached.done', call: 2 }, 0).reached.map(({ call }) => call), [3])
})

test('an answer of the help desk stays until it is closed, and is said', () => {
  const answered = (state, text) => s.reduce(state, { type: 'notice', code: 'help.answered', text }, 0)
  const one = answered(room(), 'Use the other socket.')
  const both = answered(one, 'And switch it on.')
  assert.deepEqual([both.reached.map(({ text }) => text), both.notices], [['Use the other socket.', 'And switch it on.'], []])
  assert.deepEqual(me.changes(one, both).map(({ code }) => code), ['reached'])
  assert.equal(s.reduce(both, { type: 'page.reached.done', call: both.reached[0].call }, 0).reached.length, 1)
})

test('what changed is announced: mine urgently, others politely', () => {
  const codes = (before, after) => me.changes(room(before), room(after)).map(({ code, urgent }) => (urgent ? `${code}!` : code))
  assert.deepEqual(codes({}, { floor: { speaking: running(1, 2) } }), ['floor.given'])
  assert.deepEqual(codes({}, { floor: { speaking: running(1, 1) } }), ['floor.mine!'])
  assert.deepEqual(codes({ floor: { speaking: running(1, 1) } }, {}), ['floor.ended.mine'])
  assert.deepEqual(codes({ floor: { list: [turn(2, 3), turn(1, 1)] } }, { floor: { list: [turn(1, 1)] } }), ['next!'])
  assert.deepEqual(codes({}, { meeting: { state: 'suspended' } }), ['meeting.suspended'])
  assert.deepEqual(codes({}, {}), [])
  assert.deepEqual(codes({}, { votes: { last: VOTE } }), ['vote.opened!'])
  assert.deepEqual(codes({ votes: { last: VOTE } }, { votes: { last: { ...VOTE, ballots: { 1: 'no' } } } }), ['vote.received'], 'mine')
  assert.deepEqual(codes({ votes: { last: VOTE } }, { votes: { last: { ...VOTE, ballots: { 2: 'no' } } } }), [], 'of others nobody is told')
  assert.deepEqual(codes({ votes: { last: VOTE } }, { votes: { last: { ...VOTE, state: 'closed', adopted: true } } }), ['vote.closed!'])
  assert.deepEqual(codes({ votes: { last: VOTE } }, { votes: { last: null } }), ['vote.withdrawn!'])
  assert.deepEqual(codes({ votes: { last: VOTE } }, { votes: { last: { ...VOTE, id: 5 } } }), ['vote.opened!'], 'another one since')
  const orders = { floor: { orders: [turn(9, 2, { register: 'order' })] } }
  assert.deepEqual(codes({ rights: ['run_floor'] }, { rights: ['run_floor'], ...orders }), ['order.new!']) // to the desk only
  assert.deepEqual(codes({}, orders), [])
  const invited = s.reduce(room(), { type: 'invite', invite: 1, person: 6, line: '' }, 0)
  assert.deepEqual([me.changes(room(), invited), me.changes(invited, invited)], [[{ code: 'invite', person: 6 }], []])
  assert.deepEqual(s.reduce(invited, welcome(), 0).invites, []) // a line that comes back: what still waits rings again
  const passed = ['', '', '', '', '', ''].reduce((state) => s.reduce(state, { type: 'note.passed', person: 6, text: '', at: '' }, 0), room())
  const again = s.reduce(passed, { type: 'note.passed', person: 2, text: '', at: '' }, 0) // as many are kept as before
  assert.deepEqual([me.changes(room(), passed)[0].code, me.changes(passed, again), me.changes(again, again)], ['note', [{ code: 'note', person: 2 }], []])
  const heard = (message) => me.changes(room(), s.reduce(room(), message, 0)).map(({ code }) => code)
  assert.deepEqual(heard({ type: 'knock.answered', corridor: 'c', answer: 'not_now' }), ['knock.answered'])
  assert.deepEqual(heard({ type: 'invite.answered', invite: 1, person: 6, answer: 'soon', corridor: null }), ['invite.answered'])
  assert.deepEqual(heard({ type: 'invite.answered', invite: 1, person: 6, answer: 'come_in', corridor: 'c' }), []) // one is there
})

test('tiles begin with whoever presides, then follow protocol order', () => {
  const people = { seats: [seat('a', 6), seat('b', 1), seat('c', 2), seat('d', null, { device: 'screen' })] }
  assert.deepEqual(s.tiles(room({ people }), 'en').map(({ seat }) => seat), ['c', 'b', 'a'])
})

test('a turn in the hall is seen through the hall', () => {
  const people = { seats: [seat('s1', 1), seat('h', 4, { device: 'hall', mode: 'hall' })] }
  assert.equal(s.seatOf(room({ people }), running(1, 1, { mode: 'hall' })).seat, 'h')
  assert.equal(s.seatOf(room({ people }), running(1, 1)).seat, 's1')
})

test('a shared screen is found, with whose it is', () => {
  const people = { seats: [seat('s1', 1), seat('s6', 6, { sources: ['s6:screen'] })] }
  assert.deepEqual([s.screenShown(room({ people })).source, s.screenShown(room()), s.sourceOf(seat('s1', 1), 'mic')], ['s6:screen', null, 's1:mic'])
})

test('a notice is shown once, and the newest four', () => {
  let state = room()
  for (const text of ['a', 'b', 'b', 'c', 'd', 'e']) state = s.reduce(state, { type: 'page.notice', code: 'x', text }, 0)
  assert.deepEqual(state.notices.map(({ text }) => text), ['b', 'c', 'd', 'e'])
})

test('unknown messages change nothing', () => {
  const state = room()
  assert.equal(s.reduce(state, { type: 'from.the.future' }, 0), state)
  assert.ok(DELEGATE.every((right) => s.may(state, right)))
})

test('a microphone is processed for where it is heard, by table', () => {
  for (const [name, more, profile] of [
    ['rostrum, nothing said', {}, 'floor'],
    ['discussion', { meeting: { speech: 'discussion' } }, 'discussion'],
    ['discussion, but I have the floor', { meeting: { speech: 'discussion' }, floor: { speaking: running(3, 1) } }, 'floor'],
    ['discussion, presiding', { meeting: { speech: 'discussion' }, you: { person: 2 } }, 'floor'],
    ['in a corridor', { page: { corridor: { corridor: 'c' } } }, 'discussion'],
    ['the hall\u2019s mixer', { device: { device: 'hall', mode: 'hall' }, you: { person: 4, delegations: [] } }, 'line'],
  ]) assert.equal(s.soundProfile(room(more)), profile, name)
})

test('what comes of pictures is known for the meeting and for a corridor', () => {
  const weak = { type: 'route', room: 'meeting', slots: {}, rests: {}, pictures: 'speaker', by: 'line' }
  const state = s.reduce(room(), weak, 0)
  assert.equal(s.pictures(state).pictures, 'speaker')
  assert.equal(s.pictures({ ...state, corridor: { corridor: 'c' } }).pictures, 'all')
})
