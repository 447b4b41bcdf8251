import { fixed } from '../mechanisms/request-model.js'
import type { TrustPolicy } from '../policy/ast.js'
import { admit } from '../trust/admit.js'
import type { Admission } from '../trust/admit.js'

/** Who gets in when a request holds these values (by lower-case key), all else being as it was. */
export function admitWith(
  policy: TrustPolicy,
  { model }: Admission,
  values: Readonly<Record<string, string>>,
): Admission {
  return admit(policy, {
    ...model,
    keyModel(key) {
      const value = Object.hasOwn(values, key) ? values[key] : undefined
      return value === undefined ? model.keyModel(key) : fixed(value)
    },
  })
}
