import type { Statement } from '../policy/ast.js'
import { accountOf } from '../trust/match.js'

/** Pointer to what names an AWS principal in a statement: its ARN, else its account, else everyone. */
export function principalPlace({ principal }: Statement, arn: string): string {
  if (!('entries' in principal)) return principal.pointer
  const entries = principal.entries.filter(({ type }) => type === 'AWS')
  const account = arn.split(':')[4]
  const named =
    entries.find(({ value }) => value === arn) ??
    entries.find(({ value }) => account !== undefined && accountOf(value) === account) ??
    entries.find(({ value }) => value === '*')
  return named?.pointer ?? principal.pointer
}
