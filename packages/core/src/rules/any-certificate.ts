import { ROLES_ANYWHERE_SERVICE, unnamedCertificateModel } from '../mechanisms/aws-service.js'
import { admit } from '../trust/admit.js'
import type { RuleOn } from './rule.js'
import { namedPrincipals } from './service-principal.js'

/**
 * A role for pods also trusts IAM Roles Anywhere and names neither a trust anchor nor a certificate: any
 * certificate of any trust anchor in the account will do. Asked with a certificate and a trust anchor that no
 * policy names.
 */
export const anyCertificate: RuleOn<'role'> = {
  id: 'any-certificate',
  severity: 'high',
  summary: 'a role for pods also trusts every certificate of IAM Roles Anywhere',
  since: '0.1.0',
  kind: 'exposure',
  on: 'role',

  *check({ role }) {
    if (!role.isPodRole) return
    const entry = namedPrincipals(role, 'Service').find(({ value }) => value === ROLES_ANYWHERE_SERVICE)
    if (entry === undefined) return
    const { account, partition } = role.role
    const admission = admit(role.policy, unnamedCertificateModel({ account, partition, now: role.now }))
    if (admission.possible.isEmpty) return
    yield {
      at: entry.pointer,
      message:
        'every certificate of every trust anchor in the account can assume the role: no condition names one or the other',
      witness: { admission, word: entry.value },
      help: 'test `aws:SourceArn` for the trust anchor, and `aws:PrincipalTag/x509Subject/CN` or another field of the certificate',
    }
  },
}
