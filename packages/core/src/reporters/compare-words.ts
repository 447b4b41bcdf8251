/** Words of a comparison, for the table in text and in HTML. They are not escaped. */
import type {
  ComparedCluster,
  ComparedIdentity,
  ComparedServiceAccount,
  MechanismComparison,
} from '../report.js'

export const COLUMNS = ['service account', 'annotation', 'trusted by', 'association', 'its pods get'] as const

/** What to call a role: its name, with the account in front where two roles of the comparison share it. */
export type NameRole = (arn: string | undefined, name?: string) => string

export function roleNames({ rows }: MechanismComparison): NameRole {
  const accounts = new Map<string, Set<string>>()
  const add = (arn: string | undefined): void => {
    const parts = partsOf(arn)
    if (parts === undefined) return
    const known = accounts.get(parts.name) ?? new Set()
    accounts.set(parts.name, known.add(parts.account))
  }
  for (const { annotation, association, admittedBy, gets } of rows) {
    for (const arn of [annotation.roleArn, association.roleArn, association.targetRoleArn]) add(arn)
    for (const { role } of admittedBy) add(role.arn)
    for (const { roleArn } of gets) add(roleArn)
  }
  return (arn, name) => {
    const parts = partsOf(arn)
    if (parts === undefined) return name ?? arn ?? '(not known yet)'
    return (accounts.get(parts.name)?.size ?? 0) > 1 ? `${parts.account}:${parts.name}` : parts.name
  }
}

function partsOf(arn: string | undefined): { readonly account: string; readonly name: string } | undefined {
  const match = /^arn:[^:]*:iam::([^:]*):role\/(?:.*\/)?([^/]+)$/.exec(arn ?? '')
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { account: match[1], name: match[2] }
}

/** The cells of a row, in the order of `COLUMNS`. */
export function cellsOf(row: ComparedServiceAccount, nameRole: NameRole): readonly string[] {
  const { annotation, association, admittedBy } = row
  const trusts = admittedBy.map(({ role, mechanism, certainty }) => {
    const marks = [
      ...(mechanism === 'pod-identity' ? ['Pod Identity'] : []),
      ...(certainty === 'possible' ? ['perhaps'] : []),
    ]
    return nameRole(role.arn, role.name) + (marks.length === 0 ? '' : ` (${marks.join(', ')})`)
  })
  const target = association.targetRoleArn === undefined ? '' : `, for ${nameRole(association.targetRoleArn)}`
  return [
    `${row.namespace}/${row.name}`,
    STATES[annotation.state] ?? nameRole(annotation.roleArn, annotation.role?.name),
    trusts.length === 0 ? '-' : trusts.join(', '),
    STATES[association.state] ?? nameRole(association.roleArn, association.role?.name) + target,
    resultOf(row, nameRole),
  ]
}

const STATES: Readonly<Record<string, string | undefined>> = {
  none: 'none',
  absent: 'no such service account',
  'not-read': 'not read',
}

const BY: Readonly<Record<ComparedIdentity['source'], string>> = {
  environment: 'by its own variables',
  association: 'by association',
  annotation: 'by annotation',
  none: '',
  unknown: '',
}

function resultOf({ verdict, gets }: ComparedServiceAccount, nameRole: NameRole): string {
  const told = gets.map(({ source, outcome, roleArn, role }) =>
    outcome === 'works' ? `${nameRole(roleArn, role?.name)} ${BY[source]}` : outcome,
  )
  return verdict === 'either' ? [...new Set(told)].join(' or ') : (told[0] ?? 'unknown')
}

/** The cells say already what was not read. */
const SAID_BY_CELLS: ReadonlySet<string> = new Set(['annotation-not-read', 'associations-not-read'])

/** What is wrong with a row, and what else there is to know: a clause each. */
export function remarksOf(
  { verdict, gets, notes }: ComparedServiceAccount,
  nameRole: NameRole,
): readonly string[] {
  const reasons = gets.flatMap(({ reason, workloads, source, roleArn, role }) => {
    if (reason !== undefined) return SAID_BY_CELLS.has(reason.id) ? [] : [reason.summary]
    if (verdict !== 'either') return []
    const who =
      workloads === undefined
        ? ''
        : `, for ${workloads.slice(0, 3).join(', ')}${workloads.length > 3 ? ` and ${workloads.length - 3} more` : ''}`
    return [`${nameRole(roleArn, role?.name)} ${BY[source]}${who}`]
  })
  const both =
    gets.some(({ source }) => source === 'environment') && gets.some(({ source }) => source === 'association')
  const order = both
    ? [
        'with the variables of both mechanisms the order of the SDK decides, and most look for a web identity first',
      ]
    : []
  return [...new Set([...reasons, ...order, ...notes])]
}

/** What to call a cluster: its name, with Region and account where another cluster of the comparison has the same. */
export type NameCluster = (cluster: ComparedCluster) => string

export function clusterNames({ rows, openRoles }: MechanismComparison): NameCluster {
  const arns = new Map<string, Set<string>>()
  for (const { cluster: { name, arn } = {} } of [...rows, ...openRoles])
    if (name !== undefined) arns.set(name, (arns.get(name) ?? new Set()).add(arn ?? ''))
  return ({ name, arn, issuer }) => {
    if (name === undefined)
      return issuer === undefined ? 'clusters that the inputs do not name' : `issuer ${issuer}`
    const [, region, account] = /^arn:[^:]*:eks:([^:]*):([^:]*):/.exec(arn ?? '') ?? []
    const isShared = (arns.get(name)?.size ?? 0) > 1 && region !== undefined && account !== undefined
    return isShared ? `cluster ${name} in ${region} of account ${account}` : `cluster ${name}`
  }
}

export interface OpenLine {
  readonly admits: string
  readonly roles: readonly string[]
}

/** Roles that admit more than can be listed, those that admit the same together. */
export function openLines(
  { openRoles: roles }: Pick<MechanismComparison, 'openRoles'>,
  nameCluster: NameCluster,
): readonly OpenLine[] {
  const lines = new Map<string, string[]>()
  for (const { role, mechanism, cluster, admits } of roles) {
    const where = mechanism === 'pod-identity' ? 'with an association' : `of ${nameCluster(cluster ?? {})}`
    const whole = admits === 'every service account of the cluster' ? 'every service account' : admits
    const key = `${whole} ${where}`
    lines.set(key, [...(lines.get(key) ?? []), role.name])
  }
  return [...lines].map(([admits, names]) => ({ admits, roles: names }))
}

export const VERDICTS: readonly ComparedServiceAccount['verdict'][] = [
  'works',
  'nothing',
  'either',
  'unknown',
]

/** How many there are of a verdict, after their number. */
export const VERDICT_WORDS: Readonly<Record<ComparedServiceAccount['verdict'], string>> = {
  works: 'with a role',
  nothing: 'with nothing',
  either: 'where it depends',
  unknown: 'that cannot be told',
}
