import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { checkRole } from '../src/check.js'
import type { Facts, Role } from '../src/inventory.js'
import { SEVERITIES } from '../src/rules/rule.js'

interface Shape {
  readonly title: string
  readonly source: string
  readonly policy: unknown
}

const shapes = JSON.parse(
  readFileSync(new URL('./fixtures/healthy.json', import.meta.url), 'utf8'),
) as readonly Shape[]
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/8A5F3C1E90B24D67A1C2E3F405162738'

/** With everything the account could say about it, with nothing but the role's ARN, and as a bare policy file. */
const settings = ['a known provider and cluster', 'an account', 'nothing'] as const

test.each(shapes.flatMap((shape) => settings.map((setting) => [shape.title, setting, shape] as const)))(
  'no finding of medium or above: %s, knowing %s',
  (_title, setting, { policy }) => {
    const text = JSON.stringify(policy)
    const location = { input: { name: 'policy.json', text }, pointer: '' }
    const account = '210987654321'
    const arn = `arn:aws:iam::${account}:role/example`
    const role: Role = {
      key: setting === 'nothing' ? 'policy.json' : arn,
      name: 'example',
      ...(setting === 'nothing' ? {} : { arn, account, partition: 'aws' }),
      location,
      trustPolicy: { kind: 'text', text, location },
    }
    const isKnown = setting === 'a known provider and cluster'
    const facts: Facts = {
      providers: isKnown
        ? [
            {
              arn: `arn:aws:iam::${account}:oidc-provider/${ISSUER}`,
              account,
              issuer: ISSUER,
              clientIds: ['sts.amazonaws.com'],
              location,
            },
          ]
        : [],
      clusters: isKnown
        ? [
            {
              name: 'prod',
              arn: `arn:aws:eks:eu-west-1:${account}:cluster/prod`,
              account,
              region: 'eu-west-1',
              issuer: ISSUER,
              location,
            },
          ]
        : [],
      associations: [],
      holds: new Set(['roles']),
      gaps: [],
    }
    const { findings } = checkRole(role, facts, { now: new Date('2026-06-01T00:00:00Z') })
    const grave = findings.filter(
      ({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf('medium'),
    )
    expect(grave.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([])
  },
)
