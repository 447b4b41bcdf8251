import { podIdentityModel } from '../mechanisms/pod-identity.js'
import { admit } from '../trust/admit.js'
import type { PodIdentityTrust } from '../trust/analyze.js'
import { CLUSTER_KEYS } from '../trust/pod-identity-trust.js'
import { isSameMovement, movementOf, movesOf, NO_TESTS, testsOf } from './caller-change.js'
import type { CallerChange, CallerSide, Movement } from './caller-change.js'
import { serviceAccountWording } from './caller-wording.js'
import { fromOf } from './callers.js'
import type { RoleScene, Side } from './role-sides.js'

/** More clusters than this are not told apart. */
const MAX_CLUSTERS = 32

/** For each cluster that the policies tell apart, with session tags and without; what is the same is said once. */
export function podIdentityChanges(
  was: PodIdentityTrust | undefined,
  is: PodIdentityTrust | undefined,
  scene: RoleScene,
): readonly CallerChange[] {
  const wording = serviceAccountWording([was?.serviceAccounts, is?.serviceAccounts])
  const groups: { readonly movement: Movement; readonly clusters: string[]; readonly modes: Set<boolean> }[] =
    []
  const clusters = clustersOf(scene)
  for (const cluster of clusters) {
    for (const sessionTags of [true, false]) {
      const [before, after] = [scene.before, scene.after].map((side) =>
        podIdentitySide(side, cluster, sessionTags, scene),
      )
      if (before === undefined || after === undefined) continue
      const movement = movementOf(before, after, wording, scene.isDoubtful)
      if (movement === undefined) continue
      const known = groups.find((group) => isSameMovement(group.movement, movement))
      if (known === undefined)
        groups.push({ movement, clusters: [cluster?.name ?? ''], modes: new Set([sessionTags]) })
      else {
        if (!known.clusters.includes(cluster?.name ?? '')) known.clusters.push(cluster?.name ?? '')
        known.modes.add(sessionTags)
      }
    }
  }
  const changes = groups.map(({ movement, clusters: names, modes }): CallerChange => {
    const where = names.length === clusters.length ? 'any cluster of the account' : names.join(', ')
    const mode = modes.size === 2 ? '' : modes.has(true) ? ', with session tags' : ', without session tags'
    return { mechanism: 'pod-identity', from: where + mode, ...movesOf(movement), tests: NO_TESTS }
  })
  const tests = testsOf(was?.tagged.admission, is?.tagged.admission)
  const [first, ...rest] = changes
  if (tests === NO_TESTS) return changes
  if (first !== undefined) return [{ ...first, tests }, ...rest]
  const trust = is ?? was
  return trust === undefined
    ? []
    : [{ mechanism: 'pod-identity', from: fromOf(trust), ...movesOf(undefined), tests }]
}

interface NamedCluster {
  readonly arn: string
  readonly name: string
}

/** The clusters that the two policies can tell apart, one `undefined` where they tell none. */
function clustersOf({ before, after, now }: RoleScene): readonly (NamedCluster | undefined)[] {
  const statements = [...before.policy.statements, ...after.policy.statements]
  const isTested = statements.some(({ conditions }) =>
    conditions.some(({ key }) => CLUSTER_KEYS.includes(key)),
  )
  if (!isTested) return [undefined]
  const { account, partition } = after.role ?? before.role ?? {}
  const values = new Set(
    statements.flatMap(({ conditions }) => conditions.flatMap((condition) => condition.values)),
  )
  const model = podIdentityModel({ account, partition, sessionTags: true, expected: true, now })
  const arns = new Map<string, string>()
  for (const { arn, name, account: owner } of [...after.facts.clusters, ...before.facts.clusters])
    if (arn !== undefined && (owner === undefined || account === undefined || owner === account))
      arns.set(arn, `cluster ${name}`)
  for (const { cell } of admit({ ...after.policy, statements }, model).combinations) {
    for (const key of ['aws:requesttag/eks-cluster-arn', 'aws:sourcearn']) {
      const found = cell.get(key)
      const [arn] = found?.state === 'present' ? found.values : []
      if (arn === undefined || arns.has(arn)) continue
      const name = arn.slice(arn.lastIndexOf('/') + 1)
      const isNamed = values.has(arn) || values.has(name)
      arns.set(arn, isNamed ? `cluster ${name}` : `other clusters, for example ${arn}`)
    }
  }
  const clusters = [...arns].slice(0, MAX_CLUSTERS).map(([arn, name]) => ({ arn, name }))
  return clusters.length === 0 ? [undefined] : clusters
}

function podIdentitySide(
  { policy, role }: Side,
  cluster: NamedCluster | undefined,
  sessionTags: boolean,
  { before, after, now }: RoleScene,
): CallerSide {
  if (role === undefined) return { policy }
  const { account, partition } = after.role ?? before.role ?? {}
  const facts = {
    account,
    partition,
    sessionTags,
    now,
    ...(cluster === undefined ? {} : { clusterArn: cluster.arn }),
  }
  const admission = admit(policy, podIdentityModel(facts))
  if (admission.certain === admission.possible) return { policy, admission }
  return { policy, admission, expected: admit(policy, podIdentityModel({ ...facts, expected: true })) }
}
