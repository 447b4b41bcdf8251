/**
 * JSON text with each member on a line of its own. It works on the text and not on a value, so that repeated keys, the
 * spelling of numbers and what is wrong with the text all stay.
 */
export function indentJson(text: string): string {
  const out: string[] = []
  let depth = 0
  const newLine = (): string => `\n${'  '.repeat(Math.min(depth, 50))}`
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[^])*"?|[{[]\s*[}\]]|[{}[\],:]|[^\s"{}[\],:]+/g)) {
    if (token === '{' || token === '[') {
      depth++
      out.push(token, newLine())
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1)
      out.push(newLine(), token)
    } else if (token === ',') {
      out.push(token, newLine())
    } else if (token === ':') {
      out.push(': ')
    } else {
      out.push(token.startsWith('"') ? token : token.replaceAll(/\s/g, ''))
    }
  }
  return out.join('')
}
