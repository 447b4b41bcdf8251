import type { AwsPrincipalTrust, IrsaTrust, WebIdentityTrust } from '../trust/analyze.js'
import { describeTexts } from '../trust/describe-texts.js'
import { ServiceAccountSet } from '../trust/service-account-set.js'
import type { Wording } from './caller-change.js'
import { callerWords } from './callers.js'

/** Trusts whose callers are one set. */
export type PlainTrust = IrsaTrust | WebIdentityTrust | AwsPrincipalTrust

/** How to speak of those who move between two trusts. */
export function wordingOf(was: PlainTrust | undefined, is: PlainTrust | undefined): Wording {
  const trust = is ?? was
  if (trust === undefined || trust.mechanism === 'irsa') {
    const sets = [was, is].map((one) => (one?.mechanism === 'irsa' ? one.serviceAccounts : undefined))
    return serviceAccountWording(sets)
  }
  const { globs, every } = callerWords(trust)
  const all = [
    ...new Set([...globs, ...(was === undefined || was.mechanism === 'irsa' ? [] : callerWords(was).globs)]),
  ]
  const { domain } = trust.admission.model
  return {
    witness: (words) => words.witness(),
    describe: (words) => ({ who: describeTexts(words, domain, all, every) }),
  }
}

/** Words about a set use the patterns that the known ones are made of. */
export function serviceAccountWording(known: readonly (ServiceAccountSet | undefined)[]): Wording {
  const sets = known.filter((set) => set !== undefined)
  return {
    witness(words) {
      const found = ServiceAccountSet.fromWords(words).witness()
      return found && `${found.namespace}:${found.name}`
    },
    describe(words) {
      const set = ServiceAccountSet.fromWords(words).toldLike(...sets)
      return { who: String(set), ...(set.isEnumerable ? { serviceAccounts: [...set] } : {}) }
    },
  }
}
