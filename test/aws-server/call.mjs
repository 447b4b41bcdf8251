// @ts-check
/** An error as AWS answers it: the name, the status and a sentence; `members` besides in JSON. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {Readonly<Record<string, unknown>>} [members]
   */
  constructor(status, code, message, members = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.members = members
  }
}

/**
 * @typedef {object} Call One request as the server understood it
 * @property {'iam' | 'sts' | 'eks'} service
 * @property {string} action `iam:ListRoles`
 * @property {string} region
 * @property {string} resource the ARN, or the text IAM puts in its place in a denial
 * @property {string} caller the ARN of the principal
 * @property {Readonly<Record<string, string>>} parameters of the form or the query
 * @property {readonly string[]} segments of the path, decoded
 */

/**
 * @typedef {object} Answer
 * @property {Record<string, unknown>} body
 * @property {string} [member] the member of the body that holds what was asked for
 * @property {'Marker' | 'nextToken'} [token] where the list goes on, for lists with pages
 */

/**
 * The part of a list that one page holds. A token is opaque, yet ends with where the next page begins.
 *
 * @template T
 * @param {object} list
 * @param {number} list.count
 * @param {(index: number) => T | undefined} list.at undefined for an item that the request leaves out
 * @param {string | undefined} token
 * @param {number} size
 * @returns {{ items: T[], next: string | undefined } | undefined} undefined for a token nobody gave out
 */
export function pageOf({ count, at }, token, size) {
  const start = token === undefined ? 0 : startOf(token)
  if (start === undefined || start > count) return undefined
  /** @type {T[]} */
  const items = []
  let index = start
  for (; index < count && items.length < size; index++) {
    const item = at(index)
    if (item !== undefined) items.push(item)
  }
  return { items, next: index < count ? tokenOf(index) : undefined }
}

/** Two tokens for one place differ with their `salt`. @param {number} index */
export function tokenOf(index, salt = 0) {
  return Buffer.from(`page/${salt}/${index}`).toString('base64')
}

/** @param {string} token */
export function startOf(token) {
  const [, index] = /^page\/\d+\/(\d+)$/.exec(Buffer.from(token, 'base64').toString()) ?? []
  return index === undefined ? undefined : Number(index)
}
