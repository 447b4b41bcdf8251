/**
 * A 128-bit hash of text as 32 hexadecimal digits: four lanes of 32 bits, each unit mixed into all of them. It tells
 * findings apart and is no protection against somebody who wants two to collide. Core runs in browsers too, so it uses
 * no `node:crypto`.
 */
export function hash128(text: string): string {
  let a = 0x9e3779b9
  let b = 0x85ebca6b
  let c = 0xc2b2ae35
  let d = 0x27d4eb2f
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    a = Math.imul(a ^ unit, 0x01000193) ^ (b >>> 13)
    b = Math.imul(b ^ unit, 0x5bd1e995) ^ (c >>> 15)
    c = Math.imul(c ^ unit, 0x1b873593) ^ (d >>> 16)
    d = Math.imul(d ^ unit, 0xcc9e2d51) ^ (a >>> 14)
  }
  return [a, b, c, d]
    .map((lane, index) =>
      finish(lane ^ (text.length + index))
        .toString(16)
        .padStart(8, '0'),
    )
    .join('')
}

function finish(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
