import { escaped } from '@podtrust/core'

/** Standard error, one line at a time, with our name before it; lines of a stack keep their own. */
export function complain(line: string): void {
  process.stderr.write(`podtrust: ${line}\n`)
}

export function warn(line: string, isQuiet: boolean): void {
  if (!isQuiet) complain(`warning: ${escaped(line)}`)
}
