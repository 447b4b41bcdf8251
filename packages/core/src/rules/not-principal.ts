import { namelessGrants } from './nameless-principal.js'
import type { RuleOn } from './rule.js'

/**
 * An Allow with `NotPrincipal` means everyone but those it lists. IAM refuses it in a trust policy today;
 * where it stands all the same, or is about to be written, it counts as an open door. Asked of the set, as
 * any-principal is.
 */
export const notPrincipal: RuleOn<'role'> = {
  id: 'not-principal',
  severity: 'critical',
  summary: 'an Allow with `NotPrincipal` trusts everyone but those it lists',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    for (const { at, admission, word } of namelessGrants(role, ['not-principals'])) {
      yield {
        at,
        message:
          '`NotPrincipal` in an Allow means everyone but those it lists; IAM is expected to refuse it in a trust policy',
        certainty: 'possible',
        witness: { admission, word },
        help: 'list under `Principal` who is meant',
      }
    }
  },
}
