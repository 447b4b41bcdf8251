/** The typed values of condition operators, as IAM reads their text. */

const NUMBER = /^[+-]?[0-9]+(?:\.[0-9]+)?$/

/**
 * An integer or a decimal; a sign and leading zeros are allowed, exponents are not. Beyond fifteen digits neighbours
 * are no longer told apart.
 */
export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined
}

const DATE =
  /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$/

/**
 * Milliseconds since 1970 of an ISO 8601 date (W3C profile: a year, a month, a day, or a time with its zone) or of
 * epoch seconds. What is finer than a millisecond is dropped. Four digits are a year, as the profile has it.
 *
 * @see https://www.w3.org/TR/NOTE-datetime
 */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text)
  if (match === null) return parseEpochSeconds(text)
  const [
    ,
    year = '',
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    fraction = '',
    zone = 'Z',
  ] = match
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  // A day that the month does not have rolls over into the next one.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  const offset = zoneMinutes(zone)
  if (offset === undefined) return undefined
  date.setUTCHours(
    Number(hour),
    Number(minute) - offset,
    Number(second),
    Number(fraction.slice(0, 3).padEnd(3, '0')),
  )
  return date.getTime()
}

function zoneMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function parseEpochSeconds(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined
  const [seconds = '', fraction = ''] = text.split('.')
  const milliseconds = Number(`${seconds}${fraction.slice(0, 3).padEnd(3, '0')}`)
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The bytes of a padded base64 text, each as one character, so that equal bytes are equal strings. */
export function parseBase64(text: string): string | undefined {
  if (!BASE64.test(text)) return undefined
  const bytes: string[] = []
  let bits = 0
  let count = 0
  for (const symbol of text) {
    if (symbol === '=') break
    bits = ((bits << 6) | SYMBOLS.indexOf(symbol)) & 0xffff
    count += 6
    if (count < 8) continue
    count -= 8
    bytes.push(String.fromCharCode((bits >> count) & 0xff))
  }
  return bytes.join('')
}

/**
 * Whether a policy value can be compared with ARNs: `*`, or six parts divided by colons, the first of which can be
 * `arn`. Values with policy variables are taken as they are, since a variable has colons of its own.
 */
export function isArnText(text: string): boolean {
  if (text === '*' || text.includes('${')) return true
  const parts = text.split(':', 6)
  const [scheme = ''] = parts
  return parts.length === 6 && (scheme === 'arn' || scheme.includes('*') || scheme.includes('?'))
}
