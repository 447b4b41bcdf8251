import type { Finding } from '../report.js'
import { locationJson, witnessJson } from './json-parts.js'
import type { JsonReport } from './report-schema.js'

/** A finding in the shape of the report. */
export function findingOf(finding: Finding): JsonReport['findings'][number] {
  const {
    rule,
    kind,
    severity,
    certainty,
    message,
    help,
    role,
    subject,
    location,
    related,
    witness,
    fix,
    docs,
    fingerprint,
  } = finding
  return {
    rule,
    kind,
    severity,
    certainty,
    message,
    ...(help === undefined ? {} : { help }),
    ...(role === undefined ? {} : { role: { ...role } }),
    ...(subject === undefined ? {} : { subject: { ...subject } }),
    location: locationJson(location),
    related: related.map(({ location: other, note }) => ({ location: locationJson(other), note })),
    ...(witness === undefined ? {} : { witness: witnessJson(witness) }),
    ...(fix === undefined ? {} : { fix: { title: fix.title, safe: fix.safe, patch: [...fix.patch] } }),
    docs,
    fingerprint,
  }
}
