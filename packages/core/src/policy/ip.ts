/** An address as a number. */
export interface IpAddress {
  readonly version: 4 | 6
  readonly value: bigint
}

/** A block of addresses, both ends included. */
export interface IpBlock {
  readonly version: 4 | 6
  readonly first: bigint
  readonly last: bigint
}

const MAPPED = 0xffff00000000n

/** An address of a request. IPv4-mapped IPv6 (`::ffff:192.0.2.1`) is the IPv4 address it maps, as IAM compares it. */
export function parseIp(text: string): IpAddress | undefined {
  const address = parseAddress(text)
  if (address === undefined || address.version === 4 || address.value >> 32n !== MAPPED >> 32n) return address
  return { version: 4, value: address.value & 0xffffffffn }
}

function parseAddress(text: string): IpAddress | undefined {
  const version = text.includes(':') ? 6 : 4
  const value = version === 6 ? parseV6(text) : parseV4(text)
  return value === undefined ? undefined : { version, value }
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0n
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = value * 256n + BigInt(part)
  }
  return value
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map(parseGroups)
  const [head, tail] = groups
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  return [...head, ...Array<bigint>(missing).fill(0n), ...(tail ?? [])].reduce(
    (sum, group) => (sum << 16n) + group,
    0n,
  )
}

function parseGroups(half: string): bigint[] | undefined {
  if (half === '') return []
  const groups: bigint[] = []
  const parts = half.split(':')
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = index === parts.length - 1 ? parseV4(part) : undefined
      if (v4 === undefined) return undefined
      groups.push(v4 >> 16n, v4 & 0xffffn)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(BigInt(`0x${part}`))
    }
  }
  return groups
}

/**
 * A CIDR block; without a prefix length it is one address. An IPv4 block may have host bits set, an IPv6 block that has
 * any never matches, so it reads as an empty block.
 */
export function parseIpBlock(text: string): IpBlock | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const { version, value } = address
  if (slash < 0) return { version, first: value, last: value }
  const lengthText = text.slice(slash + 1)
  const width = version === 6 ? 128 : 32
  if (!/^(?:0|[1-9]\d{0,2})$/.test(lengthText) || Number(lengthText) > width) return undefined
  const hostMask = (1n << BigInt(width - Number(lengthText))) - 1n
  const host = value & hostMask
  if (version === 6 && host !== 0n) return { version, first: 1n, last: 0n }
  return { version, first: value - host, last: value - host + hostMask }
}

export function blockHas(block: IpBlock, address: IpAddress): boolean {
  return block.version === address.version && block.first <= address.value && address.value <= block.last
}

export function formatIp({ version, value }: IpAddress): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
  return [...Array(8).keys()].map((i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':')
}
