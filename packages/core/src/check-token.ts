import { docsOf } from './finding.js'
import { hash128 } from './fingerprint.js'
import type { Finding, TokenReport } from './report.js'
import { rules as allRules } from './rules/index.js'
import { SEVERITIES } from './rules/rule.js'
import type { Rule } from './rules/rule.js'
import type { DecodedToken, SignatureVerdict } from './tokens/token.js'

export interface CheckTokenOptions {
  /** What came of checking the signature; without it nothing about the token is proved, and a finding says so. */
  readonly signature?: SignatureVerdict
  /** What to call the token in reports: the file that it was read from. */
  readonly name?: string
  /** The rules to ask; all by default. */
  readonly rules?: readonly Rule[]
}

/**
 * Asks the rules about tokens of one token, as of the time that it was decoded for. The findings point at the file as a whole, and hold nothing of its text.
 *
 * @example
 * ```ts
 * import { checkToken } from '@podtrust/core'
 * import { verifyToken } from '@podtrust/core/tokens'
 *
 * const { token, signature } = await verifyToken(text, { jwks })
 * for (const { rule, message } of checkToken(token, { signature }).findings) console.log(`${message} (${rule})`)
 * ```
 */
export function checkToken(token: DecodedToken, options: CheckTokenOptions = {}): TokenReport {
  const { signature, name = 'token', rules = allRules } = options
  const location = { input: { name, text: '' }, pointer: '' }
  const subject = { kind: 'token', key: keyOf(token), name: nameOf(token) } as const
  const findings: Finding[] = []
  for (const rule of rules) {
    if (rule.on !== 'token') continue
    for (const { certainty = 'proved', ...problem } of rule.check({ token: { token, signature } })) {
      findings.push({
        rule: rule.id,
        kind: rule.kind,
        severity: rule.severity,
        certainty,
        ...problem,
        subject,
        location,
        related: [],
        docs: docsOf(rule.id),
        fingerprint: hash128([rule.id, subject.key].join('\n')),
      })
    }
  }
  // Rules are in report order already, and sorting keeps what is equal as it was.
  findings.sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
  return { token, ...(signature === undefined ? {} : { signature }), findings }
}

function keyOf({ issuer = '', subject = '' }: DecodedToken): string {
  return `${issuer} ${subject}`
}

function nameOf({ serviceAccount, subject }: DecodedToken): string {
  return serviceAccount === undefined
    ? (subject ?? 'token')
    : `${serviceAccount.namespace}/${serviceAccount.name}`
}
