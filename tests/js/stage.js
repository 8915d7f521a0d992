/** A room for tests and for looking at pages: the cast in a meeting, as the server would say it. */

const at = (seconds) => new Date(Date.parse('2026-03-01T10:00:00Z') + seconds * 1000).toISOString()
export const NOW = Date.parse('2026-03-01T10:00:00Z')

export const turn = (id, delegation, more = {}) => ({
  id, delegation, register: 'list', capacity: 'national', on_behalf_of: '', speaker: null, mode: 'remote', state: 'waiting',
  granted: 180, used_ms: 0, running_since: null, began_at: null, asked_at: at(-600 + id), ruling: '', ...more,
})
export const running = (id, delegation, more = {}) => turn(id, delegation, { state: 'speaking', running_since: at(0), began_at: at(0), ...more })

const delegationOf = (code, short, formal, category, flag, order, credentials = 'accepted') => ({
  code, names: { en: { short, formal } }, category, flag, order: { en: order }, credentials,
})
export const DELEGATIONS = {
  1: delegationOf('KE', 'Kenya', 'the Republic of Kenya', 'member', 'ke', 3),
  2: delegationOf('CL', 'Chile', 'the Republic of Chile', 'member', 'cl', 1),
  3: delegationOf('NO', 'Norway', 'the Kingdom of Norway', 'member', 'no', 4),
  4: delegationOf('AU', 'African Union', 'African Union', 'igo', 'org', 9, 'none'),
  5: delegationOf('SEC', 'Secretariat', 'Secretariat', 'secretariat', 'un', 20, 'none'),
}
const personOf = (name, delegation, title, office = '') => ({ names: { en: { short: name, formal: name } }, delegation, delegations: [delegation], function: 'representative', title: { en: title }, offices: office ? [office] : [] })
export const PERSONS = {
  1: personOf('Ms Amina Rahal', 1, 'Minister for the Environment'),
  2: personOf('Mr Bruno Salgado', 2, 'Permanent Representative', 'chair'),
  3: personOf('Mr Chen Wei', 4, 'Observer'),
  4: personOf('Ms Dana Berg', 5, 'Secretary', 'secretary'),
  6: personOf('Mr Nils Haug', 3, 'Ambassador'),
}
export const seat = (key, person, more = {}) => ({
  seat: key, person, device: 'media', mode: 'remote', away: false, audible: false, sources: [`${key}:mic`, `${key}:camera`], ...more,
})

export const MEETING = {
  id: 7, state: 'open', openness: 'open', speech: 'rostrum', chat: 'secretariat', silenced: false, presiding: 2, item: 3,
  titles: { en: 'Plenary, 2nd meeting' }, resumes_at: null, opened_at: at(-1200), closed_at: null, recorded: true, zone: 'Europe/Zurich', starts_at: at(-1200),
}
export const FLOOR = {
  item: 3, list_state: 'open', speaking: null, order: null, orders: [], replies: [], list: [], heard: [], forecast: {},
}
export const VOTE = {
  id: 4, item: 3, text: 'Draft resolution on climate finance', symbol: 'A/1/L.4', majority: 'simple', state: 'open', opened_at: at(0), closed_at: null,
  entitled: [1, 2, 3], ballots: {}, tally: { yes: 0, no: 0, abstain: 0, absent: 3 }, adopted: null,
}
export const AGENDA = { items: [
  { id: 1, number: '1', titles: { en: 'Adoption of the agenda' }, depth: 0, list_state: 'closed', unheard: 0, papers: [] },
  { id: 3, number: '3(b)', titles: { en: 'Climate finance' }, depth: 1, list_state: 'open', unheard: 3, papers: [] },
] }
export const DIRECTORY = { persons: PERSONS, delegations: DELEGATIONS }
export const PEOPLE = {
  seats: [seat('s1', 1), seat('s2', 2), seat('s6', 6)],
  present: { 1: { hall: false, remote: true }, 2: { hall: true, remote: true } }, counts: { hall: 1, remote: 4, delegations: 5 },
}
/** Every topic, as `state` messages. */
export const topics = (more = {}) => Object.entries({
  directory: DIRECTORY, meeting: { ...MEETING, ...more.meeting }, agenda: AGENDA, floor: { ...FLOOR, ...more.floor }, votes: { last: null, ...more.votes },
  people: { ...PEOPLE, ...more.people }, chat: { lines: [] },
}).map(([topic, state]) => ({ type: 'state', topic, version: 10, state }))
export const DELEGATE = ['enter', 'publish', 'ask', 'point_of_order', 'reply', 'chat', 'share', 'corridor', 'vote']
export const AMINA = {
  person: 1, names: PERSONS[1].names, language: 'en', offices: [], rights: DELEGATE,
  delegations: [{ id: 1, code: 'KE', names: DELEGATIONS[1].names, function: 'head', rights: DELEGATE }],
}
export const welcome = (more = {}) => ({
  type: 'welcome', you: { ...AMINA, ...more.you }, meeting: 7, rights: more.rights ?? DELEGATE, audible: more.audible ?? false, open: false, publish: ['audio', 'video'], recording: null,
  clock: at(0), ice: [], epoch: 'e1', seat: 's1', suite: null, corridor: null, topics: Object.fromEntries(topics(more).map(({ topic, version }) => [topic, version])),
})
