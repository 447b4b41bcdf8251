import type { Facts, PodIdentityAssociation, ServiceAccount, Workload } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import { isIdleDaemonSet, placeWithoutPodIdentity, podCredentials } from '../trust/pod-credentials.js'
import type { PodCredentials } from '../trust/pod-credentials.js'
import type { ServiceAccountName } from '../trust/service-account-set.js'
import type { ComparedIdentity, ComparedReasonId, ComparedServiceAccount } from './compare-answer.js'
import type { Place, Places } from './compare-places.js'
import type { ComparedRoles, Tried } from './compare-roles.js'

/** What was read of one service account of one place. */
export interface Draft extends ServiceAccountName {
  readonly place: Place
  readonly account: ServiceAccount | undefined
  readonly association: PodIdentityAssociation | undefined
  readonly workloads: readonly Workload[]
}

export interface CompareScene {
  readonly facts: Facts
  readonly places: Places
  readonly roles: ComparedRoles
  /** Filled along the way. */
  readonly assumptions: Set<string>
}

export type Verdict = Pick<ComparedServiceAccount, 'verdict' | 'gets' | 'notes'>

/** The audience that the webhook asks for where no annotation says another. */
export const DEFAULT_AUDIENCE = 'sts.amazonaws.com'

/** What new pods of a service account get: asked for each of its workloads, and once where there is none. */
export function verdictOf(draft: Draft, scene: CompareScene): Verdict {
  const notes = new Set<string>()
  const ways = new Map<string, { readonly identity: ComparedIdentity; readonly workloads: string[] }>()
  const tried = new Map<string, Tried>()
  const placeOf = placesOf(draft, scene)
  // What another object made says what it is like as well, and EKS has put its variables into it.
  const own = draft.workloads.filter((one) => !one.isOwned && !isIdleDaemonSet(one, draft.workloads))
  const asked = own.length > 0 ? own : draft.workloads
  for (const workload of asked.length > 0 ? asked : [undefined]) {
    for (const credentials of credentialsOf(draft, workload, scene)) {
      const {
        identity,
        assumes,
        notes: more = [],
      } = identityOf(credentials, { draft, workload, where: workload && placeOf(workload), tried }, scene)
      for (const note of more) notes.add(note)
      for (const one of assumes ?? []) scene.assumptions.add(one)
      const { source, outcome, roleArn, reason } = identity
      const key = [source, outcome, roleArn, reason?.id].join(' ')
      const way = ways.get(key) ?? { identity, workloads: [] }
      if (workload !== undefined) way.workloads.push(`${workload.kind} ${workload.name}`)
      ways.set(key, way)
    }
  }
  const gets = [...ways.values()].map(({ identity, workloads }) =>
    ways.size > 1 && workloads.length > 0 ? { ...identity, workloads } : identity,
  )
  const results = new Set(
    gets.map(({ outcome, roleArn }) => `${outcome} ${outcome === 'works' ? roleArn : ''}`),
  )
  const [first] = gets
  noteOfBoth(draft, scene, notes)
  return {
    verdict: results.size > 1 ? 'either' : (first?.outcome ?? 'unknown'),
    gets,
    notes: [...notes],
  }
}

/** One way, or two where the pod has the variables of both mechanisms. */
function credentialsOf(
  { account, association, place }: Draft,
  workload: Workload | undefined,
  { places }: CompareScene,
): readonly PodCredentials[] {
  const found = podCredentials({
    account,
    association,
    workload: workload?.isOwned ? undefined : workload,
    readsAssociations: places.readsAssociations(place),
  })
  if (found.source !== 'environment' || found.beside === undefined) return [found]
  return [found, { source: 'association', association: found.beside }]
}

interface Way {
  readonly draft: Draft
  readonly workload: Workload | undefined
  readonly where: 'fargate' | 'windows' | undefined
  readonly tried: Map<string, Tried>
}

interface Found extends Pick<Tried, 'assumes' | 'notes'> {
  readonly identity: ComparedIdentity
}

function identityOf(credentials: PodCredentials, way: Way, scene: CompareScene): Found {
  const { draft, workload } = way
  switch (credentials.source) {
    case 'environment': {
      const { roleArn } = credentials
      if (isUnknown(roleArn))
        return { identity: because('environment', 'unknown', 'value-not-known', roleArn.reason) }
      const [audience, ...others] = (workload?.tokens ?? []).flatMap((token) => token.audience ?? [])
      return byToken('environment', roleArn, others.length > 0 ? undefined : audience, way, scene)
    }
    case 'annotation': {
      if (!scene.places.readsAssociations(draft.place))
        scene.assumptions.add(
          'where associations were not read there is none; one would win over an annotation',
        )
      return byToken('annotation', credentials.roleArn, draft.account?.audience, way, scene)
    }
    case 'association':
      return byAssociation(credentials, way, scene)
    case 'none':
      return { identity: because('none', 'nothing', 'not-configured', notConfigured(draft)) }
    case 'unknown':
      return { identity: missing(draft, scene) }
  }
}

function byToken(
  source: 'environment' | 'annotation',
  arn: string,
  audience: string | undefined,
  { draft, tried }: Way,
  { roles }: CompareScene,
): Found {
  const asked = audience ?? DEFAULT_AUDIENCE
  const key = `${arn} ${asked}`
  const found = tried.get(key) ?? roles.byToken(arn, draft, draft.place, asked)
  tried.set(key, found)
  return foundOf(source, found)
}

function byAssociation(
  { association, leavesAside }: Extract<PodCredentials, { source: 'association' }>,
  { draft, workload, where, tried }: Way,
  { roles, places }: CompareScene,
): Found {
  const found = tried.get('association') ?? roles.byAssociation(association, draft.place)
  tried.set('association', found)
  const { account, place, namespace, name } = draft
  if (account === undefined && places.holdsAll('service-accounts', place)) {
    const reason = `the cluster has no service account ${quoted(`${namespace}/${name}`)}`
    return { identity: because('association', 'nothing', 'no-service-account', reason) }
  }
  if (where !== undefined) {
    const what =
      workload === undefined ? 'its pods run' : `${quoted(`${workload.kind} ${workload.name}`)} runs`
    const off =
      leavesAside === undefined ? '' : ', and because of the association the annotation does nothing'
    const summary = `${what} on ${where === 'fargate' ? 'Fargate' : 'Windows'}, where Pod Identity does not work${off}`
    return {
      identity: {
        ...foundOf('association', found).identity,
        outcome: 'nothing',
        reason: { id: where, summary },
      },
    }
  }
  if (found.outcome !== 'works') return foundOf('association', found)
  const agent = places.agent(place)
  const cluster = place.name === undefined ? 'the cluster' : `the cluster ${quoted(place.name)}`
  if (agent === 'absent') {
    const summary = `no Pod Identity agent runs in ${cluster}, unless it is part of the machine image`
    return {
      identity: {
        ...foundOf('association', found).identity,
        outcome: 'nothing',
        reason: { id: 'no-agent', summary },
      },
    }
  }
  const assumes = `the Pod Identity agent runs in ${cluster}`
  const seen = agent === 'not-seen' ? 'it was not seen' : 'not read'
  return {
    ...foundOf('association', found),
    ...(agent === 'present' ? {} : { assumes: [...(found.assumes ?? []), `${assumes} (${seen})`] }),
  }
}

function foundOf(
  source: ComparedIdentity['source'],
  { outcome, roleArn, role, reason, assumes, notes }: Tried,
): Found {
  return {
    identity: {
      source,
      outcome,
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(role === undefined ? {} : { role }),
      ...(reason === undefined ? {} : { reason }),
    },
    ...(assumes === undefined ? {} : { assumes }),
    ...(notes === undefined ? {} : { notes }),
  }
}

function because(
  source: ComparedIdentity['source'],
  outcome: 'nothing' | 'unknown',
  id: ComparedReasonId,
  summary: string,
): ComparedIdentity {
  return { source, outcome, reason: { id, summary } }
}

function notConfigured({ workloads }: Draft): string {
  const half = workloads.find(({ isOwned, roleArns }) => !isOwned && roleArns.length > 0)
  return half === undefined
    ? 'it has no annotation and no association'
    : `it has no annotation and no association, and ${quoted(`${half.kind} ${half.name}`)} sets \`AWS_ROLE_ARN\` without a token file`
}

function missing({ account, place }: Draft, { places }: CompareScene): ComparedIdentity {
  const isAbsent = account === undefined && places.holdsAll('service-accounts', place)
  if (isAbsent)
    return because('none', 'nothing', 'no-service-account', 'the cluster has no such service account')
  if (account === undefined) {
    const summary = places.readsAssociations(place)
      ? 'it has no association, and its annotations were not read'
      : 'neither its annotations nor its association was read'
    return because('unknown', 'unknown', 'annotation-not-read', summary)
  }
  return because(
    'unknown',
    'unknown',
    'associations-not-read',
    'it has no annotation, and associations were not read',
  )
}

/** Where pods of workloads run; what nothing tells of is where all those run that it made. */
function placesOf(
  { workloads }: Draft,
  { facts }: CompareScene,
): (workload: Workload) => 'fargate' | 'windows' | undefined {
  const owned = new Set(
    workloads.filter(({ isOwned }) => isOwned).map((one) => placeWithoutPodIdentity(one, facts)),
  )
  const [only, ...others] = owned
  const common = others.length === 0 ? only : undefined
  return (workload) => placeWithoutPodIdentity(workload, facts) ?? common
}

function noteOfBoth({ account, association }: Draft, { roles }: CompareScene, notes: Set<string>): void {
  const annotated = account?.roleArn
  if (annotated === undefined || association === undefined) return
  const arn = roles.ofAssociation(association)?.role.arn ?? association.roleArn
  const final = association.targetRoleArn ?? arn
  if (final === annotated)
    notes.add('the annotation names the same role, and does nothing beside the association')
  else
    notes.add(
      `the annotation names ${quoted(annotated, 200)}, which EKS leaves aside; pods that started before the association keep it`,
    )
}
