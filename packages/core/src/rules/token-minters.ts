import type { RbacBinding, RbacRole } from '../inventory.js'
import { escaped, quoted } from '../text/quote.js'
import { below } from '../text/location.js'
import { admittedAccounts } from './admitted-accounts.js'
import type { AdmittedAccount } from './admitted-accounts.js'
import { builtInRules, isOrdinary, rbacPowers } from './rbac-powers.js'
import type { RbacPower } from './rbac-powers.js'
import type { InventoryProblem, InventorySubject, SubjectReference } from './rule.js'

type RbacSubject = RbacBinding['subjects'][number]

/** Somebody whom RBAC lets become service accounts that have roles. */
interface Minter {
  readonly subject: RbacSubject
  readonly binding: RbacBinding
  readonly isClusterWide: boolean
  /** Bindings besides the first. */
  readonly others: Set<RbacBinding>
  readonly powers: Set<string>
  readonly targets: Set<AdmittedAccount>
}

/** Roles and service accounts that a message lists. */
const MOST_SHOWN = 4

/** One problem for each subject that can become service accounts with roles, in the whole cluster or in namespaces. */
export function* minterProblems(
  inventory: InventorySubject,
  scope: 'cluster' | 'namespace',
): Generator<InventoryProblem> {
  for (const minter of mintersOf(inventory)) {
    if (minter.isClusterWide !== (scope === 'cluster')) continue
    const { subject, binding, others, powers, targets } = minter
    const names = [...targets].map(({ namespace, name }) => `${namespace}/${name}`)
    const roles = [...new Set([...targets].flatMap((target) => target.roles))]
    const where = scope === 'cluster' ? 'in every namespace' : `in ${namespacesText(minter)}`
    yield {
      subject: referenceOf(subject, binding),
      location: below(binding.location, '/metadata/name'),
      related: [...others].map((other) => ({
        location: below(other.location, '/metadata/name'),
        note: 'another binding of it',
      })),
      blamed: scope,
      message: `it may ${listed([...powers])} ${where} by RBAC, so it can become ${listed(names)} and have ${roles.length === 1 ? 'the role' : 'the roles'} ${listed(roles)}`,
      help: 'bind it to the resources and namespaces that it needs; for tokens, name the service accounts in `resourceNames`',
    }
  }
}

const cache = new WeakMap<InventorySubject, readonly Minter[]>()

/** Both rules ask; what somebody can do in the whole cluster is not said again for namespaces. */
function mintersOf(inventory: InventorySubject): readonly Minter[] {
  const known = cache.get(inventory)
  if (known !== undefined) return known
  const minters = new Map<string, Minter>()
  const { rbacRoles = [], rbacBindings = [] } = inventory.facts
  const roles = new Map(rbacRoles.map((role) => [roleKey(role.cluster, role), role.rules] as const))
  // What a subject becomes by the wider kind of binding is not said again of the other.
  const ordered = [...rbacBindings].sort((one, other) => Number(isWide(other)) - Number(isWide(one)))
  for (const binding of ordered) {
    const namespace = binding.namespace ?? ''
    const role = { ...binding.role, namespace: binding.role.kind === 'Role' ? namespace : '' }
    const powers = rbacPowers(roles.get(roleKey(binding.cluster, role)) ?? builtInRules(binding.role))
    if (powers.length === 0) continue
    for (const subject of binding.subjects) {
      if (isOrdinary(binding, subject)) continue
      addMinter(minters, inventory, binding, subject, powers)
    }
  }
  const found = [...minters.values()]
  cache.set(inventory, found)
  return found
}

function addMinter(
  minters: Map<string, Minter>,
  inventory: InventorySubject,
  binding: RbacBinding,
  subject: RbacSubject,
  powers: readonly RbacPower[],
): void {
  const reference = referenceOf(subject, binding).key
  const key = `${isWide(binding) ? 'cluster' : 'namespace'} ${reference}`
  const wider = isWide(binding) ? undefined : minters.get(`cluster ${reference}`)
  const accounts = admittedAccounts(inventory, binding.cluster).filter(
    (account) =>
      (isWide(binding) || account.namespace === binding.namespace) &&
      wider?.targets.has(account) !== true &&
      !isItself(subject, account),
  )
  for (const power of powers) {
    const targets = accounts.filter(
      ({ name, runs }) => (power.reaches === 'account' || runs) && (power.names?.includes(name) ?? true),
    )
    if (targets.length === 0) continue
    const minter =
      minters.get(key) ??
      ({
        subject,
        binding,
        isClusterWide: isWide(binding),
        others: new Set(),
        powers: new Set(),
        targets: new Set(),
      } satisfies Minter)
    minters.set(key, minter)
    if (minter.binding !== binding) minter.others.add(binding)
    minter.powers.add(power.text)
    for (const target of targets) minter.targets.add(target)
  }
}

function isWide({ kind }: RbacBinding): boolean {
  return kind === 'ClusterRoleBinding'
}

function roleKey(
  cluster: string | undefined,
  { kind, namespace = '', name }: Pick<RbacRole, 'kind' | 'namespace' | 'name'>,
): string {
  return JSON.stringify([cluster, kind, kind === 'Role' ? namespace : '', name])
}

/** To become what one is is nothing gained. */
function isItself(subject: RbacSubject, { namespace, name }: AdmittedAccount): boolean {
  return subject.kind === 'ServiceAccount'
    ? subject.name === name && subject.namespace === namespace
    : subject.name === `system:serviceaccount:${namespace}:${name}`
}

function referenceOf(
  { kind, namespace, name }: RbacSubject,
  { cluster, namespace: own }: RbacBinding,
): SubjectReference {
  const where = cluster === undefined ? '' : `${cluster}/`
  const shown = cluster === undefined ? '' : ` in cluster ${cluster.slice(cluster.lastIndexOf('/') + 1)}`
  if (kind !== 'ServiceAccount')
    return {
      kind: 'rbac-subject',
      key: `${where}${kind} ${name}`,
      name: escaped(`${kind.toLowerCase()} ${name}${shown}`),
    }
  const place = `${namespace ?? own ?? ''}/${name}`
  return { kind: 'service-account', key: where + place, name: escaped(`service account ${place}${shown}`) }
}

function namespacesText({ targets }: Minter): string {
  return listed([...new Set([...targets].map(({ namespace }) => namespace))])
}

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, MOST_SHOWN).map((text) => quoted(text))
  const more = texts.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
