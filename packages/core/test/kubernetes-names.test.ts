import { expect, test } from '@jest/globals'
import {
  NAMESPACES,
  SERVICE_ACCOUNT_NAMES,
  SERVICE_ACCOUNT_WORDS,
  isNamespaceName,
  isServiceAccountName,
} from '../src/mechanisms/kubernetes-names.js'
import { randomOf } from './reference/random.js'

test('a name is told without an automaton exactly as with one', () => {
  const random = randomOf(20261120, 1)
  const words = Array.from({ length: 20_000 }, () =>
    Array.from({ length: random.below(9) }, () => random.pick([...'aa0zb--..::A_'])).join(''),
  )
  for (const language of [NAMESPACES, SERVICE_ACCOUNT_NAMES, SERVICE_ACCOUNT_WORDS]) {
    const told = words.map((word) => language.has(word))
    // Counting states makes the automaton, which answers from then on.
    expect(language.stateCount).toBeGreaterThan(1)
    expect(words.filter((word, index) => language.has(word) !== told[index])).toEqual([])
    expect(told.filter((isMember) => isMember).length).toBeGreaterThan(100)
  }
})

test('names are as long as Kubernetes allows', () => {
  expect(isNamespaceName('a'.repeat(63))).toBe(true)
  expect(isNamespaceName('a'.repeat(64))).toBe(false)
  expect(isServiceAccountName('a'.repeat(253))).toBe(true)
  expect(isServiceAccountName('a'.repeat(254))).toBe(false)
  expect(isServiceAccountName('app.v2')).toBe(true)
  expect(isNamespaceName('app.v2')).toBe(false)
  for (const name of ['', '-a', 'a-', 'A', 'a_b', 'a..b', 'a.-b'])
    expect([name, isServiceAccountName(name)]).toEqual([name, false])
})
