import { quoted } from '../text/quote.js'
import type { AllowedAction } from '../trust/identity-policy.js'
import { podEntry } from './pod-witness.js'
import type { RuleOn } from './rule.js'
import { trustPowers } from '../trust/trust-powers.js'

/**
 * A role for pods may itself rewrite who becomes which role: trust policies, OIDC providers, associations, access to
 * clusters. Whoever takes over one of its pods has, in two calls, any role of the account. Asked of the role's own policies
 * where the input holds them; a managed policy whose text is not in the input says nothing.
 */
export const trustControl: RuleOn<'role'> = {
  id: 'trust-control',
  severity: 'high',
  summary: 'a role for pods may rewrite who becomes which role',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole) return
    const powers = trustPowers(role.role, role.facts)
    const entry = powers.length === 0 ? undefined : podEntry(role)
    if (entry === undefined) return
    const uses = powers.map(({ can, actions }) => {
      const by = [...new Set(actions.map((action) => action.by))].map((name) => quoted(name)).join(' and ')
      return `${can} (${actions.map(({ action }) => quoted(action)).join(' with ')} by ${by}${placeText(actions)})`
    })
    const isCertain = powers.some(({ actions }) => actions.every((action) => action.isCertain))
    yield {
      at: entry.at,
      message: `whoever has the role can ${uses.join(', and ')}: ${entry.who} can become other roles by it`,
      ...(isCertain ? {} : { certainty: 'possible' }),
      witness: entry.witness,
      help: 'take these actions from the role, or narrow them to the resources that its program manages',
    }
  },
}

/** Where the policies name resources: to become those roles is less than to become any. */
function placeText(actions: readonly AllowedAction[]): string {
  const on = [...new Set(actions.flatMap((action) => action.on ?? []))]
  if (on.length === 0) return ''
  const shown = on.slice(0, MOST_SHOWN).map((pattern) => quoted(pattern, 200))
  return `, on ${shown.join(' and ')}${on.length > shown.length ? ` and ${on.length - shown.length} more` : ''}`
}

/** Resources that a message lists. */
const MOST_SHOWN = 2
