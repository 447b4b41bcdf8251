import type { MechanismComparison, Report } from '../report.js'
import { WORST_FIRST, summary, widenedText } from './finding-words.js'
import { comparisonSection } from './html-compare.js'
import { findingMarkup } from './html-finding.js'
import { markup, prose } from './html-markup.js'
import type { Markup } from './html-markup.js'
import { page } from './html-page.js'
import {
  capital,
  clusterSection,
  coverageSection,
  gapList,
  list,
  section,
  whoSection,
} from './html-sections.js'
import type { RunInfo } from './run.js'

export interface HtmlOptions extends RunInfo {
  /** The comparison of IRSA and Pod Identity, to stand on the same page. */
  readonly comparison?: MechanismComparison
}

/** More findings than this begin folded, the worst ones too. */
const MAX_OPEN = 20

/**
 * A report as one page that needs nothing else: no script, no font and nothing from a network, and its own policy forbids
 * them. Coverage comes first, then findings from the worst on, then who can become what, where `report.analyses` holds it.
 * The same report gives the same bytes. What names and values hold is text, and the only links lead to our documentation.
 *
 * @example
 * ```ts
 * import { toHtml } from '@podtrust/core/reporters/html'
 *
 * const report = checkTrust(inventory, { analyses: true })
 * writeFileSync('report.html', toHtml(report, { version: '1.0.0', inputs: [{ name: 'plan.json' }] }))
 * ```
 */
export function toHtml(report: Report, options: HtmlOptions): string {
  const { coverage, widened = [] } = report
  const { comparison, otherFiles } = options
  const changes = list(widened.map((one) => prose(widenedText(one))))
  const sections = [
    coverageSection(coverage, otherFiles),
    findingsSection(report),
    changes && section('widened', 'Widened by the plan', changes),
    clusterSection(report),
    whoSection(report),
    comparison && comparisonSection(comparison),
  ]
  return page(
    'Who can become which AWS role',
    options,
    sections.flatMap((one) => one ?? []),
  )
}

/** The comparison of IRSA and Pod Identity by itself, as a page of the same kind. */
export function toCompareHtml(comparison: MechanismComparison, run: RunInfo): string {
  const { gaps } = comparison
  const read =
    gaps.length === 0 ? 'All that the inputs claim to hold was read.' : 'Not everything could be read.'
  return page('IRSA against Pod Identity', run, [
    section('coverage', 'Coverage', markup`<p>${read}</p>\n`, gapList(gaps)),
    comparisonSection(comparison),
  ])
}

function findingsSection({ coverage, findings }: Report): Markup {
  if (findings.length === 0) {
    const isJudged = coverage.roles.total > 0 || (coverage.serviceAccounts ?? 0) > 0
    const none = isJudged ? 'No findings.' : 'Nothing to check.'
    const text = coverage.complete ? none : 'Nothing found in what could be checked.'
    return section('findings', 'Findings', markup`<p class="verdict">${text}</p>\n`)
  }
  const groups = WORST_FIRST.map((severity) => ({
    severity,
    all: findings.filter((finding) => finding.severity === severity),
  })).filter(({ all }) => all.length > 0)
  const counts = groups.map(({ severity, all }) => {
    const label = markup`<span class="badge ${severity}">${severity}</span> ${all.length}`
    return markup`<li><a href="#severity-${severity}">${label}</a></li>`
  })
  return section(
    'findings',
    'Findings',
    markup`<p class="verdict">${summary(findings)}.</p>\n<ul class="counts">${counts}</ul>\n`,
    ...groups.flatMap(({ severity, all }) => [
      markup`<h3 id="severity-${severity}">${capital(severity)} (${all.length})</h3>\n`,
      ...all.map((finding) => findingMarkup(finding, findings.length <= MAX_OPEN)),
    ]),
  )
}
