import { LAST_UNIT, toUnitSet } from './alphabet.js'
import type { UnitSet } from './alphabet.js'

/** The lower case of one unit, or the unit itself where that would not be one unit. */
function lowerCaseUnit(unit: string): string {
  const lower = unit.toLowerCase()
  return lower.length === 1 ? lower : unit
}

/** See `Language.ignoreCase`. */
export function lowerCase(text: string): string {
  let lower = ''
  for (let i = 0; i < text.length; i++) lower += lowerCaseUnit(text.charAt(i))
  return lower
}

let preimages: ReadonlyMap<string, UnitSet> | undefined

/** The units whose lower case is that of the given unit, where it is not the only one. */
export function anyCase(unit: string): number | UnitSet {
  const lower = lowerCaseUnit(unit)
  if (lower >= 'a' && lower <= 'z') return asciiCases(lower)
  if (lower < '\u0080') return lower.charCodeAt(0)
  preimages ??= findPreimages()
  return preimages.get(lower) ?? lower.charCodeAt(0)
}

const KELVIN_SIGN = 0x212a

/** The units that lower to a letter of ASCII, without looking through all there are. */
function asciiCases(lower: string): UnitSet {
  const units = [lower.toUpperCase().charCodeAt(0), lower.charCodeAt(0)]
  if (lower === 'k') units.push(KELVIN_SIGN)
  return toUnitSet(units.map((unit) => [unit, unit] as const))
}

function findPreimages(): ReadonlyMap<string, UnitSet> {
  const units = new Map<string, number[]>()
  for (let unit = 0; unit <= LAST_UNIT; unit++) {
    const letter = String.fromCharCode(unit)
    const lower = lowerCaseUnit(letter)
    if (lower === letter) continue
    const others = units.get(lower)
    if (others) others.push(unit)
    else units.set(lower, [unit, lower.charCodeAt(0)])
  }
  return new Map(
    [...units].map(([lower, list]) => [lower, toUnitSet(list.map((unit) => [unit, unit] as const))]),
  )
}
