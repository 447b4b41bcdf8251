import type { DecodedToken, Finding, TokenReport } from '../report.js'
import { escaped } from '../text/quote.js'
import { findingOf } from './json-finding.js'
import { print } from './json-parts.js'
import { count, listed, paragraph } from './paragraph.js'
import type { JsonReport } from './report-schema.js'
import type { RunInfo } from './run.js'
import { styleOf } from './style.js'
import type { Style } from './style.js'

export interface TokenTextOptions {
  readonly color?: boolean
  /** Also who the objects of the claims are by their uid, and the names of claims that are not told. */
  readonly verbose?: boolean
  readonly width?: number
}

/**
 * What a token says, for people, and what is wrong with it. Neither the signature nor any of the token's text is in it;
 * what claims hold is escaped.
 *
 * @example
 * ```ts
 * import { checkToken } from '@podtrust/core'
 * import { toTokenText } from '@podtrust/core/reporters/token'
 * import { decodeToken } from '@podtrust/core/tokens'
 *
 * process.stdout.write(toTokenText(checkToken(decodeToken(text))))
 * ```
 */
export function toTokenText(report: TokenReport, options: TokenTextOptions = {}): string {
  const style = styleOf(options.color)
  const { token, findings } = report
  const rows = [...factsOf(report, options)]
  const width = Math.max(...rows.map(([label]) => label.length)) + 2
  const out = rows.flatMap(([label, text]) => paragraph(label.padEnd(width), escaped(text), options.width))
  for (const problem of token.problems) {
    out.push(...paragraph('note: '.padEnd(width), escaped(problem), options.width))
  }
  out.push('')
  for (const finding of findings) out.push(...findingLines(finding, style, options.width), '')
  out.push(style.bold(summary(findings)))
  return `${out.join('\n')}\n`
}

type Row = readonly [label: string, text: string]

function* factsOf({ token, signature }: TokenReport, { verbose = false }: TokenTextOptions): Generator<Row> {
  const { serviceAccount, subject, issuer, audiences, authorizedParty, boundTo, node, id, otherClaims } =
    token
  if (serviceAccount !== undefined) {
    yield ['namespace', serviceAccount.namespace]
    yield ['service account', serviceAccount.name]
  } else {
    yield ['subject', subject ?? 'none']
  }
  yield ['issuer', `${issuer ?? 'none'}${issuerNote(token)}`]
  yield [
    audiences.length > 1 ? 'audiences' : 'audience',
    audiences.length === 0 ? 'none' : audiences.join(', '),
  ]
  if (authorizedParty !== undefined) yield ['authorized party', authorizedParty]
  yield ['for', token.use]
  yield ['time', timesOf(token)]
  if (boundTo !== undefined) {
    const where = node === undefined ? '' : ` on the node ${named(node, verbose)}`
    yield [
      'bound to',
      `the ${boundTo.kind === 'secret' ? 'Secret' : boundTo.kind} ${named(boundTo, verbose)}${where}`,
    ]
  }
  yield ['signature', signatureOf(token, signature)]
  if (!verbose) return
  if (id !== undefined) yield ['id', id]
  if (otherClaims.length > 0) yield ['other claims', otherClaims.join(', ')]
}

function issuerNote({ issuerKind }: DecodedToken): string {
  switch (issuerKind?.kind) {
    case 'eks':
      return ` (an EKS cluster in ${issuerKind.region})`
    case 'shared':
      return ` (${issuerKind.name})`
    case 'legacy':
      return ' (tokens from Secrets)'
    default:
      return ''
  }
}

function timesOf({ issuedAt, notBefore, expires, warnAfter, unread }: DecodedToken): string {
  // When it begins to be valid is told where it is not when it was issued.
  const begins = notBefore?.at.getTime() === issuedAt?.at.getTime() ? undefined : notBefore
  const times = [issuedAt, begins, warnAfter, expires].filter((time) => time !== undefined)
  const words = times.map((time) => `${time.words} (${iso(time.at)})`)
  if (expires === undefined && !unread.includes('exp')) words.push('never expires')
  return words.length === 0 ? 'unknown' : words.join(', ')
}

function iso(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z')
}

function named(
  { name, uid }: { readonly name: string; readonly uid: string | undefined },
  verbose: boolean,
): string {
  return verbose && uid !== undefined ? `${name} (${uid})` : name
}

function signatureOf({ algorithm, keyId }: DecodedToken, signature: TokenReport['signature']): string {
  const how = `${algorithm ?? 'no algorithm'}${keyId === undefined ? '' : `, key ${keyId}`}`
  if (signature === undefined) return `not checked (${how})`
  if (!signature.holds) return `does not hold (${how})`
  return signature.issuer === undefined ? `holds, if the key set is the issuer's (${how})` : `holds (${how})`
}

function findingLines(finding: Finding, style: Style, width: number | undefined): readonly string[] {
  const { rule, severity, certainty, message, help, docs } = finding
  const paint =
    severity === 'critical' || severity === 'high'
      ? style.red
      : severity === 'medium'
        ? style.yellow
        : style.dim
  return [
    `${paint(severity)} ${style.bold(rule)}${certainty === 'possible' ? ' (possible)' : ''}`,
    ...paragraph('  ', escaped(message), width),
    ...(help === undefined ? [] : paragraph('  help: ', escaped(help), width)),
    style.dim(`  ${docs}`),
  ]
}

function summary(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'No findings'
  const severities = ['critical', 'high', 'medium', 'low', 'info'] as const
  const parts = severities.flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length
    return number === 0 ? [] : [`${number} ${severity}`]
  })
  return `${count(findings.length, 'finding')}: ${listed(parts)}`
}

/** The same as JSON, in the shape of `podtrust schema report`. */
export function toTokenJson(report: TokenReport | undefined, run: RunInfo): string {
  const errors = run.errors ?? []
  return print({
    schemaVersion: 1,
    tool: { name: 'podtrust', version: run.version },
    inputs: run.inputs.map(({ name }) => ({ name })),
    coverage: {
      complete: errors.length === 0,
      roles: { total: 0 },
      gaps: errors.map(({ message, input = 'token' }) => ({ subject: input, reason: message })),
      otherFiles: 0,
    },
    analyses: [],
    ...(report === undefined ? {} : { token: tokenOf(report) }),
    findings: (report?.findings ?? []).map(findingOf),
    suppressed: [],
    errors: [...errors],
  })
}

function tokenOf({ token, signature }: TokenReport): NonNullable<JsonReport['token']> {
  const { issuerKind, issuedAt, notBefore, expires, warnAfter, lifetime, boundTo, node } = token
  return {
    mechanism: token.mechanism,
    use: token.use,
    ...defined({ algorithm: token.algorithm, keyId: token.keyId, issuer: token.issuer }),
    ...(issuerKind === undefined ? {} : { issuerKind: issuerKind.kind }),
    ...(issuerKind?.kind === 'eks' ? { region: issuerKind.region } : {}),
    ...defined({ subject: token.subject, authorizedParty: token.authorizedParty, id: token.id }),
    ...(token.serviceAccount === undefined ? {} : { serviceAccount: { ...token.serviceAccount } }),
    audiences: [...token.audiences],
    ...defined({
      issuedAt: timeOf(issuedAt),
      notBefore: timeOf(notBefore),
      expires: timeOf(expires),
      warnAfter: timeOf(warnAfter),
      lifetimeSeconds: lifetime,
    }),
    ...(boundTo === undefined ? {} : { boundTo: { kind: boundTo.kind, ...objectOf(boundTo) } }),
    ...(node === undefined ? {} : { node: objectOf(node) }),
    problems: [...token.problems],
    otherClaims: [...token.otherClaims],
    signature: signatureJson(signature),
  }
}

function signatureJson(signature: TokenReport['signature']): NonNullable<JsonReport['token']>['signature'] {
  if (signature === undefined) return { state: 'unchecked' }
  if (signature.holds) return { state: 'holds' }
  return { state: 'fails', reason: signature.reason, message: signature.message }
}

function timeOf(time: DecodedToken['expires']): { at: string; words: string } | undefined {
  return time && { at: iso(time.at), words: time.words }
}

function objectOf({ name, uid }: { readonly name: string; readonly uid: string | undefined }): {
  name: string
  uid?: string
} {
  return { name, ...defined({ uid }) }
}

/** The members that have a value. */
function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
