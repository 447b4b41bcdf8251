import type { Role } from '../inventory.js'
import { POD_IDENTITY_SERVICE, podIdentityModel } from '../mechanisms/pod-identity.js'
import type { Condition, TrustPolicy } from '../policy/ast.js'
import { admit } from './admit.js'
import type { Admission } from './admission.js'
import type { PodIdentityTrust, TagModeTrust } from './analysis.js'
import type { NamePattern } from './describe.js'
import { principalMatches } from './match.js'
import { baseOf, setsOf } from './role-scene.js'
import type { RoleScene } from './role-scene.js'
import { ServiceAccountSet } from './service-account-set.js'

/** Which pods get in by associations, as far as the trust alone says. */
export function* podIdentityTrusts(scene: RoleScene): Generator<PodIdentityTrust> {
  const { policy } = scene
  const caller = { type: 'service', service: POD_IDENTITY_SERVICE } as const
  const meeting = policy.statements.filter(
    ({ effect, principal }) => effect !== 'Deny' && principalMatches(principal, caller, 'Allow') !== 'false',
  )
  if (meeting.length === 0) return
  const isNamed = meeting.some(({ principal }) => principal.kind === 'principals')
  const tagged = tagMode(scene, true)
  const untagged = tagMode(scene, false)
  yield {
    ...baseOf(scene, [tagged.admission, untagged.admission], isNamed),
    mechanism: 'pod-identity',
    serviceAccounts: tagged.serviceAccounts.union(untagged.serviceAccounts),
    certain: tagged.certain.union(untagged.certain),
    tagged,
    untagged,
  }
}

function tagMode({ role, policy, now }: RoleScene, sessionTags: boolean): TagModeTrust {
  const facts = { account: role.account, partition: role.partition, sessionTags, now }
  const patterns = patternsOfTags(policy)
  const admission = admit(policy, podIdentityModel(facts))
  const { certain, possible } = setsOf(admission, patterns)
  const expectedAdmission = once(() =>
    hasUnknownKeys(admission) ? admit(policy, podIdentityModel({ ...facts, expected: true })) : admission,
  )
  const expected = once(() =>
    expectedAdmission() === admission
      ? possible
      : ServiceAccountSet.fromWords(expectedAdmission().possible, patterns),
  )
  const unnamedCluster = once(() => {
    if (!clusterIsTested(admission)) return expected()
    const unnamed = podIdentityModel({ ...facts, expected: true, clusterArn: unnamedClusterArn(role) })
    return ServiceAccountSet.fromWords(admit(policy, unnamed).possible, patterns)
  })
  return {
    serviceAccounts: possible,
    certain,
    admission,
    get expected() {
      return expected()
    },
    get unnamedCluster() {
      return unnamedCluster()
    },
    get expectedAdmission() {
      return expectedAdmission()
    },
  }
}

/** Few readers ask, and asking is dear. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function hasUnknownKeys({ keys }: Admission): boolean {
  for (const model of keys.values())
    if (model.kind === 'varies' && model.variation.kind === 'unknown') return true
  return false
}

export const CLUSTER_KEYS = [
  'aws:requesttag/eks-cluster-arn',
  'aws:requesttag/eks-cluster-name',
  'aws:sourcearn',
]

function clusterIsTested({ keys }: Admission): boolean {
  return CLUSTER_KEYS.some((key) => keys.has(key))
}

/** A cluster of the role's account that nobody has thought of. */
function unnamedClusterArn({ partition = 'aws', account = '000000000000' }: Role): string {
  return `arn:${partition}:eks:xx-elsewhere-9:${account}:cluster/podtrust-unnamed-cluster`
}

function patternsOfTags(policy: TrustPolicy): () => readonly NamePattern[] {
  return () =>
    policy.statements.flatMap(({ conditions }) => {
      const valuesOf = (tag: string): readonly string[] => {
        const values = conditions
          .filter(({ key }) => key === `aws:requesttag/${tag}`)
          .flatMap((condition: Condition) => condition.values)
        return values.length === 0 ? ['*'] : values.slice(0, 16)
      }
      const names = valuesOf('kubernetes-service-account')
      return valuesOf('kubernetes-namespace').flatMap((namespace) =>
        names.map((name) => ({ namespace, name })),
      )
    })
}
