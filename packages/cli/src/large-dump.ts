/** Dumps of accounts that are read while they are checked, in memory that does not grow with them. */
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import type { Facts, PodtrustError, Role } from '@podtrust/core'
import { isDumpBeginning, readIamDumpStream } from '@podtrust/core/sources/dump-stream'

export interface LargeDump {
  readonly name: string
  readonly facts: Facts
  readonly roles: AsyncIterable<Role>
  /** Where it stops being JSON. */
  readonly fault?: PodtrustError
}

/** A file is read twice to be streamed; from this size on that costs less than to hold it. */
const LEAST_BYTES = 64 * 2 ** 20

/** Enough for the first members. */
const BEGINNING = 2 ** 16

/**
 * A dump to be streamed; `undefined` for whatever else a file holds and for what is small.
 *
 * @throws InputError where it is no output about roles in spite of how it begins
 */
export async function readLargeDump(path: string): Promise<LargeDump | undefined> {
  const found = statSync(path)
  if (!found.isFile() || found.size < LEAST_BYTES || !isDumpBeginning(beginningOf(path))) return undefined
  const open = (): AsyncIterable<Uint8Array> => createReadStream(path)
  return { name: path, ...(await readIamDumpStream(open, { name: path })) }
}

function beginningOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(BEGINNING)
    return bytes.toString('utf8', 0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}
