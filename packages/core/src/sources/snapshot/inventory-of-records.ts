/**
 * The inventory of what was read of accounts and clusters. Live reads and files of `podtrust snapshot` both come through
 * here, so that they give the same report.
 */
import { type Completeness, type HeldKind, type Inventory, inventoryOf } from '../../inventory.js'
import { inventoryOfObjects } from '../kubernetes/manifests.js'
import {
  accountsOf,
  completeOfAccount,
  providerRecordGaps,
  providersOf,
  roleRecordGaps,
  rolesOf,
} from './account-facts.js'
import { clusterFactsOf } from './cluster-facts.js'
import { recordNamed } from './located.js'
import { gapsOfMisses } from './misses.js'
import { outOfScopeOf } from './out-of-scope.js'
import { unexplainedGaps } from './unexplained.js'
import type { AccountRecord, KubernetesRecord, KubernetesRecordObject, Snapshot } from './record.js'

/**
 * The inventory of a snapshot that holds what the format has and nothing else. What could not be read is a gap, one for
 * each call; what was read in full is said to be complete. Roles are read while they are walked over, as often as that is
 * done.
 */
export function inventoryOfRecords(snapshot: Snapshot): Inventory {
  const { accounts, kubernetes = [], issuerProbes = [] } = snapshot
  const { complete: ofClusters, ...lists } = clusterFactsOf(accounts)
  const complete: Completeness[] = [...accounts.flatMap((one) => [...completeOfAccount(one)]), ...ofClusters]
  const objects = inventoryOf(...kubernetes.map(inventoryOfCluster))
  const { holds, gaps, complete: ofObjects = [], outOfScope = [], ...found } = objects.facts
  const { associations, providers } = found
  return {
    facts: {
      ...found,
      ...lists,
      providers: [...accounts.flatMap((one) => [...providersOf(one)]), ...providers],
      associations: [...lists.associations, ...associations],
      accounts: [...accountsOf(accounts)],
      issuerProbes,
      complete: [...complete, ...ofObjects],
      outOfScope: [...new Set([...outOfScopeOf(snapshot), ...outOfScope])],
      holds: new Set([...heldKinds(snapshot), ...holds]),
      gaps: [
        ...gapsOfMisses(snapshot),
        ...unexplainedGaps(snapshot),
        ...accounts.flatMap((one) => [...roleRecordGaps(one), ...providerRecordGaps(one)]),
        ...gaps,
      ],
    },
    roles: {
      *[Symbol.iterator]() {
        yield* rolesOf(accounts)
        yield* objects.roles
      },
    },
  }
}

/** A snapshot tells about a kind where somebody asked for it, whether or not there was an answer. */
function* heldKinds({ accounts, kubernetes = [] }: Snapshot): Generator<HeldKind> {
  if (accounts.length > 0) {
    yield 'providers'
    if (accounts.some(hasAskedForRoles)) yield 'roles'
    if (accounts.some(({ regions }) => regions.length > 0)) {
      yield* ['clusters', 'associations', 'addons', 'node-groups', 'fargate-profiles'] as const
      yield* ['access-entries', 'capabilities'] as const
    }
  }
  if (kubernetes.length > 0) yield* ['namespaces', 'service-accounts', 'workloads', 'rbac'] as const
}

function hasAskedForRoles({ roles, misses }: AccountRecord): boolean {
  return roles !== undefined || misses.some(({ call }) => ROLE_CALLS.has(call))
}

const ROLE_CALLS: ReadonlySet<string> = new Set(['iam:GetAccountAuthorizationDetails', 'iam:ListRoles'])

function inventoryOfCluster({ cluster, complete, objects }: KubernetesRecord): Inventory {
  const documents = objects.map((value) => ({ value, location: recordNamed(nameOf(value, cluster), value) }))
  return inventoryOfObjects(documents, { cluster, complete })
}

function nameOf({ kind, metadata }: KubernetesRecordObject, cluster: string): string {
  const { namespace, name } = metadata
  return [cluster, ...(namespace === undefined ? [] : [namespace]), kind.toLowerCase(), name].join('/')
}
