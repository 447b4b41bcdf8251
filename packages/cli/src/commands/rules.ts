import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rules as allRules } from '@podtrust/core'
import type { RuleKind } from '@podtrust/core'
import { suggestion } from '../did-you-mean.js'
import { UsageError } from '../failure.js'
import type { Arguments } from '../options.js'

const KINDS: Readonly<Record<RuleKind, string>> = {
  exposure: 'exposure: somebody gets in who should not',
  breakage: 'breakage: somebody does not get in who should',
  hygiene: 'hygiene: neither, yet',
}

/**
 * `podtrust rules`: the list, or one page.
 *
 * @param home the folder of the program, which holds the pages
 */
export function rules({ positionals }: Arguments, home: string): number {
  const [id, ...rest] = positionals
  if (rest.length > 0) throw new UsageError('rules takes one id at most: podtrust rules [ID]')
  process.stdout.write(id === undefined ? list() : page(id, home))
  return 0
}

function list(): string {
  const width = Math.max(...allRules.map(({ id }) => id.length))
  const out: string[] = []
  for (const [kind, title] of Object.entries(KINDS)) {
    const own = allRules.filter((rule) => rule.kind === kind)
    if (own.length === 0) continue
    out.push(
      title,
      ...own.map(({ id, severity, summary }) => `  ${id.padEnd(width)}  ${severity.padEnd(8)}  ${summary}`),
      '',
    )
  }
  return `${out.join('\n')}\n\`podtrust rules ID\` prints the page of one rule\n`
}

function page(id: string, home: string): string {
  const known = allRules.map((rule) => rule.id)
  if (!known.includes(id)) {
    throw new UsageError(`there is no rule \`${id}\`${suggestion(id, known)}; \`podtrust rules\` lists them`)
  }
  return readFileSync(join(home, 'rules', `${id}.md`), 'utf8')
}
