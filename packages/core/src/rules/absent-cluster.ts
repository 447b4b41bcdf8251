import type { Facts } from '../inventory.js'
import { podIdentityModel } from '../mechanisms/pod-identity.js'
import { quoted } from '../text/quote.js'
import { admit } from '../trust/admit.js'
import type { PodIdentityTrust } from '../trust/analyze.js'
import { holdsUnknown, wholeRegions } from './read-completely.js'
import type { RoleSubject, RuleOn, Witness } from './rule.js'

/**
 * The trust policy pins the cluster of its associations, and there is no such cluster. ARNs of clusters are made of their
 * names: whoever may create a cluster of that name, and associations in it, has the role. Asked of the engine: an
 * association of that cluster gets in, and one of a cluster that nothing names does not. Said only where all clusters of
 * the account in that Region were read.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 */
export const absentCluster: RuleOn<'grant'> = {
  id: 'absent-cluster',
  severity: 'low',
  summary: 'the trust policy pins a cluster that does not exist',
  since: '0.1.0',
  kind: 'exposure',
  needs: ['clusters'],
  on: 'grant',

  *check({ grant, role }) {
    if (grant.mechanism !== 'pod-identity' || role.facts.complete === undefined) return
    if (!grant.tagged.unnamedCluster.isEmpty) return
    const said = new Set<string>()
    for (const { at, key, value, arns } of pinsOf(grant, role)) {
      const [arn] = arns
      if (arn === undefined || arns.some((one) => said.has(one) || mayExist(one, role.facts))) continue
      const isExpected = key !== 'aws:requesttag/eks-cluster-arn'
      const witness = witnessIn(arn, grant, isExpected, role.now)
      if (witness === undefined) continue
      arns.forEach((one) => said.add(one))
      yield {
        at,
        message: `there is no cluster ${quoted(value)}${arns.length > 1 || arn !== value ? ' in any Region that was read' : ''}: whoever creates it and associations in it ${isExpected ? 'is expected to have' : 'has'} the role`,
        witness,
        // A cluster of the name may be in another Region; that the source ARN is the cluster's is not documented.
        ...(isExpected ? { certainty: 'possible' } : {}),
        help: 'remove the cluster from the condition, or the role with it',
      }
    }
  },
}

interface Pin {
  readonly at: string
  readonly key: string
  readonly value: string
  /** The clusters that it may mean. */
  readonly arns: readonly string[]
}

const CLUSTER_ARN = /^arn:[a-z0-9-]+:eks:([a-z0-9-]+):(\d{12}):cluster\/([A-Za-z0-9][\w-]*)$/
const ARN_KEYS = ['aws:requesttag/eks-cluster-arn', 'aws:sourcearn']

/** Clusters that conditions name one by one, in Regions of which all clusters were read. */
function* pinsOf({ policy }: PodIdentityTrust, { role, facts }: RoleSubject): Generator<Pin> {
  const { account: own = '', partition = 'aws' } = role
  for (const { effect, conditions } of policy.statements) {
    if (effect === 'Deny') continue
    for (const { key, pointer: at, values } of conditions) {
      for (const value of values) {
        if (holdsUnknown(value, facts)) continue
        if (ARN_KEYS.includes(key)) {
          const [, region = '', account = ''] = CLUSTER_ARN.exec(value) ?? []
          if (wholeRegions(account, facts).includes(region)) yield { at, key, value, arns: [value] }
        } else if (key === 'aws:requesttag/eks-cluster-name' && /^[A-Za-z0-9][\w-]*$/.test(value)) {
          const arns = wholeRegions(own, facts).map(
            (region) => `arn:${partition}:eks:${region}:${own}:cluster/${value}`,
          )
          yield { at, key, value, arns }
        }
      }
    }
  }
}

/** A service account that an association of the cluster lets in. */
function witnessIn(
  clusterArn: string,
  { policy, role }: PodIdentityTrust,
  expected: boolean,
  now: Date,
): Witness | undefined {
  const { account, partition } = role
  for (const sessionTags of [true, false]) {
    const model = podIdentityModel({ account, partition, clusterArn, sessionTags, expected, now })
    const admission = admit(policy, model)
    const word = admission.possible.witness()
    if (word !== undefined) return { admission, word }
  }
  return undefined
}

/** What is not known of a cluster may be as in the ARN. */
function mayExist(arn: string, facts: Facts): boolean {
  const [, region = '', account = '', name = ''] = CLUSTER_ARN.exec(arn) ?? []
  return facts.clusters.some((one) =>
    one.arn === undefined
      ? (one.name === name || one.name === one.address || holdsUnknown(one.name, facts)) &&
        (one.region ?? region) === region &&
        (one.account ?? account) === account
      : one.arn === arn || holdsUnknown(one.arn, facts),
  )
}
