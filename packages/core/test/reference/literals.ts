/** How the reference evaluator reads the values themselves: text and its wildcards, numbers, dates, bytes, addresses. */

/* ------------------------------------------------------------------ text */

/** 2.6: lower-casing, not case folding, one UTF-16 unit at a time. */
export function lowerCase(text: string): string {
  return [...Array(text.length).keys()]
    .map((index) => {
      const lower = text.charAt(index).toLowerCase()
      return lower.length === 1 ? lower : text.charAt(index)
    })
    .join('')
}

/** One UTF-16 unit of a policy value; `wild` when it is a `*` or `?` that was written as such. */
export interface Token {
  readonly text: string
  readonly wild: boolean
}

export const literal = (text: string): Token[] =>
  [...Array(text.length).keys()].map((i) => ({ text: text.charAt(i), wild: false }))

export const glob = (text: string): Token[] =>
  literal(text).map(({ text: c }) => ({ text: c, wild: c === '*' || c === '?' }))

/** 2.6: `*` any run, `?` one unit, anchored at both ends. `open[i]`: the text so far matches the first i tokens. */
export function globMatches(tokens: readonly Token[], text: string): boolean {
  const isStar = (index: number): boolean => tokens[index]!.wild && tokens[index]!.text === '*'
  const skipStars = (open: boolean[]): boolean[] => {
    for (let i = 0; i < tokens.length; i++) if (open[i] && isStar(i)) open[i + 1] = true
    return open
  }
  let open = skipStars([true])
  for (let at = 0; at < text.length; at++) {
    const next: boolean[] = []
    for (let i = 0; i < tokens.length; i++) {
      if (!open[i]) continue
      if (isStar(i)) next[i] = true
      else if (tokens[i]!.wild || tokens[i]!.text === text.charAt(at)) next[i + 1] = true
    }
    open = skipStars(next)
  }
  return open[tokens.length] === true
}

/* ------------------------------------------------------------------ numbers, dates, bytes */

/** 2.6: an optional sign, digits, an optional fraction. */
export function parseNumber(text: string): number | undefined {
  return /^[+-]?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : undefined
}

/** 2.6: milliseconds since 1970. Four digits are a year; any other number is epoch seconds. */
export function parseDate(text: string): number | undefined {
  const iso =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d))?)?)?$/.exec(text)
  if (iso) {
    const [year, month, day, hour, minute, second] = [
      Number(iso[1]),
      Number(iso[2] ?? 1),
      Number(iso[3] ?? 1),
      Number(iso[4] ?? 0),
      Number(iso[5] ?? 0),
      Number(iso[6] ?? 0),
    ] as const
    const zone = iso[8] ?? 'Z'
    const zoneHours = zone === 'Z' ? 0 : Number(zone.slice(1, 3))
    const zoneMinutes = zone === 'Z' ? 0 : Number(zone.slice(4, 6))
    if (hour > 23 || minute > 59 || second > 59 || zoneHours > 23 || zoneMinutes > 59) return undefined
    const date = new Date(0)
    date.setUTCFullYear(year, month - 1, day)
    if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
    const offset = (zoneHours * 60 + zoneMinutes) * (zone.startsWith('-') ? -1 : 1)
    const milliseconds = Number((iso[7] ?? '').padEnd(3, '0').slice(0, 3))
    return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds
  }
  const epoch = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (!epoch) return undefined
  const size = Number(epoch[2]) * 1000 + Number((epoch[3] ?? '').padEnd(3, '0').slice(0, 3))
  return epoch[1] === '-' ? -size : size
}

/** 2.6: the bytes, as comma-separated numbers. */
export function parseBase64(text: string): string | undefined {
  if (!/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined
  return [...atob(text)].map((character) => character.charCodeAt(0)).join()
}

/* ------------------------------------------------------------------ addresses */

/** An address as a row of bits, 32 or 128 of them. */
export function parseAddress(text: string): string | undefined {
  const bits = parseIpv4(text) ?? parseIpv6(text)
  // 2.14: an IPv4 address mapped into IPv6 is that IPv4 address
  const mapped = '0'.repeat(80) + '1'.repeat(16)
  return bits?.length === 128 && bits.startsWith(mapped) ? bits.slice(96) : bits
}

const toBits = (value: number, width: number): string => value.toString(2).padStart(width, '0')

export function parseIpv4(text: string): string | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  if (!parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)) return undefined
  return parts.map((part) => toBits(Number(part), 8)).join('')
}

export function parseIpv6(text: string): string | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map((half) => parseGroups(half))
  const [head, tail] = groups
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  // an IPv4 tail stands at the very end only
  if (halves.length === 2 && halves[0]!.includes('.')) return undefined
  if (tail === undefined) return head.length === 128 ? head : undefined
  const missing = 128 - head.length - tail.length
  return missing >= 16 ? head + '0'.repeat(missing) + tail : undefined
}

/** Colon-separated groups of one to four hexadecimal digits, the last one perhaps an IPv4 address. */
function parseGroups(text: string): string | undefined {
  if (text === '') return ''
  const groups = text.split(':')
  const bits = groups.map((group, index) => {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) return toBits(parseInt(group, 16), 16)
    return index === groups.length - 1 ? parseIpv4(group) : undefined
  })
  return bits.includes(undefined) ? undefined : bits.join('')
}
