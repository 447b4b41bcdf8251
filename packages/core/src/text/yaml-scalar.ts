/**
 * What an unquoted scalar means, in the core schema of YAML 1.2 with one restraint: nothing loses its spelling. A date
 * is a text, and so is a number that JavaScript would write in another way (`012345678901`, `1.0`, `0x1F`).
 */
export function plainValue(text: string): unknown {
  switch (text) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null
    case 'true':
    case 'True':
    case 'TRUE':
      return true
    case 'false':
    case 'False':
    case 'FALSE':
      return false
    default: {
      const first = text.charCodeAt(0)
      if (first !== 0x2d && (first < 0x30 || first > 0x39)) return text
      const number = Number(text)
      return Number.isFinite(number) && String(number) === text ? number : text
    }
  }
}
