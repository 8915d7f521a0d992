import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formal, matches, pick, short, text } from '../../static/js/room/names.js'

const KENYA = { en: { short: 'Kenya', formal: 'the Republic of Kenya' }, ar: { short: 'كينيا' } }

test('a name is picked in the reader\'s language, else the nearest, and never changed', () => {
  assert.equal(short(KENYA, 'ar'), 'كينيا')
  assert.equal(formal(KENYA, 'ar'), 'كينيا')
  assert.equal(formal(KENYA, 'en-gb'), 'the Republic of Kenya')
  assert.equal(short(KENYA, 'zh'), 'Kenya')
  assert.equal(short({ pt: { short: 'Türkiye' } }, 'fr'), 'Türkiye')
  assert.equal(short(undefined, 'en'), '')
  assert.equal(text({ fr: 'Ouverture' }, 'en'), 'Ouverture')
  assert.equal(pick({}, 'en'), undefined)
})

test('the search forgives case and accents', () => {
  assert.ok(matches({ en: { short: 'Côte d’Ivoire' } }, 'cote'))
  assert.ok(matches(KENYA, 'كين'))
  assert.ok(!matches(KENYA, 'chile'))
})
