import { quoted } from '../text/quote.js'
import { serviceAccountSubject, workloadSubject } from './kubernetes-subject.js'
import { flawOf, roleArnParts } from './role-annotation.js'
import type { RuleOn } from './rule.js'

/**
 * An annotation that should give pods a role and cannot: its value is not the ARN of a role, its name is misspelled, or it
 * stands on an object that nobody reads it from. The webhook logs a warning at most, and the pods start without a role, or
 * with one that no call can use.
 * @see amazon-eks-pod-identity-webhook, `pkg/cache/cache.go`
 */
export const malformedRoleAnnotation: RuleOn<'inventory'> = {
  id: 'malformed-role-annotation',
  severity: 'medium',
  summary: 'an annotation for a role cannot give pods one',
  since: '0.1.0',
  kind: 'breakage',
  on: 'inventory',

  *check({ inventory: { facts } }) {
    for (const account of facts.serviceAccounts ?? []) {
      const { roleArn } = account
      if (roleArn === undefined || roleArnParts(roleArn) !== undefined) continue
      yield {
        subject: serviceAccountSubject(account),
        location: account.roleArnLocation ?? account.location,
        blamed: roleArn,
        message: `the value of \`eks.amazonaws.com/role-arn\` ${flawOf(roleArn)}: ${quoted(roleArn)}`,
        help: 'write the ARN of the role, `arn:aws:iam::111122223333:role/NAME`',
      }
    }
    for (const stray of facts.strayAnnotations ?? []) {
      const { annotation, meant, location } = stray
      const isAccount = stray.kind === 'ServiceAccount'
      yield {
        subject: isAccount ? serviceAccountSubject(stray) : workloadSubject(stray),
        location,
        blamed: annotation,
        message:
          meant === undefined
            ? `nobody reads ${quoted(annotation)} from a ${stray.kind}: only the service account's counts`
            : `nobody reads ${quoted(annotation)}; the annotation is called ${quoted(meant)}`,
        help:
          meant === undefined
            ? 'put the annotation on the service account of the pods'
            : `write ${quoted(meant)}`,
      }
    }
  },
}
