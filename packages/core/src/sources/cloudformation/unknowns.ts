/**
 * What a template does not tell: parameters without a default, imports, attributes that AWS makes. While texts are put
 * together each unknown is one private-use character, the same wherever it stands; when all is read, where it stands
 * tells what it is, and a placeholder of that kind takes its place.
 */
import type { Hole } from '../../inventory.js'
import { type Placeholders, UNKNOWN_ACCOUNT } from '../placeholders.js'
import { startOfHost } from './substitution.js'

/** The kinds of use, the most binding first: an unknown that is used in two ways gets a word that fits the first. */
const USES = ['account', 'issuer', 'principal', 'audience', 'name', 'subject', 'service'] as const
export type Use = (typeof USES)[number]

/** What remains open about a role when its placeholder is in place: nothing for these. */
const HARMLESS: ReadonlySet<Use> = new Set(['account', 'issuer'])

const PROVIDER_HEAD = `arn:aws:iam::${UNKNOWN_ACCOUNT}:oidc-provider/`

/** Unknowns become others in few steps. */
const MOST_STEPS = 8

const FIRST = 0xe000
const MOST = 6000
const HOLE = /[\ue000-\uf8ff]/
const HOLES = /[\ue000-\uf8ff]/g

interface Entry {
  readonly origin: string
  use?: Use
  /** The structure that it was found to have. */
  text?: string
}

export class Unknowns {
  readonly placeholders: Placeholders
  readonly #entries: Entry[] = []
  readonly #marks = new Map<string, string>()
  readonly #alike = new Map<string, number>()
  /** Marks of the ids of issuers, and the issuers. */
  readonly #ids = new Map<string, string>()

  constructor(placeholders: Placeholders) {
    this.placeholders = placeholders
  }

  /**
   * The mark of an unknown; `origin` says for people where its value will come from, and `identity` what it is where
   * several come from alike places.
   */
  mark(origin: string, identity: string = origin): string {
    const known = this.#marks.get(identity)
    if (known !== undefined) return known
    // Whoever has more unknowns than characters gets one for all the rest, and the rest stays unknown.
    const index = Math.min(this.#entries.length, MOST)
    const shown = origin.replace(HOLES, (mark) => this.#entry(mark)?.origin ?? '')
    const alike = (this.#alike.get(shown) ?? 0) + 1
    this.#alike.set(shown, alike)
    this.#entries[index] ??= { origin: alike === 1 ? shown : `${shown} (${alike})` }
    const mark = String.fromCharCode(FIRST + index)
    this.#marks.set(identity, mark)
    return mark
  }

  /** The mark of the issuer of a cluster that the template makes. */
  issuer(origin: string): string {
    const mark = this.mark(origin)
    this.use(mark, 'issuer')
    return mark
  }

  /** Notes what a mark is used as; texts that are not one mark alone are left. */
  use(text: unknown, use: Use): void {
    const entry = typeof text === 'string' && text.length === 1 ? this.#entry(text) : undefined
    if (entry === undefined) return
    if (entry.use === undefined || USES.indexOf(use) < USES.indexOf(entry.use)) entry.use = use
  }

  /** A mark alone becomes the URL of an issuer. */
  asIssuerUrl(text: string): string {
    const entry = text.length === 1 ? this.#entry(text) : undefined
    if (entry === undefined) return text
    return (entry.text ??= `https://${this.issuer(`the issuer of ${entry.origin}`)}`)
  }

  /** A mark alone becomes the ARN of an OIDC provider. */
  asProviderArn(text: string): string {
    const entry = text.length === 1 ? this.#entry(text) : undefined
    if (entry === undefined) return text
    return (entry.text ??= `${PROVIDER_HEAD}${this.issuer(`the issuer of ${entry.origin}`)}`)
  }

  /** The provider's ARN names this issuer: whichever is not known becomes what the other says. */
  join(provider: string, issuer: string): void {
    const arn = this.#written(provider)
    const key = this.#written(issuer)
    if (isMark(arn)) {
      this.#become(arn, `${PROVIDER_HEAD}${key}`)
      return
    }
    const named = /^arn:[^:]*:iam::[^:]*:oidc-provider\/(.+)$/s.exec(arn)?.[1]
    if (named === undefined || named === key) return
    if (isMark(named)) this.#become(named, key)
    else this.#become(key, named)
  }

  #become(mark: string, text: string): void {
    const entry = mark.length === 1 ? this.#entry(mark) : undefined
    if (entry !== undefined && entry.text === undefined && !text.includes(mark)) entry.text = text
  }

  /** The text to take apart at a separator: an unknown gets the structure that the separator is looked for in. */
  structured(text: string, separator: string): string {
    const written = this.#written(this.#shaped(text, separator))
    // An issuer has a host, `id` and the id itself.
    return separator === '/' ? this.#written(this.#withIssuers(written)) : written
  }

  #shaped(text: string, separator: string): string {
    const entry = text.length === 1 ? this.#entry(text) : undefined
    if (entry === undefined || entry.text !== undefined || entry.use === 'issuer') return text
    if (separator.includes('oidc-provider')) return this.asProviderArn(text)
    if (separator === '//' || separator === 'https://' || separator === '://') return this.asIssuerUrl(text)
    if (separator !== '/') return text
    if (/arn/i.test(entry.origin)) return this.asProviderArn(text)
    return /url|issuer|oidc/i.test(entry.origin) ? this.asIssuerUrl(text) : text
  }

  /** The issuer that a mark is the id of. */
  issuerOfId(mark: string): string | undefined {
    return this.#ids.get(mark)
  }

  /** The text in which an issuer that was taken apart is whole again, behind whatever host its id was put. */
  rejoined(text: string): string {
    let whole = text
    for (const [id, issuer] of this.#ids) {
      for (let at = whole.indexOf(id); at !== -1; at = whole.indexOf(id, at + 1)) {
        const start = startOfHost(whole, at)
        if (start === at) continue
        whole = whole.slice(0, start) + issuer + whole.slice(at + 1)
        at = start
      }
    }
    return whole
  }

  /** The text with a placeholder for every mark. */
  settled(text: string): string {
    return isOpen(text)
      ? this.#written(text).replace(HOLES, (mark) => this.#placeholder(this.#entry(mark)))
      : text
  }

  /** Where what a text leaves open comes from; which issuer or account it is leaves nothing open. */
  openIn(text: string): readonly string[] {
    const settled = this.settled(text)
    const entries = (this.#written(text).match(HOLES) ?? []).flatMap((mark) => this.#entry(mark) ?? [])
    const open = entries.filter((entry) => {
      if (entry.use !== undefined && HARMLESS.has(entry.use)) return false
      return entry.use === 'audience' || settled.includes(this.#placeholder(entry))
    })
    return [...new Set(open.map(({ origin }) => origin))]
  }

  /** Where all that a text leaves open comes from. */
  originsIn(text: string): readonly string[] {
    return [...new Set((text.match(HOLES) ?? []).flatMap((mark) => this.#entry(mark)?.origin ?? []))]
  }

  get holes(): readonly Hole[] {
    return this.placeholders.holes
  }

  #entry(mark: string): Entry | undefined {
    const code = mark.charCodeAt(0)
    return code < FIRST ? undefined : this.#entries[code - FIRST]
  }

  #withIssuers(text: string): string {
    return text.replace(HOLES, (mark) => {
      const entry = this.#entry(mark)
      if (entry === undefined || entry.use !== 'issuer') return mark
      const id = this.mark(`the id of ${entry.origin}`)
      this.#ids.set(id, mark)
      return `${this.mark(`the host of ${entry.origin}`)}/id/${id}`
    })
  }

  /** What marks have become, and what is in that in turn. */
  #written(text: string, depth = 0): string {
    if (!HOLE.test(text) || depth > MOST_STEPS) return text
    return text.replace(HOLES, (mark) => {
      const becomes = this.#entry(mark)?.text
      return becomes === undefined ? mark : this.#written(becomes, depth + 1)
    })
  }

  #placeholder(entry: Entry | undefined): string {
    if (entry === undefined) return '\ufffd'
    const { origin, use = 'name' } = entry
    const { placeholders } = this
    switch (use) {
      case 'account':
        return UNKNOWN_ACCOUNT
      case 'issuer':
        return placeholders.issuer(origin)
      case 'subject':
        return placeholders.subject(origin)
      case 'principal':
        return `arn:aws:iam::${UNKNOWN_ACCOUNT}:role/${placeholders.word(origin, 'name')}`
      case 'service':
        return `${placeholders.word(origin, 'name')}.amazonaws.com`
      case 'audience':
        // Any other word would be one that the provider does not take.
        return 'sts.amazonaws.com'
      case 'name':
        return placeholders.word(origin, 'name')
    }
  }
}

/** Whether a text holds the mark of an unknown. */
export function isOpen(text: string): boolean {
  return HOLE.test(text)
}

/** Whether a value is an unknown and nothing else. */
export function isMark(value: unknown): boolean {
  return typeof value === 'string' && value.length === 1 && HOLE.test(value)
}

/** A text of the template, in which private-use characters mean nothing. */
export function withoutMarks(text: string): string {
  return HOLE.test(text) ? text.replace(HOLES, '\ufffd') : text
}
