import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initial, reduce } from '../../static/js/room/state.js'
import { drawing } from './drawn.js'
import { DIRECTORY, PERSONS, running, seat, topics, turn, VOTE, welcome } from './stage.js'

Object.assign(globalThis, { matchMedia: () => ({ matches: false, addEventListener() {} }) })
const { chatPanel } = await import('../../static/js/room/view/chat.js')
const { papersPanel } = await import('../../static/js/room/view/papers.js')
const { aloud, truth } = await import('../../static/js/room/view/corridor.js')
const { scene, seated } = await import('../../static/js/room/view/stage.js')

/** A room page with these topics, and what it chose. */
const page = (more = {}, ui = {}) => ({
  page: { summit: { slug: 's', names: {} } }, ui: { chatTo: 'room', layout: 'speaker', allTiles: false, screen: '', ...ui }, media: { quiet: 0.2, picture: () => null, own: () => null, rests: () => null },
  now: () => Date.parse('2026-03-01T10:00:00Z'), state: [welcome(more), ...topics(more), ...(more.heard ?? [])].reduce((state, m) => reduce(state, m, 0), initial()),
})

test('a vote asks whoever votes, says what was received, and reads out who voted how', async () => {
  const { voteBanner, voteDesk } = await import('../../static/js/room/view/vote.js')
  const drawn = (last, ui = {}, view = voteBanner) => drawing(view({ ...page({ votes: { last } }, { received: {}, voteSeen: 0, ...ui }), busy: () => 'false' }))
  assert.equal(drawn(null), '')
  for (const words of ['Vote open', 'A/1/L.4', 'Kenya has not voted.', 'data-choice=abstain', '0 of 3 delegations have voted.']) assert.ok(drawn(VOTE).includes(words), words)
  assert.ok(!drawn({ ...VOTE, entitled: [2, 3] }).includes('data-choice'), 'who has no vote is not asked')
  const cast = { ...VOTE, ballots: { 1: 'no' }, tally: { ...VOTE.tally, no: 1, absent: 2 } }
  assert.match(drawn(cast), /Kenya: Against\. Received by the secretariat\./)
  assert.match(drawn(cast, { received: { 1: '2026-03-01T10:21:04Z' } }), /Received by the secretariat at 11:21:04\./)
  const closed = { ...cast, state: 'closed', adopted: false, tally: { yes: 0, no: 1, abstain: 0, absent: 2 } }
  for (const words of ['Not adopted', 'In favour 0, against 1, abstaining 0, not voting 2.', 'Chile, Norway']) assert.ok(drawn(closed).includes(words), words)
  assert.equal(drawn(closed, { voteSeen: 4 }), '', 'it was put away')
  assert.equal(drawn({ ...closed, item: 1 }), '', 'the chair went on to another item')
  assert.match(drawn(cast, {}, voteDesk), /1 of 3 delegations have voted\..*2 have not voted/s)
})

test('a text is put to the vote while nobody has the floor and none is open', async () => {
  const { floor } = await import('../../static/js/room/view/desk.js')
  const desk = (more) => drawing(floor({ ...page({ heard: [{ type: 'state', topic: 'desk', version: 11, state: { undo: null, removed: [], accepts: ['vote.open'], acts: [] } }], ...more }), busy: () => 'false' }))
  assert.ok(desk({}).includes('Put to the vote'))
  for (const more of [{ floor: { speaking: running(3, 1) } }, { floor: { order: running(3, 1, { register: 'order' }) } }, { votes: { last: VOTE } }, { meeting: { item: null } }]) assert.ok(!desk(more).includes('Put to the vote'), JSON.stringify(more))
})

test('the chat takes what the chair allows, by table', () => {
  const fields = (chat) => {
    const drawn = drawing(chatPanel(page({ meeting: { chat } })))
    return [drawn.includes('<form'), drawn.includes('type="radio"'), drawn.includes('Message to the room'), drawn.includes('Message to the secretariat')]
  }
  assert.deepEqual(fields('off'), [false, false, false, false])
  assert.deepEqual(fields('secretariat'), [true, false, false, true])
  assert.deepEqual(fields('open'), [true, true, true, false])
  assert.ok(drawing(chatPanel(page({ meeting: { chat: 'off' } }))).includes('still reaches a person'))
})

test('a call that nobody sees yet says so, and officers in the room see that calls wait', async () => {
  const { dialogs } = await import('../../static/js/room/view/dialogs.js')
  const { bar } = await import('../../static/js/room/view/controls.js')
  const drawn = drawing(dialogs(page({}, { dialog: 'unattended' })))
  for (const words of ['Nobody of the help desk is here just now.', 'They see your call as soon as they open this meeting.']) assert.ok(drawn.includes(words), words)
  const call = (id, person, answered_at = null) => ({ call: id, person, obstacle: '', text: '', at: '2026-03-01T10:00:00Z', answered_by: null, answered_at, reply: '' })
  const counted = (...calls) => {
    const room = page({ heard: [{ type: 'state', topic: 'help', version: 11, state: { calls, screens: [] } }] })
    Object.assign(room, { busy: () => 'false', page: { ...room.page, page: 'room', urls: { desk: '/desk/', hall: null } } })
    return (drawing(bar(room)).match(/1 call for help/g) ?? []).length
  }
  assert.deepEqual([counted(), counted(call(1, 3)), counted(call(1, 3, '2026-03-01T10:01:00Z')), counted(call(1, 1))], [0, 2, 0, 0])
})

test('a name that runs the other way than the page turns no word of the sentence it stands in', async () => {
  const { fill } = await import('../../static/js/room/view/sentences.js')
  const said = (dir, name) => { document.documentElement.dir = dir; return fill('%(name)s waits; place %(n)s.', { name, n: 3 }) }
  assert.equal(said('ltr', 'كينيا'), '\u2068كينيا\u2069 waits; place 3.')
  assert.equal(said('ltr', '3 (كينيا)'), '\u20683 (كينيا)\u2069 waits; place 3.')
  assert.equal(said('rtl', 'Kenya'), '\u2068Kenya\u2069 waits; place 3.')
  for (const [dir, name] of [['ltr', 'Kenya'], ['ltr', '中国'], ['rtl', 'كينيا'], ['rtl', '3'], ['ltr', '']]) assert.equal(said(dir, name), `${name} waits; place 3.`)
  document.documentElement.dir = 'ltr'
})

test('the desk offers what the state of the meeting accepts, by the word of the server', async () => {
  const { floor, house } = await import('../../static/js/room/view/desk.js')
  const offered = (state, accepts) => {
    const heard = [{ type: 'state', topic: 'desk', version: 11, state: { undo: null, removed: [{ person: 3, reason: '', at: '2026-03-01T10:00:00Z' }], accepts, acts: [{ entry: 4, kind: 'meeting.closed', at: '2026-03-01T10:00:00Z', facts: {} }] } }]
    const room = Object.assign(page({ meeting: { state }, floor: { list: [turn(1, 1)], replies: [turn(2, 2)] }, heard }), { busy: () => 'false' })
    const drawn = drawing([floor(room), house(room)])
    return ['Present<', 'Hands<', 'List ends about<', 'Close the list', 'Give the floor<', 'Earlier', 'It was so decided', 'Suspend until', 'Adjourn or close', 'Change who presides', 'Silence the room', 'Ask a person to leave', 'Let in', 'Way of speaking', 'Doors', 'Take off the list', 'Correct'].filter((word) => drawn.includes(word))
  }
  const always = ['Take off the list', 'Correct'], counted = ['Present<', 'Hands<', 'List ends about<']
  assert.deepEqual(offered('closed', []), always, 'and counts nobody: the attendance is in the minutes')
  assert.deepEqual(offered('open', []), [...counted, ...always], 'nothing of its own accord')
  assert.deepEqual(offered('suspended', ['list.close', 'floor.move', 'meeting.preside', 'meeting.silence']), [...counted, 'Close the list', 'Earlier', 'Change who presides', 'Silence the room', ...always])
  assert.deepEqual(offered('open', ['floor.give', 'decision.gavel', 'meeting.suspend', 'meeting.close', 'meeting.adjourn', 'person.remove', 'person.readmit', 'meeting.speech', 'meeting.openness']),
    [...counted, 'Give the floor<', 'It was so decided', 'Suspend until', 'Adjourn or close', 'Ask a person to leave', 'Let in', 'Way of speaking', 'Doors', ...always])
})

test('who is open to talk is found by name, delegation, group, language and item; a choice that no field shows hides nobody', async () => {
  const { openPeople } = await import('../../static/js/room/view/presence.js')
  const open = { 2: { item: 3, languages: ['fr', 'en'] }, 3: { item: null, languages: ['zh'] }, 6: { item: 3, languages: ['en'] } }
  const directory = { ...DIRECTORY, groups: { G77: { names: { en: { short: 'Group of 77' } }, members: [2] } } }
  const shown = (ui, ids = Object.keys(open)) => {
    const people = ids.map((id) => ({ person: Number(id), about: '', since: '2026-03-01T10:00:00Z', ...open[id] }))
    const heard = [{ type: 'state', topic: 'directory', version: 11, state: directory }, { type: 'state', topic: 'corridors', version: 11, state: { open: people, corridors: [], coffee: 0, recall: null } }]
    const room = page({ heard }, { seek: '', ofGroup: '', speaks: '', onItem: 0, ...ui })
    room.page.items = [{ id: 3, number: '3(b)', titles: { en: 'Adaptation' } }]
    const drawn = drawing(openPeople(room))
    return Object.keys(open).filter((id) => drawn.includes(`Ask ${PERSONS[id].names.en.formal} for a word`))
  }
  assert.deepEqual(shown({}), ['2', '3', '6'])
  for (const [ui, found] of [[{ seek: 'chen' }, ['3']], [{ seek: DIRECTORY.delegations[3].names.en.short.slice(0, 4) }, ['6']], [{ ofGroup: 'G77' }, ['2']], [{ speaks: 'en' }, ['2', '6']], [{ onItem: 3 }, ['2', '6']], [{ onItem: 3, speaks: 'fr' }, ['2']], [{ seek: 'nobody' }, []]]) assert.deepEqual(shown(ui), found, JSON.stringify(ui))
  assert.deepEqual(shown({ seek: 'chen', speaks: 'zh' }, ['2', '6']), ['2', '6'], 'two are left, and the fields are gone')
  for (const gone of [{ speaks: 'ru' }, { ofGroup: 'EU' }, { onItem: 8 }]) assert.deepEqual(shown(gone), ['2', '3', '6'], 'nobody is left for it')
})

test('a line of the chat says of whom it is and whom it is for', () => {
  const line = { line: 1, person: 1, delegation: 1, text: 'Our sound is weak.', to_secretariat: true, at: '2026-03-01T10:00:00Z' }
  const drawn = drawing(chatPanel(page({ heard: [{ type: 'chat.said', line }] })))
  for (const words of ['Kenya', 'Our sound is weak.', 'to the secretariat']) assert.ok(drawn.includes(words), words)
})

test('papers stand below their items, those of the item being taken first', () => {
  const paper = { id: 4, symbol: 'A/1/L.4', titles: { en: 'Draft' }, files: [{ id: 9, language: 'fr', kind: 'pdf', size: 20_000 }] }
  const item = (id, number, papers) => ({ id, number, titles: { en: `Item ${id}` }, depth: 0, list_state: 'open', unheard: 0, papers })
  const drawn = drawing(papersPanel(page({ heard: [{ type: 'state', topic: 'agenda', version: 11, state: { items: [item(2, '2', []), item(3, '3(b)', [paper])] } }] })))
  assert.ok(drawn.indexOf('Item 3') < drawn.indexOf('Item 2'), 'what is taken now comes first')
  for (const words of ['A/1/L.4', 'href=/s/s/papers/9/', '>now<', '20 kB']) assert.ok(drawn.includes(words), words)
})

test('a corridor says what is true of it, and who has the floor meanwhile', () => {
  for (const words of ['Not recorded.', 'Nothing said here is kept.', 'Not yet end-to-end encrypted.']) assert.ok(drawing(truth()).includes(words), words)
  assert.match(drawing(aloud(page({ floor: { speaking: running(3, 1) } }))), /The floor, quietly: Kenya/)
  assert.match(drawing(aloud(page())), /The floor is silent\./)
  const off = page()
  off.media.quiet = 0
  assert.match(drawing(aloud(off)), /The floor is off\./)
  const corridors = (floors) => drawing(aloud({ ...page(), state: { ...page().state, meeting: null, floors } }))
  assert.equal(corridors({ on: [], heard: null }), '', 'no meeting is on')
  const on = [{ meeting: 7, titles: { en: 'Plenary' }, turn: running(3, 1), seated: false }, { meeting: 8, titles: { en: 'Group' }, turn: null, seated: false }]
  assert.match(corridors({ on, heard: 7 }), /The floor, quietly: Kenya.*Floor of.*aria-pressed=true[^>]*>[^P]*Plenary.*aria-pressed=false[^>]*>[^G]*Group.*type="range"/s)
  assert.match(corridors({ on, heard: 8 }), /The floor is silent\./)
  assert.match(corridors({ on, heard: null }), /The floor is off\./)
})

test('the grid has more tiles than the speaker\u2019s picture leaves room for, and says how many are not shown', () => {
  const many = Array.from({ length: 60 }, (_, at) => 100 + at)
  const directory = { ...DIRECTORY, persons: { ...PERSONS, ...Object.fromEntries(many.map((id) => [id, PERSONS[1]])) } }
  const heard = [{ type: 'state', topic: 'directory', version: 11, state: directory }]
  const shown = (layout, allTiles = false) => {
    const room = page({ people: { seats: many.map((id) => seat(`s${id}`, id)) }, heard }, { layout, allTiles })
    return [seated(room).seats.length, /(\d+) more/.exec(drawing(scene(room)))?.[1] ?? '0']
  }
  assert.deepEqual([shown('speaker'), shown('grid'), shown('grid', true)], [[24, '36'], [49, '11'], [60, '0']])
})
