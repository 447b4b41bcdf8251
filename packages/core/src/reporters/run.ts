/** What a reporter cannot know of the run: the program, its inputs, and what went wrong before there was a report. */
export interface RunInfo {
  readonly version: string
  readonly inputs: readonly RunInput[]
  readonly errors?: readonly RunError[]
  /** Files of a folder that were looked at and are something else. */
  readonly otherFiles?: number
  /** Why the report does not tell what each role admits, where that was wanted and left out. */
  readonly analysesLeftOut?: string
}

export interface RunInput {
  readonly name: string
}

/** An input that could not be read. */
export interface RunError {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly input?: string
  readonly line?: number
  readonly column?: number
}
