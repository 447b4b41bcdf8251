/** Pieces of a page that are about more than one finding. */
import type { Coverage, Report, WhoAnswer } from '../report.js'
import { placeOf } from './code-frame.js'
import { conflictText, coverageLine } from './coverage.js'
import { markup, prose, table } from './html-markup.js'
import type { Markup, TableRow } from './html-markup.js'
import { namedCallers } from './named-callers.js'
import { listed } from './paragraph.js'

/** Content under a heading; parts that are absent have nothing to say. */
export function section(id: string, title: string, ...content: readonly (Markup | undefined)[]): Markup {
  return markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${content.flatMap((one) => one ?? [])}</section>
`
}

export function list(items: readonly Markup[]): Markup | undefined {
  return items.length === 0 ? undefined : markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>\n`
}

/** What was judged, and what was not: all of it, since nobody can ask a page for more. */
export function coverageSection(coverage: Coverage, otherFiles: number | undefined): Markup {
  const line = coverageLine(coverage, otherFiles === undefined ? {} : { otherFiles })
  return section(
    'coverage',
    'Coverage',
    markup`<p>${prose(capital(line))}.</p>\n`,
    coverage.complete ? undefined : markup`<p class="bad">Not everything could be checked.</p>\n`,
    gapList(coverage.gaps),
    coverage.silenced === undefined
      ? undefined
      : markup`<p>Silent about what was not read: ${listed(coverage.silenced)}.</p>\n`,
    list((coverage.outOfScope ?? []).map((clause) => markup`Not looked at: ${prose(clause)}`)),
    list((coverage.conflicts ?? []).map((one) => markup`In two inputs: ${conflictText(one)}`)),
  )
}

export function gapList(
  gaps: readonly { readonly reason: string; readonly location?: Coverage['gaps'][number]['location'] }[],
): Markup | undefined {
  return list(
    gaps.map(({ reason, location }) => {
      const where = location === undefined ? undefined : markup` (<code>${placeOf(location)}</code>)`
      return markup`Not checked: ${prose(reason)}${where}`
    }),
  )
}

export function capital(text: string): string {
  return (text[0] ?? '').toUpperCase() + text.slice(1)
}

/** Clusters, with how many roles their service accounts can assume. */
export function clusterSection({ analyses }: Report): Markup | undefined {
  const issuers = new Map<
    string,
    { readonly name: string; readonly roles: Set<string>; readonly open: Set<string> }
  >()
  for (const { mechanism, issuer, cluster, role, possible } of analyses) {
    if (mechanism !== 'irsa' || issuer === undefined) continue
    const known = issuers.get(issuer) ?? { name: cluster?.name ?? '', roles: new Set(), open: new Set() }
    known.roles.add(role.key)
    if (possible === 'every service account of the cluster') known.open.add(role.key)
    issuers.set(issuer, known)
  }
  if (issuers.size === 0) return undefined
  const rows = [...issuers].map(([issuer, { name, roles, open }]): TableRow => ({
    cells: [issuer, name === '' ? 'not known' : name, String(roles.size), String(open.size)],
  }))
  const columns = [
    { title: 'issuer', isCode: true },
    { title: 'cluster' },
    { title: 'roles that trust it' },
    { title: 'of these open to all of it' },
  ]
  return section('clusters', 'Clusters', table('Clusters that roles trust by IRSA', columns, rows))
}

const MECHANISMS: Readonly<Record<WhoAnswer['mechanism'], string>> = {
  irsa: 'IRSA',
  'pod-identity': 'Pod Identity',
  'web-identity': 'web identity',
  'aws-principal': 'AWS credentials',
}

export function whoSection({ analyses }: Report): Markup | undefined {
  if (analyses.length === 0) return undefined
  const rows = analyses.map((answer): TableRow => ({
    cells: [answer.role.name, MECHANISMS[answer.mechanism], fromOf(answer), callersOf(answer)],
    remarks: answer.undecided.map((reason) => `not decided: ${reason}`),
  }))
  const columns = [{ title: 'role', isCode: true }, { title: 'by' }, { title: 'from' }, { title: 'who' }]
  return section(
    'who',
    'Who can become what',
    table('Whom the trust policy of each role admits', columns, rows),
    grantedList([...new Set(analyses.flatMap(({ assumptions }) => assumptions))]),
  )
}

/** The issuers of clusters stand in a table of their own. */
function fromOf({ mechanism, cluster, from }: WhoAnswer): string {
  return mechanism === 'irsa' && cluster !== undefined ? `cluster ${cluster.name}` : from
}

/** What is taken for granted, folded. */
export function grantedList(assumptions: readonly string[]): Markup | undefined {
  if (assumptions.length === 0) return undefined
  const items = list(assumptions.map(prose))
  return markup`<details><summary>Taken for granted (${assumptions.length})</summary>
${items}</details>
`
}

/** As the text report of `who` says it. */
function callersOf({ mechanism, possible, certain, witness, associations }: WhoAnswer): Markup {
  const isPlain = witness === undefined || possible.includes(witness) || mechanism === 'aws-principal'
  const whole = namedCallers(possible, mechanism) + (isPlain ? '' : `, for example ${witness}`)
  const label = mechanism === 'pod-identity' ? 'could: ' : ''
  const could =
    certain === possible
      ? markup`${label}${whole}`
      : markup`${label}for certain: ${namedCallers(certain, mechanism)}<br>${label}perhaps: ${whole}`
  if (mechanism !== 'pod-identity') return could
  const now = associations === undefined ? 'associations not read' : associations.join(', ')
  return markup`now: ${now === '' ? 'nobody' : now}<br>${could}`
}
