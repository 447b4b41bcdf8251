import { describe, expect, test } from '@jest/globals'
import { parseTrustPolicy } from '../src/policy/parse.js'
import type { Outcome } from '../src/policy/request.js'
import { evaluateTrust } from '../src/trust/evaluate.js'
import { TABLE_24, cellsOfTable24 } from './reference/cells.js'
import { referenceEvaluate } from './reference/evaluator.js'
import { generateCase } from './reference/generate.js'

const requested = process.env['PODTRUST_CASES']
const count = Number(requested ?? 10_000)
const seed = Number(process.env['PODTRUST_SEED'] ?? 20261120)

describe('the reference evaluator and ours', () => {
  test(`agree on ${count} random policies and requests`, () => {
    const shares = new Map<Outcome, number>()
    const cells = new Set<string>()
    for (let index = 0; index < count; index++) {
      const { text, request } = generateCase(seed, index)
      const policy = parseTrustPolicy(text)
      const expected = referenceEvaluate(policy, request)
      const { outcome } = evaluateTrust(policy, request)
      if (outcome !== expected) {
        const context = JSON.stringify([...request.context])
        throw new Error(
          `case ${index}: reference ${expected}, evaluator ${outcome}\n${text}\n${JSON.stringify({ ...request, context: undefined })}\n${context}`,
        )
      }
      shares.set(outcome, (shares.get(outcome) ?? 0) + 1)
      for (const cell of cellsOfTable24(policy, request)) cells.add(cell)
    }
    const percent = (['allowed', 'denied', 'undecided'] as const).map(
      (outcome) => `${outcome} ${((100 * (shares.get(outcome) ?? 0)) / count).toFixed(1)} %`,
    )
    if (requested !== undefined)
      process.stdout.write(
        `${count} cases: ${percent.join(', ')}; ${cells.size} of ${TABLE_24.length} cells\n`,
      )
    for (const outcome of ['allowed', 'denied', 'undecided'] as const)
      expect((shares.get(outcome) ?? 0) / count).toBeGreaterThan(0.1)
    expect(TABLE_24.filter((cell) => !cells.has(cell))).toEqual([])
  })
})
