import { isUnknown } from '../inventory.js'
import type { Admission } from '../trust/admit.js'
import type { IrsaTrust } from '../trust/analyze.js'
import { admitWith } from './admit-with.js'

export function audienceKey({ issuer }: IrsaTrust): string {
  return `${issuer.toLowerCase()}:aud`
}

/** The audiences that the grant's provider takes; `undefined` where they are not known. */
export function providerAudiences({ provider }: IrsaTrust): readonly string[] | undefined {
  return provider === undefined || isUnknown(provider.clientIds) ? undefined : provider.clientIds
}

/** Who gets in with a token for the audience. */
export function admitAudience(grant: IrsaTrust, audience: string): Admission {
  return admitWith(grant.policy, grant.admission, { [audienceKey(grant)]: audience })
}

/** Whether a condition of the policy that meets the grant's callers is about the audience. */
export function testsAudience(grant: IrsaTrust): boolean {
  return grant.admission.keys.has(audienceKey(grant))
}

const UNNAMED = 'audience-that-nothing-names'

/** Who gets in with a token for an audience that nothing names. */
export function admitUnnamedAudience(grant: IrsaTrust): Admission {
  return testsAudience(grant) ? admitAudience(grant, UNNAMED) : grant.admission
}
