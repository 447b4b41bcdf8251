/** Runs `terraform` in a folder and gives what it printed. */
type Terraform = (...args: readonly string[]) => Promise<string>
type Settings = Readonly<Record<string, string>>

export const account: string
export const providerFolder: string
export const mock: Settings
export const environment: Readonly<Record<string, string>>
export function works(program: string, args: readonly string[]): Promise<boolean>
export function pluginFolder(): string | undefined
export function motoEndpoints(endpoint: string): Settings
export function motoTargets(configuration: string): readonly string[]
export function withMoto<T>(port: number, work: (endpoint: string) => Promise<T>): Promise<T>
export function inCopy(
  configuration: string,
  settings: Settings,
  work: (terraform: Terraform) => Promise<void>,
): Promise<void>
