import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { explainAssume, explainError } from '../src/answers/explain.js'
import type { ExplainQuestion, Explanation, TokenFacts } from '../src/answers/explain.js'
import { inventoryOf } from '../src/inventory.js'
import type { Inventory } from '../src/inventory.js'
import { readInventory } from '../src/sources/detect.js'
import { applyPatch } from './json-patch.js'

interface Case {
  readonly id: string
  readonly source: string
  readonly accepted: string
  readonly inputs: readonly Readonly<Record<string, unknown>>[]
  readonly question: ExplainQuestion & { readonly token?: Readonly<Record<string, unknown>> }
  readonly expect: {
    readonly cause: string
    readonly outcome: string
    readonly error?: string
    readonly mends: boolean
  }
}

interface ErrorCase {
  readonly id: string
  readonly source: string
  readonly text: string
  readonly error: string
  readonly cause: string
}

const {
  now: at,
  cases,
  errors,
} = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/explain/cases.json'), 'utf8')) as {
  now: string
  cases: readonly Case[]
  errors: readonly ErrorCase[]
}
const now = new Date(at)

function inventoryFrom(inputs: Case['inputs']): Inventory {
  return inventoryOf(
    ...inputs.map((value, index) =>
      readInventory({ name: `input-${index}.json`, text: JSON.stringify(value) }),
    ),
  )
}

/** JSON has no dates. */
function questionOf({ question }: Case): ExplainQuestion {
  const { token } = question
  if (token === undefined) return question
  const time = (key: string): { at: Date } | undefined =>
    typeof token[key] === 'string' ? { at: new Date(token[key]) } : undefined
  return {
    role: question.role,
    token: { ...(token as unknown as TokenFacts), issuedAt: time('issuedAt'), expires: time('expires') },
  }
}

/** The same inputs with the trust policy changed as the answer says. */
function mended(one: Case, answer: Explanation): Inventory {
  const patch = answer.mend?.patch ?? []
  const arn = one.id === 'transitive-tags' ? 'automation' : answer.role.name
  const inputs = one.inputs.map((input) => {
    const role = input['Role'] as { RoleName: string; AssumeRolePolicyDocument: unknown } | undefined
    if (role?.RoleName !== arn) return input
    return { Role: { ...role, AssumeRolePolicyDocument: applyPatch(role.AssumeRolePolicyDocument, patch) } }
  })
  return inventoryFrom(inputs)
}

describe('causes that people found in public threads', () => {
  test('there are at least thirty, each with its source, and no two are the same', () => {
    expect(cases.length).toBeGreaterThanOrEqual(30)
    for (const { source } of cases)
      expect(source).toMatch(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/(?:issues|pull)\/\d+$/)
    expect(new Set(cases.map(({ source }) => source)).size).toBe(cases.length)
  })

  test.each(cases.map((one) => [one.id, one] as const))(
    '%s: the first cause is the one that was accepted',
    (_id, one) => {
      const answer = explainAssume(inventoryFrom(one.inputs), questionOf(one), { now })
      expect({ cause: answer.causes[0]?.id, outcome: answer.outcome, error: answer.error?.id }).toEqual({
        cause: one.expect.cause,
        outcome: one.expect.outcome,
        error: one.expect.error,
      })
      expect(answer.mend !== undefined).toBe(one.expect.mends)
    },
  )

  const patched = cases.filter(({ expect: { mends } }) => mends)
  test.each(patched.map((one) => [one.id, one] as const))(
    '%s: where the mend is a patch of the policy it mends',
    (_id, one) => {
      const answer = explainAssume(inventoryFrom(one.inputs), questionOf(one), { now })
      if (answer.mend?.target !== 'policy') {
        expect(answer.mend?.title).toBeTruthy()
        return
      }
      const after = explainAssume(mended(one, answer), questionOf(one), { now })
      expect(after.outcome === 'allowed' || after.expected === 'allowed').toBe(true)
      if (answer.mend.admitted !== undefined)
        expect(answer.mend.admitted.after).not.toBe(answer.mend.admitted.before)
    },
  )

  test.each(errors.map((one) => [one.id, one] as const))(
    '%s: the text of the error alone names the cause',
    (_id, one) => {
      const answer = explainError(one.text)
      expect([answer?.error.id, answer?.causes[0]?.id]).toEqual([one.error, one.cause])
    },
  )
})
