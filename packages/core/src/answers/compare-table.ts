import { ArgumentError } from '../errors.js'
import type { PodIdentityAssociation, ServiceAccount, Workload } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { quoted } from '../text/quote.js'
import type { IrsaTrust, PodIdentityTrust, RoleAnalysis } from '../trust/analyze.js'
import type { Place } from './compare-places.js'
import type { CompareScene, Draft } from './compare-verdict.js'

interface NamedBy<Trust> {
  readonly analysis: RoleAnalysis
  readonly trust: Trust
}

type ByName<T> = Map<string, T>

/** Which service accounts there are in each place, and what tells of them. */
export class CompareTable {
  readonly #scene: CompareScene
  readonly #accounts = new Map<Place | undefined, ByName<ServiceAccount>>()
  readonly #workloads = new Map<Place | undefined, ByName<Workload[]>>()
  readonly #associations = new Map<Place | undefined, ByName<PodIdentityAssociation>>()
  readonly #byIrsa = new Map<Place | undefined, ByName<NamedBy<IrsaTrust>[]>>()
  readonly #byPodIdentity: ByName<NamedBy<PodIdentityTrust>[]> = new Map()

  constructor(scene: CompareScene) {
    this.#scene = scene
  }

  /** @returns the only cluster that is asked about */
  collect(named: string | undefined): Place | undefined {
    const { facts, places, roles } = this.#scene
    // Places are made by whatever names one, and only then can be told where the rest belongs.
    for (const one of [...facts.associations, ...(facts.serviceAccounts ?? []), ...(facts.workloads ?? [])])
      places.named(one.cluster, 'clusterArn' in one ? one.clusterArn : undefined)
    for (const analysis of roles.analyses) this.#addTrusts(analysis)
    const [only, ...others] = named === undefined ? [] : places.find(named)
    if (named !== undefined && others.length > 0) {
      const message = `the inputs hold several clusters ${quoted(named)}`
      const arns = [only, ...others].flatMap((one) => one?.arn ?? []).map((one) => quoted(one, 200))
      throw new ArgumentError('E_INVALID_ARGUMENT', message, {
        hint: `name one by its ARN: ${arns.join(', ')}`,
      })
    }
    if (named !== undefined && only === undefined) {
      const names = places.names.slice(0, 8).map((one) => quoted(one))
      const message = `the inputs hold no cluster ${quoted(named)}`
      const hint = `they tell of ${names.join(', ')}`
      throw new ArgumentError('E_INVALID_ARGUMENT', message, names.length === 0 ? {} : { hint })
    }
    const home = only ?? places.only
    for (const one of facts.associations) {
      const { namespace, serviceAccount } = one
      if (isUnknown(namespace) || isUnknown(serviceAccount)) continue
      mapAt(this.#associations, places.named(one.cluster, one.clusterArn) ?? home).set(
        keyOf(namespace, serviceAccount),
        one,
      )
    }
    for (const one of facts.serviceAccounts ?? []) {
      if (isUnknown(one.namespace)) continue
      const accounts = mapAt(this.#accounts, places.named(one.cluster) ?? home)
      const key = keyOf(one.namespace, one.name)
      // Of one object in two inputs that one counts that says more.
      if (accounts.get(key)?.roleArn === undefined) accounts.set(key, one)
    }
    for (const one of facts.workloads ?? []) {
      if (isUnknown(one.namespace)) continue
      listAt(
        mapAt(this.#workloads, places.named(one.cluster) ?? home),
        keyOf(one.namespace, one.serviceAccount),
      ).push(one)
    }
    return only
  }

  #addTrusts(analysis: RoleAnalysis): void {
    for (const trust of analysis.trusts) {
      if (trust.mechanism !== 'irsa' && trust.mechanism !== 'pod-identity') continue
      const { serviceAccounts } = trust
      if (serviceAccounts.isEmpty) continue
      const place = trust.mechanism === 'irsa' ? this.#scene.places.ofIssuer(trust.issuer) : undefined
      if (!serviceAccounts.isEnumerable) continue
      for (const { namespace, name } of serviceAccounts) {
        const key = keyOf(namespace, name)
        if (trust.mechanism === 'irsa') listAt(mapAt(this.#byIrsa, place), key).push({ analysis, trust })
        else listAt(this.#byPodIdentity, key).push({ analysis, trust })
      }
    }
  }

  /** Every service account that has a row. */
  *drafts(only: Place | undefined): Generator<Draft> {
    const { places } = this.#scene
    const inNoPlace = new Set(this.#namesOf(undefined))
    const known = new Set(
      [...this.#accounts, ...this.#associations, ...this.#workloads, ...this.#byIrsa].map(([place]) => place),
    )
    for (const place of known) {
      if (place === undefined || (only !== undefined && place !== only)) continue
      const names = new Set(this.#namesOf(place))
      for (const key of this.#byIrsa.get(place)?.keys() ?? [])
        if (this.#account(place, key) !== undefined || !places.holdsAll('service-accounts', place))
          names.add(key)
      for (const key of names) {
        // An object that does not say whose it is may be of each cluster that knows its name.
        inNoPlace.delete(key)
        yield this.#draft(place, key)
      }
    }
    if (only === undefined) for (const key of inNoPlace) yield this.#draft(places.nameless, key)
  }

  /** Service accounts that something other than the trust of IRSA roles tells of. */
  *#namesOf(place: Place | undefined): Generator<string> {
    yield* this.#associations.get(place)?.keys() ?? []
    for (const [key, { roleArn }] of this.#accounts.get(place) ?? [])
      if (roleArn !== undefined || this.#byPodIdentity.has(key)) yield key
    for (const [key, workloads] of this.#workloads.get(place) ?? [])
      if (
        workloads.some(
          ({ isOwned, roleArns, setsTokenFile }) => !isOwned && setsTokenFile && roleArns.length > 0,
        )
      )
        yield key
  }

  #draft(place: Place, key: string): Draft {
    const slash = key.indexOf('/')
    return {
      place,
      namespace: key.slice(0, slash),
      name: key.slice(slash + 1),
      account: this.#account(place, key),
      association: this.#associations.get(place)?.get(key) ?? this.#associations.get(undefined)?.get(key),
      workloads: [
        ...(this.#workloads.get(place)?.get(key) ?? []),
        ...(this.#workloads.get(undefined)?.get(key) ?? []),
      ],
    }
  }

  #account(place: Place, key: string): ServiceAccount | undefined {
    return this.#accounts.get(place)?.get(key) ?? this.#accounts.get(undefined)?.get(key)
  }

  /** Roles that name a service account; of a place without an issuer those of any. */
  irsaTrusts({ place, namespace, name }: Draft): readonly NamedBy<IrsaTrust>[] {
    const key = keyOf(namespace, name)
    if (place.issuer !== undefined) return this.#byIrsa.get(place)?.get(key) ?? []
    return [...this.#byIrsa.values()].flatMap((names) => names.get(key) ?? [])
  }

  /** Roles that name it for Pod Identity; in which clusters, their conditions tell. */
  podIdentityTrusts({ namespace, name }: Draft): readonly NamedBy<PodIdentityTrust>[] {
    return this.#byPodIdentity.get(keyOf(namespace, name)) ?? []
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

function mapAt<K, V>(maps: Map<K, ByName<V>>, key: K): ByName<V> {
  let map = maps.get(key)
  if (map === undefined) maps.set(key, (map = new Map()))
  return map
}

function listAt<T>(lists: ByName<T[]>, key: string): T[] {
  let list = lists.get(key)
  if (list === undefined) lists.set(key, (list = []))
  return list
}
