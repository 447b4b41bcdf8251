export { claimOf, meantKey, mended, nearness } from '../mechanisms/issuer-key.js'
