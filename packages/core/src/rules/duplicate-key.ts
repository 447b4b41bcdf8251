import type { RuleOn } from './rule.js'
import { losesSomething } from './repeated-key.js'

/**
 * A key stands more than once in an object of the document, and its copies say different things. JSON readers
 * keep the last and drop the others without a word; what is dropped may have been the restriction. Asked of
 * every reading of the document: does it matter which copy is kept?
 */
export const duplicateKey: RuleOn<'policy'> = {
  id: 'duplicate-key',
  severity: 'high',
  summary: 'a key stands twice in one object, and all but the last copy are lost',
  since: '0.1.0',
  kind: 'exposure',
  on: 'policy',

  *check({ policy }) {
    for (const problem of policy.problems) {
      if (problem.kind !== 'duplicate-key' || !losesSomething(problem, policy)) continue
      yield {
        at: problem.pointer,
        message: `${problem.message}, and what is lost may be what restricts the role`,
        help: 'merge the copies into one key; conditions under one operator go into one object',
      }
    }
  },
}
