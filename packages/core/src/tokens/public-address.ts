/// <reference types="node" />
/** Which addresses a host that a stranger has named may have to be asked at all. */
import { BlockList, isIP } from 'node:net'

const SPECIAL = new BlockList()
/** @see https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast */
for (const subnet of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]) {
  const [net = '', length] = subnet.split('/')
  SPECIAL.addSubnet(net, Number(length), 'ipv4')
}
/** Within global unicast: tunnels, which end somewhere else, and documentation. */
for (const subnet of ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']) {
  const [net = '', length] = subnet.split('/')
  SPECIAL.addSubnet(net, Number(length), 'ipv6')
}
/** All that is not special in IPv6: loopback, link-local, unique local, mapped and translated IPv4 lie outside. */
const GLOBAL_UNICAST = new BlockList()
GLOBAL_UNICAST.addSubnet('2000::', 3, 'ipv6')

/**
 * Whether an address leads out of this machine, its network and its cloud: 169.254.169.254 is where AWS keeps credentials.
 * What is no address is not public. Whoever asks a host that a stranger has named looks at all of its addresses first, and
 * asks one of those.
 *
 * @example
 * isPublicAddress('52.95.110.1') // true
 * isPublicAddress('::ffff:10.0.0.1') // false
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !SPECIAL.check(address, 'ipv4')
    case 6:
      return GLOBAL_UNICAST.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6')
    default:
      return false
  }
}
