import type { Cluster, ClusterKind, Facts, Unknown } from '../inventory.js'
import { isUnknown } from '../inventory.js'
import { isComplete } from '../trust/cluster-facts.js'
import type { AgentState } from '../trust/pod-credentials.js'
import { agentOf } from '../trust/pod-credentials.js'
import type { ComparedCluster } from './compare-answer.js'
import { accountOfArn, nameOfCluster } from '../trust/cluster-facts.js'

/** Where service accounts live: a cluster of the inputs, one that only a name or an issuer tells of, or one of no name. */
export interface Place extends ComparedCluster {
  readonly account?: string
  readonly cluster?: Cluster
}

/** The places of an inventory. Whoever is of none that can be told is of the only one, or of the nameless one. */
export class Places {
  readonly #facts: Facts
  readonly #all: Place[] = []
  readonly #byArn = new Map<string, Place>()
  readonly #byName = new Map<string, Place[]>()
  readonly #byIssuer = new Map<string, Place>()
  readonly #agents = new Map<Place, AgentState>()
  readonly #held = new Map<ClusterKind, Map<Place, boolean>>()
  readonly nameless: Place = {}

  constructor(facts: Facts) {
    this.#facts = facts
    for (const cluster of facts.clusters) {
      const { name, arn, account = accountOfArn(arn), issuer } = cluster
      // Two inputs may tell of one cluster.
      const known =
        arn === undefined ? this.#byName.get(name)?.[0] : (this.#byArn.get(arn) ?? this.#withoutArn(name))
      const place: Place = {
        ...known,
        name,
        ...(arn === undefined ? {} : { arn }),
        ...(account === undefined ? {} : { account }),
        ...(issuer === undefined || isUnknown(issuer) ? {} : { issuer }),
        cluster: { ...known?.cluster, ...cluster },
      }
      this.#put(place, known)
    }
  }

  /** Where a cluster is named by its name or its ARN. */
  named(named: string | Unknown | undefined, arn?: string): Place | undefined {
    if (arn !== undefined) {
      const found = this.#byArn.get(arn) ?? this.#withoutArn(nameOfCluster(arn))
      return found ?? this.#put({ name: nameOfCluster(arn), arn, ...accountIn(arn) })
    }
    if (named === undefined || isUnknown(named)) return undefined
    if (named.startsWith('arn:')) return this.named(undefined, named)
    const [only, ...others] = this.#byName.get(named) ?? []
    if (only === undefined) return this.#put({ name: named })
    return others.length === 0 ? only : (this.#withoutArn(named) ?? this.#put({ name: named }))
  }

  ofIssuer(issuer: string): Place {
    return this.#byIssuer.get(issuer) ?? this.#put({ issuer })
  }

  /** The place of what does not say, once all the others are known. */
  get only(): Place | undefined {
    const known = this.#facts.clusters.length
    if (known > 0) {
      const [first] = this.#all
      return this.#all.filter(({ cluster }) => cluster !== undefined).length === 1 ? first : undefined
    }
    return this.#all.length === 1 ? this.#all[0] : undefined
  }

  /** Places that are there already, by what people call them: names repeat in other Regions and accounts. */
  find(text: string): readonly Place[] {
    const [place] = [this.#byArn.get(text), this.#byIssuer.get(text)].filter((one) => one !== undefined)
    return place === undefined ? (this.#byName.get(text) ?? []) : [place]
  }

  get names(): readonly string[] {
    return this.#all.flatMap(({ name, issuer }) => name ?? issuer ?? [])
  }

  /** Whether all of a kind was read there. Asked once all places are known. */
  holdsAll(kind: ClusterKind, place: Place): boolean {
    const held = this.#held.get(kind) ?? new Map<Place, boolean>()
    this.#held.set(kind, held)
    const known = held.get(place)
    if (known !== undefined) return known
    const isHeld = this.#holdsAll(kind, place)
    held.set(place, isHeld)
    return isHeld
  }

  #holdsAll(kind: ClusterKind, place: Place): boolean {
    const { complete = [] } = this.#facts
    if (place.name !== undefined && isComplete(kind, { ...place, name: place.name }, this.#facts)) return true
    const isAlone = this.#all.length === 0 || this.only === place
    return (
      isAlone && complete.some((one) => one.kind === kind && !('cluster' in one && one.cluster !== undefined))
    )
  }

  /** Whether no association that was read means that there is none. */
  readsAssociations(place: Place): boolean {
    const { holds, complete = [] } = this.#facts
    if (this.holdsAll('associations', place)) return true
    // Associations are of clusters with a name.
    if (place.name === undefined && place.issuer !== undefined && this.only !== place) return false
    return holds.has('associations') && !complete.some(({ kind }) => kind === 'associations')
  }

  agent(place: Place): AgentState {
    let state = this.#agents.get(place)
    if (state === undefined) {
      const { name } = place
      state = name === undefined ? 'not-read' : agentOf({ ...place.cluster, ...place, name }, this.#facts)
      this.#agents.set(place, state)
    }
    return state
  }

  #withoutArn(name: string): Place | undefined {
    return this.#byName.get(name)?.find((one) => one.arn === undefined)
  }

  #put(place: Place, instead?: Place): Place {
    const index = instead === undefined ? -1 : this.#all.indexOf(instead)
    if (index < 0) this.#all.push(place)
    else this.#all[index] = place
    const { name, arn, issuer } = place
    if (arn !== undefined) this.#byArn.set(arn, place)
    if (name !== undefined)
      this.#byName.set(name, [...(this.#byName.get(name) ?? []).filter((one) => one !== instead), place])
    if (issuer !== undefined && !this.#byIssuer.has(issuer)) this.#byIssuer.set(issuer, place)
    else if (issuer !== undefined && this.#byIssuer.get(issuer) === instead) this.#byIssuer.set(issuer, place)
    return place
  }
}

function accountIn(arn: string): Pick<Place, 'account'> {
  const account = accountOfArn(arn)
  return account === undefined ? {} : { account }
}
