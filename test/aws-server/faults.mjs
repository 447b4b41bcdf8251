// @ts-check
/** What can go wrong with an answer, on purpose. */
import { ApiError, startOf, tokenOf } from './call.mjs'

/** @typedef {import('./call.mjs').Call} Call */
/** @typedef {import('./call.mjs').Answer} Answer */

/**
 * - `deny`: 403 AccessDenied, AccessDeniedException of EKS
 * - `throttle`: 400 Throttling, 429 ThrottlingException of EKS
 * - `expired-token`: 403 ExpiredToken, ExpiredTokenException of EKS
 * - `server-error`: 500 ServiceFailure, ServerException of EKS
 * - `reset`: the socket ends without an answer; `hang`: no answer ever; `slow`: the answer `ms` later
 * - `html`: a page of HTML with `status` (500); `empty-body`: 200 and nothing
 * - `truncated`: 200 and the first half as if it were all; `cut`: the socket ends half way
 * - `wrong-protocol`: the denial in the other protocol, XML for EKS and JSON for IAM
 * - `repeat-marker`: every page points at itself; `empty-page`: nothing on the page, and a marker that goes on at the
 *   same place, each time another one
 * - `wrong-type`: an object where a list belongs, a list where an object belongs; `missing-member`: neither
 *
 * @typedef {'deny' | 'throttle' | 'expired-token' | 'server-error' | 'reset' | 'hang' | 'slow' | 'html' | 'empty-body'
 *   | 'truncated' | 'cut' | 'wrong-protocol' | 'repeat-marker' | 'empty-page' | 'wrong-type' | 'missing-member'} FaultKind
 */

/**
 * @typedef {object} FaultOptions Which calls of the action go wrong; all of them unless told
 * @property {number} [after] how many such calls go well first
 * @property {number} [times] how many go wrong then
 * @property {RegExp} [resource] only calls on resources like this
 * @property {string} [region]
 * @property {string} [account]
 * @property {number} [status] of `html`
 * @property {number} [ms] of `slow`
 * @property {string} [message] of an error, in place of the usual one
 * @property {string} [because] the end of a denial, such as `with an explicit deny in a service control policy`
 */

/** @typedef {{ kind: FaultKind, options: FaultOptions, seen: number, action: string }} Fault */

/**
 * The first fault that is due for a call. Each counts the calls it is for, due or not.
 *
 * @param {readonly Fault[]} faults
 * @param {Call} call
 * @param {string} account
 * @returns {Fault | undefined}
 */
export function faultOf(faults, call, account) {
  let due
  for (const fault of faults) {
    const { resource, region, after = 0, times = Infinity } = fault.options
    if (fault.action !== '*' && fault.action !== `${call.service}:*` && fault.action !== call.action) continue
    if (resource !== undefined && call.resource.search(resource) === -1) continue
    if (region !== undefined && region !== call.region) continue
    if (fault.options.account !== undefined && fault.options.account !== account) continue
    fault.seen += 1
    if (fault.seen > after && fault.seen <= after + times) due ??= fault
  }
  return due
}

/** The error of a fault that is one. @param {Fault} fault @param {Call} call @returns {ApiError | undefined} */
export function errorOf({ kind, options }, call) {
  const eks = call.service === 'eks'
  const error = (/** @type {number} */ status, /** @type {string} */ code, /** @type {string} */ message) =>
    new ApiError(status, code, options.message ?? message)
  if (kind === 'deny' || kind === 'wrong-protocol') {
    return error(403, eks ? 'AccessDeniedException' : 'AccessDenied', denialOf(call, options.because))
  }
  if (kind === 'throttle') {
    return eks
      ? error(429, 'ThrottlingException', 'Rate exceeded')
      : error(400, 'Throttling', 'Rate exceeded')
  }
  if (kind === 'expired-token') {
    const code = eks ? 'ExpiredTokenException' : 'ExpiredToken'
    return error(403, code, 'The security token included in the request is expired')
  }
  if (kind === 'server-error') {
    return error(500, eks ? 'ServerException' : 'ServiceFailure', 'The request processing has failed')
  }
  return undefined
}

/** @param {Call} call @param {string} [because] */
export function denialOf({ service, action, caller, resource }, because) {
  // EKS ends there; IAM and STS say which kind of policy it is.
  const usual = service === 'eks' ? undefined : `because no identity-based policy allows the ${action} action`
  const reason = because ?? usual
  const denial = `User: ${caller} is not authorized to perform: ${action} on resource: ${resource}`
  return reason === undefined ? denial : `${denial} ${reason}`
}

let salt = 0

/** An answer of another shape than it should have. @param {Fault} fault @param {Call} call @param {Answer} answer @returns {Record<string, unknown>} */
export function bentBody({ kind }, call, { body, member, token }) {
  if (member === undefined) return body
  const { [member]: asked, ...others } = body
  if (kind === 'missing-member') return others
  if (kind === 'wrong-type') return { ...body, [member]: Array.isArray(asked) ? { odd: 'odd' } : ['odd'] }
  if (token === undefined) return body

  const given = call.parameters[token]
  const start = given === undefined ? 0 : (startOf(given) ?? 0)
  const truncated = token === 'Marker' ? { IsTruncated: true } : {}
  if (kind === 'repeat-marker')
    return { ...body, ...truncated, [token]: given ?? body[token] ?? tokenOf(start) }
  if (kind === 'empty-page') {
    salt += 1
    return { ...body, ...truncated, [member]: [], [token]: tokenOf(start, salt) }
  }
  return body
}
