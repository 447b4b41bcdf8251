/**
 * The commands that people run by hand. They are a file of their own beside the program, so that the check in CI, which
 * needs none of them, starts fast.
 */
export { audit } from './audit.js'
export { compare } from './compare.js'
export { diff } from './diff.js'
export { explain } from './explain.js'
export { graph } from './graph.js'
export { checkWithPage } from './html-report.js'
export { permissions } from './permissions.js'
export { snapshot } from './snapshot.js'
export { token } from './token.js'
