const NOT_ASCII = /[^\u0000-\u007f]/

/**
 * Lower case for A to Z alone. `toLowerCase` would also fold letters such as `À` and the Kelvin sign, and two names
 * that IAM tells apart would become one.
 */
export function asciiLowerCase(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase()
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
