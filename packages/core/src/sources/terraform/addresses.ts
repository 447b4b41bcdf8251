/** Addresses of Terraform: `module.app["a.b"].aws_iam_role.this[0]`. */

/** `worker[1]` is the name `worker` and the index `[1]`. */
export interface AddressStep {
  readonly name: string
  readonly index: string
}

/** The steps of an address; a key of `for_each` may hold dots, brackets and escaped quotes. */
export function stepsOf(address: string): readonly AddressStep[] {
  const step = /([^.[]+)((?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\])*)\.?/gy
  return [...address.matchAll(step)].map(([, name = '', index = '']) => ({ name, index }))
}

export function joined(steps: readonly AddressStep[]): string {
  return steps.map(({ name, index }) => name + index).join('.')
}

/** `["a"]` or `[0]` as the key it is. */
export function keyOfIndex(index: string): string | number | undefined {
  if (index === '') return undefined
  try {
    const [key] = JSON.parse(index) as readonly unknown[]
    return typeof key === 'string' || typeof key === 'number' ? key : undefined
  } catch {
    return undefined
  }
}

/** A key as an address shows it. */
export function indexOfKey(key: string | number): string {
  return `[${JSON.stringify(key)}]`
}

/** The module that holds a module instance, and the step of the call. */
export function parentOf(
  module: string,
): { readonly parent: string; readonly call: AddressStep } | undefined {
  const steps = stepsOf(module)
  const call = steps.at(-1)
  return call === undefined ? undefined : { parent: joined(steps.slice(0, -2)), call }
}
